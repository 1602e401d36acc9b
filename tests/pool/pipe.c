/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes: what one end sends the other receives, in order and whole; time
 * limits; the end of file. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include "sync.h"

enum {
    BYTES_MAX = 300000,
    FRAME_EDGE = 2040 /* the longest message that travels with its length */
};

/* Ranks of each pair; the rest makes none. */
static int is_in_pair(int *a, int *b)
{
    *a = mpitest_rank / 2 * 2;
    *b = *a + 1;
    return *b < mpitest_size;
}

static size_t bytes_of(int i)
{
    switch (i % 50) {
    case 49:
        return BYTES_MAX;
    case 47:
        return FRAME_EDGE - 1 + (size_t)i % 3;
    default:
        return (size_t)i * 37 % 5000;
    }
}

static void send_all(mp_pipe *pipe, int count, int key, char *buffer)
{
    for (int i = 0; i < count; i++) {
        mpitest_fill(buffer, bytes_of(i), (uint64_t)(key + i));
        CHECK_EQ(mp_pipe_send(pipe, buffer, bytes_of(i)), MPI_SUCCESS);
    }
}

static void receive_all(mp_pipe *pipe, int count, int key, char *buffer)
{
    for (int i = 0; i < count; i++) {
        size_t bytes = 0;
        CHECK_EQ(mp_pipe_recv(pipe, buffer, BYTES_MAX, &bytes, i % 2 ? MP_FOREVER : 20),
                 MPI_SUCCESS);
        CHECK_EQ(bytes, bytes_of(i));
        CHECK_PATTERN(buffer, bytes, (uint64_t)(key + i));
    }
}

/* One way, then the end; more messages than may be on their way. */
static void test_one_way(int a, int b, char *buffer)
{
    enum { COUNT = 3000 };
    mp_pipe *pipe = NULL;
    size_t bytes = 0;
    int ready = 0;
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, a, b, 0, &pipe), MPI_SUCCESS);
    if (mpitest_rank == a) {
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, BYTES_MAX, &bytes, 0), MPI_ERR_ARG);
        send_all(pipe, COUNT, 5, buffer);
        CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
        CHECK(pipe == NULL);
        return;
    }
    CHECK_ERROR(mp_pipe_send(pipe, buffer, 1), MPI_ERR_ARG);
    receive_all(pipe, COUNT, 5, buffer);
    CHECK_EQ(mp_pipe_poll(pipe, MP_FOREVER, &ready), MPI_SUCCESS);
    CHECK_EQ(ready, 1);
    CHECK_ERROR(mp_pipe_recv(pipe, buffer, BYTES_MAX, &bytes, MP_FOREVER), MP_ERR_CLOSED);
    CHECK_ERROR(mp_pipe_recv(pipe, buffer, BYTES_MAX, &bytes, 0), MP_ERR_CLOSED);
    CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
}

/* In turn, both ways; then the one that sends to a closed end is told. */
static void test_duplex(int a, int b, char *buffer)
{
    enum { ROUNDS = 300 };
    mp_pipe *pipe = NULL;
    int error = MPI_SUCCESS;
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, a, b, 1, &pipe), MPI_SUCCESS);
    for (int i = 0; i < ROUNDS; i++) {
        if (mpitest_rank == a) {
            send_all(pipe, i % 5, i, buffer);
            receive_all(pipe, i % 7, i, buffer);
        } else {
            receive_all(pipe, i % 5, i, buffer);
            send_all(pipe, i % 7, i, buffer);
        }
    }
    if (mpitest_rank == b) {
        CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
        return;
    }
    for (int i = 0; i < 1000000 && error == MPI_SUCCESS; i++) {
        error = mp_pipe_send(pipe, buffer, 8);
    }
    CHECK_ERROR(error, MP_ERR_CLOSED);
    CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
}

