/* SPDX-License-Identifier: BSD-3-Clause */
/* What programs do with the pages that they send from works, however often these have been sent:
 * who protects them hears of writes, as those do that keep what has changed since the last time;
 * and who empties them finds them zero. */
/* matrix: copy=chunk,direct limit=30 */
#include <signal.h>
#include <sys/mman.h>

#include "tests/lib/mpitest.h"

enum {
    PAGE = 4096,
    BYTES = 64 * PAGE,
    SENDS = 40, /* more than it takes until memory is shared */
    ROUNDS = 3
};

static unsigned char *memory;
static volatile int heard;

static void hear(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    heard++;
    mprotect((void *)((uintptr_t)info->si_addr / PAGE * PAGE), PAGE, PROT_READ | PROT_WRITE);
}

static void send_around(void)
{
    const int next = (mpitest_rank + 1) % mpitest_size;
    const int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    unsigned char *received = malloc(BYTES);

    for (int i = 0; i < SENDS; i++) {
        MPI_Sendrecv(memory, BYTES, MPI_BYTE, next, 0, received, BYTES, MPI_BYTE, previous, 0,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    CHECK(memcmp(received, memory, BYTES) == 0);
    free(received);
}

static void test_protected(void)
{
    struct sigaction action = {.sa_sigaction = hear, .sa_flags = SA_SIGINFO};
    struct sigaction before;

    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &before);
    for (int round = 1; round <= ROUNDS; round++) {
        CHECK_EQ(mprotect(memory, BYTES, PROT_READ), 0);
        send_around();
        heard = 0;
        for (int i = 0; i < BYTES; i += 2 * PAGE) {
            ((volatile unsigned char *)memory)[i + round] = (unsigned char)round;
        }
        CHECK_EQ(heard, BYTES / (2 * PAGE));
        send_around(); // half of the pages may be written to
    }
    CHECK_EQ(mprotect(memory, BYTES, PROT_READ | PROT_WRITE), 0);
    sigaction(SIGSEGV, &before, NULL);
}

/* All but the first and the last page, some of which were sent from. */
static void test_emptied(void)
{
    for (int round = 1; round <= ROUNDS; round++) {
        int rest = 0;
        memset(memory, round, BYTES);
        send_around();
        CHECK_EQ(madvise(memory + PAGE, BYTES - 2 * PAGE, MADV_DONTNEED), 0);
        for (int i = PAGE; i < BYTES - PAGE; i++) {
            rest += memory[i] != 0;
        }
        CHECK_EQ(rest, 0);
        CHECK(memory[PAGE - 1] == round && memory[BYTES - PAGE] == round);
        send_around();
    }
    CHECK_EQ(madvise(memory + 1, PAGE, MADV_DONTNEED), -1); // as it is without us
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    CHECK_EQ(posix_memalign((void **)&memory, PAGE, BYTES), 0);
    memset(memory, 0, BYTES);
    test_protected();
    test_emptied();
    free(memory);
    return mpitest_finish();
}
