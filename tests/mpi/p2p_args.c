/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad arguments to every point-to-point function: the standard's error class, no crash, and no
 * effect: nothing is sent, no request is left. */
/* matrix: np=1,2 copy=chunk engine=sync rings=default */
#include "tests/lib/mpitest.h"

/* Other libraries crash on handles that were never made; where the ABI makes all handles pointers
 * of which the library knows its own, that is an error like any other. */
#ifdef MPI_ABI_VERSION
#define HAS_STRICT_HANDLES 1
#else
#define HAS_STRICT_HANDLES 0
#endif

#define WORLD MPI_COMM_WORLD

static int value, flag, count, outcount, indices[4];
static int beyond; /* the first number that is no rank */
static MPI_Request request;
static MPI_Status status, statuses[4];

/* The arguments that all sends share, each wrong once. */
#define EXPECT_SEND_CLASSES(Send, ...)                                                             \
    do {                                                                                           \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, 0, 0, MPI_COMM_NULL __VA_ARGS__), MPI_ERR_COMM);     \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, beyond, 0, WORLD __VA_ARGS__), MPI_ERR_RANK);        \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, -77, 0, WORLD __VA_ARGS__), MPI_ERR_RANK);           \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, MPI_ANY_SOURCE, 0, WORLD __VA_ARGS__),               \
                     MPI_ERR_RANK);                                                                \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, 0, -77, WORLD __VA_ARGS__), MPI_ERR_TAG);            \
        EXPECT_CLASS(Send(&value, 1, MPI_INT, 0, MPI_ANY_TAG, WORLD __VA_ARGS__), MPI_ERR_TAG);    \
        EXPECT_CLASS(Send(&value, -1, MPI_INT, 0, 0, WORLD __VA_ARGS__), MPI_ERR_COUNT);           \
        EXPECT_CLASS(Send(&value, 1, MPI_DATATYPE_NULL, 0, 0, WORLD __VA_ARGS__), MPI_ERR_TYPE);   \
        EXPECT_CLASS(Send(NULL, 1, MPI_INT, 0, 0, WORLD __VA_ARGS__), MPI_ERR_BUFFER);             \
    } while (0)

/* And those of all receives. */
#define EXPECT_RECEIVE_CLASSES(Recv, last)                                                         \
    do {                                                                                           \
        EXPECT_CLASS(Recv(&value, 1, MPI_INT, 0, 0, MPI_COMM_NULL, last), MPI_ERR_COMM);           \
        EXPECT_CLASS(Recv(&value, 1, MPI_INT, beyond, 0, WORLD, last), MPI_ERR_RANK);              \
        EXPECT_CLASS(Recv(&value, 1, MPI_INT, -77, 0, WORLD, last), MPI_ERR_RANK);                 \
        EXPECT_CLASS(Recv(&value, 1, MPI_INT, 0, -77, WORLD, last), MPI_ERR_TAG);                  \
        EXPECT_CLASS(Recv(&value, -1, MPI_INT, 0, 0, WORLD, last), MPI_ERR_COUNT);                 \
        EXPECT_CLASS(Recv(&value, 1, MPI_DATATYPE_NULL, 0, 0, WORLD, last), MPI_ERR_TYPE);         \
        EXPECT_CLASS(Recv(NULL, 1, MPI_INT, 0, 0, WORLD, last), MPI_ERR_BUFFER);                   \
    } while (0)

static void test_sends(void)
{
    EXPECT_SEND_CLASSES(MPI_Send);
    EXPECT_SEND_CLASSES(MPI_Ssend);
    EXPECT_SEND_CLASSES(MPI_Rsend);
    EXPECT_SEND_CLASSES(MPI_Isend, , &request);
    EXPECT_SEND_CLASSES(MPI_Issend, , &request);
    EXPECT_SEND_CLASSES(MPI_Irsend, , &request);
#if MPI_VERSION >= 4
    EXPECT_SEND_CLASSES(MPI_Send_c);
    EXPECT_SEND_CLASSES(MPI_Ssend_c);
    EXPECT_SEND_CLASSES(MPI_Rsend_c);
    EXPECT_SEND_CLASSES(MPI_Isend_c, , &request);
    EXPECT_SEND_CLASSES(MPI_Issend_c, , &request);
    EXPECT_SEND_CLASSES(MPI_Irsend_c, , &request);
#endif
}

