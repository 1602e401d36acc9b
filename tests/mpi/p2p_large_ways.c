/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of more than 2^31 bytes in persistent requests and in matched receives;
 * p2p_large_count.c has blocking ones, by every path. */
/* matrix: np=2 copy=cma engine=uring rings=default limit=120 */
#include "tests/lib/hugetest.h"
#include "tests/lib/sanitized.h"

#if MPI_VERSION >= 4

static void send_now(const void *buffer, MPI_Count bytes)
{
    CHECK_EQ(MPI_Send_c(buffer, bytes, MPI_BYTE, 1, 10, MPI_COMM_WORLD), MPI_SUCCESS);
}

/* Starts the persistent request, waits for it and frees it. */
static void use_once(MPI_Request *request, MPI_Status *status)
{
    CHECK_EQ(MPI_Start(request), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(request, status), MPI_SUCCESS);
    MPI_Request_free(request);
}

static void send_persistently(const void *buffer, MPI_Count bytes)
{
    MPI_Request request;

    MPI_Send_init_c(buffer, bytes, MPI_BYTE, 1, 10, MPI_COMM_WORLD, &request);
    use_once(&request, MPI_STATUS_IGNORE);
}

static void receive_persistently(void *buffer, MPI_Count bytes, MPI_Status *status)
{
    MPI_Request request;

    MPI_Recv_init_c(buffer, bytes, MPI_BYTE, 0, 10, MPI_COMM_WORLD, &request);
    use_once(&request, status);
}

static void receive_matched(void *buffer, MPI_Count bytes, MPI_Status *status)
{
    MPI_Message message;

    MPI_Mprobe(0, 10, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
    CHECK_EQ(MPI_Mrecv_c(buffer, bytes, MPI_BYTE, &message, status), MPI_SUCCESS);
}

static void receive_matched_later(void *buffer, MPI_Count bytes, MPI_Status *status)
{
    MPI_Message message;
    MPI_Request request;

    MPI_Mprobe(0, 10, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
    CHECK_EQ(MPI_Imrecv_c(buffer, bytes, MPI_BYTE, &message, &request), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&request, status), MPI_SUCCESS);
}

static void test_ways(void)
{
    static const struct {
        void (*send)(const void *buffer, MPI_Count bytes);
        void (*receive)(void *buffer, MPI_Count bytes, MPI_Status *status);
    } ways[] = {
        {send_persistently, receive_persistently},
        {send_now, receive_matched},
        {send_now, receive_matched_later},
    };
    const MPI_Count bytes = ((MPI_Count)1 << 31) + 12345;
    unsigned char *buffer = hugetest_map((size_t)bytes);

    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        const uint64_t key = 100 + way;
        MPI_Status status;
        MPI_Count count = -1;

        if (mpitest_rank == 0) {
            mpitest_fill(buffer, HUGETEST_PIECE_BYTES, key);
            ways[way].send(buffer, bytes);
        } else if (mpitest_rank == 1) {
            ways[way].receive(buffer, bytes, &status);
            MPI_Get_count_c(&status, MPI_BYTE, &count);
            CHECK_EQ(count, bytes);
            CHECK_PATTERN(buffer, HUGETEST_PIECE_BYTES, key);
        }
    }
    hugetest_unmap(buffer, (size_t)bytes);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (SANITIZED_THREAD) {
        return mpitest_skip("ThreadSanitizer has four times as many bytes to note");
    }
    test_ways();
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("this MPI has no large counts")

#endif
