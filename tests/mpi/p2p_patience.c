/* SPDX-License-Identifier: BSD-3-Clause */
/* A receiver comes late for a short message that is sent from the same place again and again, and
 * so is read there. From then on its sender does not wait for it: it sends more while the receiver
 * computes, point to point and in broadcasts. Only for a while: where the machine has made somebody
 * late before, that may be over in the midst, and another round tells. */
/* matrix: np=2 copy=auto,chunk rings=default limit=60 */
#include "tests/lib/mpitest.h"

#include <unistd.h>

enum { BYTES = 8192, FAMILIAR = 100, MORE = 20, LATE_US = 50000, COMPUTING_S = 3, ROUNDS = 4 };

/* As long as this file is there, the receiver computes. */
enum { NAME_BYTES = 64 };

static char *given;
static char got[BYTES];

typedef void transfer(int sender); /* one message */

static void by_message(int sender)
{
    if (mpitest_rank == sender) {
        MPI_Send(given, BYTES, MPI_CHAR, 1 - sender, 0, MPI_COMM_WORLD);
    } else {
        MPI_Recv(got, BYTES, MPI_CHAR, sender, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

static void by_broadcast(int sender)
{
    MPI_Bcast(mpitest_rank == sender ? given : got, BYTES, MPI_CHAR, sender, MPI_COMM_WORLD);
}

static void make_file(char *file)
{
    strcpy(file, "p2p_patience.XXXXXX");
    if (mpitest_rank == 0) {
        close(mkstemp(file));
    }
    MPI_Bcast(file, NAME_BYTES, MPI_CHAR, 0, MPI_COMM_WORLD);
}

/* Computes until the sender has sent all there is. Whether it has. */
static int outlasts(const char *file)
{
    const double since_s = MPI_Wtime();

    while (access(file, F_OK) == 0 && MPI_Wtime() - since_s < COMPUTING_S) {
        usleep(1000);
    }
    return access(file, F_OK) != 0;
}

/* Whether the sender sends more than one message that the receiver does not look for. */
static int sends_on(transfer *move)
{
    char file[NAME_BYTES];
    int has_sent = 0;

    make_file(file);
    if (mpitest_rank == 1) {
        usleep(LATE_US);
    }
    move(0);
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 1) {
        has_sent = outlasts(file);
    }
    for (int i = 0; i < MORE; i++) {
        move(0);
    }
    if (mpitest_rank == 0) {
        unlink(file);
    }
    CHECK(mpitest_rank == 0 || memcmp(got, given, BYTES) == 0);
    memset(got, 0, BYTES);
    MPI_Bcast(&has_sent, 1, MPI_INT, 1, MPI_COMM_WORLD);
    return has_sent;
}

static void check(transfer *move)
{
    int has_sent = 0;

    for (int i = 0; i < FAMILIAR; i++) { // to and fro, so that senders do wait
        move(0);
        if (move == by_message) {
            move(1);
        }
    }
    for (int round = 0; round < ROUNDS && !has_sent; round++) {
        has_sent = sends_on(move);
    }
    CHECK(has_sent);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    CHECK_EQ(posix_memalign((void **)&given, 4096, BYTES), 0);
    for (int i = 0; i < BYTES; i++) {
        given[i] = (char)i;
    }
    check(by_message);
    check(by_broadcast);
    free(given);
    return mpitest_finish();
}