/* Time limits, and messages that are larger than the room: they stay. */
static void test_limits(int a, int b, char *buffer)
{
    mp_pipe *pipe = NULL;
    size_t bytes = 0;
    int ready = 1;
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, a, b, 1, &pipe), MPI_SUCCESS);
    if (mpitest_rank == a) {
        CHECK_EQ(mp_pipe_recv(pipe, NULL, 0, &bytes, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(bytes, 0);
        send_all(pipe, 3, 0, buffer);
        CHECK_EQ(mp_pipe_send(pipe, "123456789", 9), MPI_SUCCESS);
        mpitest_fill(buffer, BYTES_MAX, 4);
        CHECK_EQ(mp_pipe_send(pipe, buffer, BYTES_MAX), MPI_SUCCESS);
    } else {
        double start = MPI_Wtime();
        CHECK_EQ(mp_pipe_poll(pipe, 0.02, &ready), MPI_SUCCESS);
        CHECK_EQ(ready, 0);
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, 8, &bytes, 0.02), MP_ERR_TIMEOUT);
        CHECK(MPI_Wtime() - start >= 0.04);
        CHECK_EQ(mp_pipe_send(pipe, NULL, 0), MPI_SUCCESS);
        receive_all(pipe, 3, 0, buffer);
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, 8, &bytes, MP_FOREVER), MP_ERR_SIZE);
        CHECK_EQ(bytes, 9);
        CHECK_EQ(mp_pipe_recv(pipe, buffer, 9, &bytes, MP_FOREVER), MPI_SUCCESS);
        CHECK(!memcmp(buffer, "123456789", 9));
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, BYTES_MAX - 1, &bytes, 20), MP_ERR_SIZE);
        CHECK_EQ(bytes, BYTES_MAX);
        CHECK_EQ(mp_pipe_poll(pipe, 0, &ready), MPI_SUCCESS);
        CHECK_EQ(ready, 1);
        CHECK_EQ(mp_pipe_recv(pipe, buffer, BYTES_MAX, NULL, MP_FOREVER), MPI_SUCCESS);
        CHECK_PATTERN(buffer, BYTES_MAX, 4);
    }
    CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
}

/* Messages that nobody reads, long ones among them, hold nobody up, nor does a
 * wait that was in vain. */
static void test_unread(int a, int b, char *buffer)
{
    enum { LONG_BYTES = 3000 }; /* that any MPI sends although nobody receives */
    mp_pipe *pipe = NULL;
    size_t bytes = 0;
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, a, b, 1, &pipe), MPI_SUCCESS);
    if (mpitest_rank == a) {
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, 0, &bytes, 0.001), MP_ERR_TIMEOUT);
        for (int i = 0; i < 10; i++) {
            int error = mp_pipe_send(pipe, buffer, i % 5 ? (size_t)i : (size_t)i * LONG_BYTES / 5);
            CHECK(error == MPI_SUCCESS || error == MP_ERR_CLOSED);
        }
    } else {
        CHECK_EQ(mp_pipe_recv(pipe, buffer, 0, &bytes, 20), MPI_SUCCESS);
        CHECK_ERROR(mp_pipe_recv(pipe, buffer, 0, &bytes, 20), MP_ERR_SIZE);
        CHECK_EQ(bytes, 1);
    }
    CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
}

static mp_pipe *both;

/* Thread 0 sends, thread 1 receives, at both ends. */
static void *talk(void *argument)
{
    for (int i = 0; i < 5000; i++) {
        int number = i;
        if (*(int *)argument == 0) {
            CHECK_EQ(mp_pipe_send(both, &number, sizeof number), MPI_SUCCESS);
        } else {
            CHECK_EQ(mp_pipe_recv(both, &number, sizeof number, NULL, MP_FOREVER), MPI_SUCCESS);
            CHECK_EQ(number, i);
        }
    }
    return NULL;
}

static void test_threads(int a, int b)
{
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, a, b, 1, &both), MPI_SUCCESS);
    sync_run_threads(2, talk);
    CHECK_EQ(mp_pipe_close(&both), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_pipe *pipe = NULL;
    CHECK_ERROR(mp_pipe_create(MPI_COMM_NULL, 0, 1, 0, &pipe), MP_ERR_MEMBER);
    CHECK_ERROR(mp_pipe_create(MPI_COMM_WORLD, 0, 0, 0, &pipe), MPI_ERR_ARG);
    CHECK_ERROR(mp_pipe_create(MPI_COMM_WORLD, 0, mpitest_size, 0, &pipe), MPI_ERR_ARG);
    CHECK_ERROR(mp_pipe_send(NULL, "", 1), MPI_ERR_ARG);
    CHECK_ERROR(mp_pipe_close(&pipe), MPI_ERR_ARG);
    if (mpitest_size > 2 && mpitest_rank == mpitest_size - 1) {
        CHECK_ERROR(mp_pipe_create(MPI_COMM_WORLD, 0, 1, 0, &pipe), MP_ERR_MEMBER);
    }
}

int main(int argc, char **argv)
{
    int a = 0;
    int b = 0;
    sync_start(&argc, &argv);
    char *buffer = mpitest_malloc(BYTES_MAX);
    if (is_in_pair(&a, &b)) {
        test_one_way(a, b, buffer);
        test_duplex(a, b, buffer);
        test_limits(a, b, buffer);
        test_unread(a, b, buffer);
        test_threads(a, b);
    }
    test_misuse();
    free(buffer);
    return mpitest_finish();
}