static void test_receives(void)
{
    EXPECT_RECEIVE_CLASSES(MPI_Recv, &status);
    EXPECT_RECEIVE_CLASSES(MPI_Irecv, &request);
#if MPI_VERSION >= 4
    EXPECT_RECEIVE_CLASSES(MPI_Recv_c, &status);
    EXPECT_RECEIVE_CLASSES(MPI_Irecv_c, &request);
#endif
}

/* Each half of a sendrecv is checked like a call of its own, before anything is sent. */
static void test_sendrecv(void)
{
    int other;

#define SENDRECV(buf, count, type, dest, tag, comm)                                                \
    MPI_Sendrecv(buf, count, type, dest, tag, &other, 1, MPI_INT, 0, 0, comm, &status)
    EXPECT_SEND_CLASSES(SENDRECV);
#undef SENDRECV
#define SENDRECV(buf, count, type, source, tag, comm, status)                                      \
    MPI_Sendrecv(&other, 1, MPI_INT, 0, 0, buf, count, type, source, tag, comm, status)
    EXPECT_RECEIVE_CLASSES(SENDRECV, &status);
#undef SENDRECV
}

static void test_probes(void)
{
    EXPECT_CLASS(MPI_Probe(0, 0, MPI_COMM_NULL, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Probe(beyond, 0, WORLD, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Probe(-77, 0, WORLD, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Probe(0, -77, WORLD, &status), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Iprobe(0, 0, MPI_COMM_NULL, &flag, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Iprobe(beyond, 0, WORLD, &flag, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Iprobe(-77, 0, WORLD, &flag, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Iprobe(0, -77, WORLD, &flag, &status), MPI_ERR_TAG);
}

static void test_completion(void)
{
    MPI_Request none = MPI_REQUEST_NULL;

    EXPECT_CLASS(MPI_Request_free(&none), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Waitany(-1, &none, &count, &status), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Testany(-1, &none, &count, &flag, &status), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Waitall(-1, &none, statuses), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Testall(-1, &none, &flag, statuses), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Waitsome(-1, &none, &outcount, indices, statuses), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Testsome(-1, &none, &outcount, indices, statuses), MPI_ERR_COUNT);
}

static void test_get_count(void)
{
    MPI_Status empty;

    MPI_Recv(NULL, 0, MPI_INT, MPI_PROC_NULL, 0, WORLD, &empty);
    EXPECT_CLASS(MPI_Get_count(&empty, MPI_DATATYPE_NULL, &count), MPI_ERR_TYPE);
#if HAS_STRICT_HANDLES
    MPI_Count large_count;

    EXPECT_CLASS(MPI_Get_count(NULL, MPI_INT, &count), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count(&empty, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count_c(NULL, MPI_INT, &large_count), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count_c(&empty, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count_c(&empty, MPI_DATATYPE_NULL, &large_count), MPI_ERR_TYPE);
#endif
}

#if HAS_STRICT_HANDLES

/* Null pointers where a result must go. */
static void test_null_pointers(void)
{
    EXPECT_CLASS(MPI_Isend(&value, 1, MPI_INT, 0, 0, WORLD, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Issend(&value, 1, MPI_INT, 0, 0, WORLD, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Irsend(&value, 1, MPI_INT, 0, 0, WORLD, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Irecv(&value, 1, MPI_INT, 0, 0, WORLD, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Iprobe(0, 0, WORLD, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Wait(NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Test(NULL, &flag, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitany(1, NULL, &count, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitall(1, NULL, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testall(1, NULL, &flag, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitsome(1, NULL, &outcount, indices, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testsome(1, NULL, &outcount, indices, statuses), MPI_ERR_ARG);

    MPI_Irecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, WORLD, &request);
    EXPECT_CLASS(MPI_Test(&request, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitany(1, &request, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testany(1, &request, NULL, &flag, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testany(1, &request, &count, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testall(1, &request, NULL, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitsome(1, &request, NULL, indices, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Waitsome(1, &request, &outcount, NULL, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testsome(1, &request, NULL, indices, statuses), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Testsome(1, &request, &outcount, NULL, statuses), MPI_ERR_ARG);
    CHECK(request != MPI_REQUEST_NULL); // none of them has completed it
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
}

/* A request that cannot be: every call that takes requests. */
static void expect_bad_request(MPI_Request bad)
{
    MPI_Request some[3] = {MPI_REQUEST_NULL, bad, MPI_REQUEST_NULL};
    MPI_Request one = bad;

    EXPECT_CLASS(MPI_Wait(&one, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Test(&one, &flag, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_free(&one), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Waitany(3, some, &count, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Testany(3, some, &count, &flag, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Waitall(3, some, statuses), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Testall(3, some, &flag, statuses), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Waitsome(3, some, &outcount, indices, statuses), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Testsome(3, some, &outcount, indices, statuses), MPI_ERR_REQUEST);
}

/* Those in front of it that were done when they were started are collected; nothing is lost. */
static void test_bad_behind_done(void)
{
    int sent[2] = {3, 4}, received[2] = {0, 0};
    MPI_Request some[4];

    MPI_Send(&sent[0], 1, MPI_INT, 0, 1, MPI_COMM_SELF);
    MPI_Isend(&sent[1], 1, MPI_INT, 0, 2, MPI_COMM_SELF, &some[0]);
    MPI_Irecv(&received[0], 1, MPI_INT, 0, 1, MPI_COMM_SELF, &some[1]);
    MPI_Irecv(&received[1], 1, MPI_INT, 0, 2, MPI_COMM_SELF, &some[3]);
    some[2] = (MPI_Request)0x12345678;
    EXPECT_CLASS(MPI_Waitall(4, some, MPI_STATUSES_IGNORE), MPI_ERR_REQUEST);
    some[2] = MPI_REQUEST_NULL;
    EXPECT_CLASS(MPI_Waitall(4, some, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    for (int i = 0; i < 4; i++) {
        CHECK(some[i] == MPI_REQUEST_NULL);
    }
    CHECK(received[0] == 3 && received[1] == 4);
}

/* Handles that were never made, are of another kind, or have gone. */
static void test_bad_handles(void)
{
    MPI_Request gone;
    MPI_Comm freed, copy;

    expect_bad_request((MPI_Request)0x12345678);
    expect_bad_request((MPI_Request)MPI_COMM_WORLD);
    expect_bad_request((MPI_Request)&value);
    MPI_Irecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, WORLD, &request);
    gone = request;
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    expect_bad_request(gone);

    MPI_Comm_dup(WORLD, &freed);
    copy = freed;
    MPI_Comm_free(&freed);
    EXPECT_CLASS(MPI_Send(&value, 1, MPI_INT, 0, 0, copy), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Recv(&value, 1, MPI_INT, 0, 0, (MPI_Comm)0x777, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Probe(0, 0, (MPI_Comm)&value, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Send(&value, 1, (MPI_Datatype)0x2ff, 0, 0, WORLD), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Send(&value, 1, (MPI_Datatype)&value, 0, 0, WORLD), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Send(MPI_IN_PLACE, 1, MPI_INT, 0, 0, WORLD), MPI_ERR_BUFFER);
}

#endif

/* All those calls have left nothing behind, and the library works as before. */
static void test_no_effect(void)
{
    const int next = (mpitest_rank + 1) % mpitest_size;
    const int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    int sent = mpitest_rank, received = -1;

    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, WORLD, &flag, &status);
    CHECK_EQ(flag, 0);
    CHECK(request == MPI_REQUEST_NULL);
    MPI_Barrier(WORLD); // nobody sends before all have looked
    EXPECT_CLASS(MPI_Sendrecv(&sent, 1, MPI_INT, next, 0, &received, 1, MPI_INT, previous, 0, WORLD,
                              &status),
                 MPI_SUCCESS);
    CHECK_EQ(received, previous);
    EXPECT_CLASS(MPI_Send(NULL, 0, MPI_INT, MPI_PROC_NULL, 0, WORLD), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    beyond = mpitest_size;
    request = MPI_REQUEST_NULL;

    test_sends();
    test_receives();
    test_sendrecv();
    test_probes();
    test_completion();
    test_get_count();
#if HAS_STRICT_HANDLES
    test_null_pointers();
    test_bad_handles();
    test_bad_behind_done();
#endif
    test_no_effect();
    return mpitest_finish();
}
