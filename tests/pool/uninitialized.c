/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that start MPI themselves: pools and collective forms serve them, but new processes,
 * which would run the whole of main, are refused. */
/* matrix: np=1,2 copy=chunk rings=default limit=60 */
#include "tests/lib/pooltest.h"

static int return_0(const void *argument, size_t bytes)
{
    (void)argument;
    (void)bytes;
    return 0;
}

static void test_ranks(void)
{
    enum { COUNT = 100 };
    int in[COUNT], out[COUNT];
    mp_pool *pool = NULL;
    for (int i = 0; i < COUNT; i++) {
        in[i] = i;
    }
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool) {
        CHECK_EQ(
            mp_pool_map(pool, pooltest_square, in, COUNT, sizeof *in, out, sizeof *out, NULL),
            MPI_SUCCESS);
        for (int i = 0; i < COUNT; i++) {
            CHECK_EQ(out[i], i * i);
        }
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
}

static void test_new_processes(void)
{
    const mp_pool_options options = {.processes = 2};
    mp_pool *pool = NULL;
    mp_process *process = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MP_ERR_UNSUPPORTED);
    CHECK(strstr(mp_error_text(), "call it first in main") != NULL);
    CHECK(pool == NULL);
    CHECK_EQ(mp_process_start(return_0, NULL, 0, NULL, &process), MP_ERR_UNSUPPORTED);
    CHECK(process == NULL);
}

int main(int argc, char **argv)
{
    MPI_Comm parent = MPI_COMM_NULL;
    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&parent);
    if (parent != MPI_COMM_NULL) {
        fputs("a new process runs main\n", stderr);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    mpitest_begin();
    mpitest_return_errors();
    test_ranks();
    test_new_processes();
    return mpitest_finish();
}
