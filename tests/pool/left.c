/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools that are not freed: MPI_Finalize ends them, so that their workers return, whatever they are
 * and whatever is left of futures and streams. */
/* matrix: np=1,2,3 copy=chunk rings=default limit=60 */
#include "tests/lib/pooltest.h"

static int give_index(const void *in, void *out, mp_task *task)
{
    const int64_t index = mp_task_index(task);
    (void)in;
    memcpy(out, &index, sizeof index);
    return 0;
}

static int draw(void *input, void *state)
{
    (void)state;
    memset(input, 0, 1);
    return 1;
}

/* What is never freed; for what looks for leaks, it is not lost. */
static mp_pool *pool, *threaded;
static mp_future *futures[2];
static mp_stream *streams[2];

/* Leaves a stream without end, and a future. */
static void use_and_leave(mp_pool *used)
{
    static int number;
    mp_future **future = &futures[number];
    mp_stream **stream = &streams[number++];
    mp_result result;
    CHECK_EQ(mp_pool_imap(used, give_index, draw, NULL, 1, sizeof(int64_t), NULL, stream),
             MPI_SUCCESS);
    CHECK_EQ(mp_stream_next(*stream, &result, MP_FOREVER), MPI_SUCCESS);
    CHECK_EQ(mp_pool_submit(used, give_index, NULL, 0, sizeof(int64_t), NULL, future),
             MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    const mp_pool_options threads = {.threads = 2};

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &threads, &threaded), MPI_SUCCESS);
    use_and_leave(threaded);
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool) {
        use_and_leave(pool);
    }
    /* Each for itself: the others return only now. */
    MPI_Finalize();
    return atomic_load(&mpitest_failure_count) != 0;
}
