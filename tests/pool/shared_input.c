/* SPDX-License-Identifier: BSD-3-Clause */
/* Large read-only inputs are shared: the initializer's argument, from some size on, lies in memory
 * once, and every worker of the host reads it there. It stays after the call that gave it, and
 * nobody can write to it. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include <mp.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"
#include "tests/lib/ownmemory.h"

enum { LARGE_BYTES = 48 << 20, SMALL_BYTES = 5000, TASKS = 64 };

struct seen {
    int64_t own_bytes; /* of the worker's memory that is nobody else's */
    uint64_t sum;      /* of a part of the argument */
    int is_writable;
    int rank;
};

static const unsigned char *argument_here;
static size_t bytes_here;

static int begin(const void *argument, size_t bytes, void **state)
{
    argument_here = argument;
    bytes_here = bytes;
    *state = (void *)argument;
    return 0;
}

/* Whether this process may open files. */
static void allow_files(int allowed)
{
    static rlim_t usual;
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    usual = limit.rlim_cur ? limit.rlim_cur : usual;
    limit.rlim_cur = allowed ? usual : 0;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int64_t start_bytes;

static int begin_and_open_files(const void *argument, size_t bytes, void **state)
{
    allow_files(1);
    return begin(argument, bytes, state);
}

static uint64_t sum_of_part(const unsigned char *bytes, size_t count, int64_t part)
{
    uint64_t sum = 0;
    for (size_t i = (size_t)part * count / TASKS; i < (size_t)(part + 1) * count / TASKS; i++) {
        sum = sum * 31 + bytes[i];
    }
    return sum;
}

/* Whether the page can be written to, without trying: the kernel refuses to read into it. */
static int can_write(void *place)
{
    int ends[2];
    char byte = *(char *)place;
    int can = pipe(ends) == 0 && write(ends[1], &byte, 1) == 1 && read(ends[0], place, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return can;
}

static int look(const void *in, void *out, mp_task *task)
{
    struct seen seen = {.is_writable = can_write(mp_task_state(task)),
                        .rank = mp_task_rank(task)};
    (void)in;
    for (size_t i = 0; i < bytes_here; i += 4096) {
        seen.sum += argument_here[i]; /* all of it is in memory */
    }
    seen.sum = sum_of_part(mp_task_state(task), bytes_here, mp_task_index(task));
    seen.own_bytes = ownmemory_bytes();
    CHECK(mp_task_state(task) == argument_here);
    memcpy(out, &seen, sizeof seen);
    return 0;
}

/* Which workers share it. */
enum sharing { NOBODY, ALL, ROOT_ONLY };

static void check_seen(const struct seen *seen, const unsigned char *argument, size_t bytes,
                       enum sharing sharing, int64_t before_bytes)
{
    for (int i = 0; i < TASKS; i++) {
        int is_shared = sharing == ALL || (sharing == ROOT_ONLY && seen[i].rank == 0);
        CHECK_EQ(seen[i].sum, sum_of_part(argument, bytes, i));
        CHECK_EQ(seen[i].is_writable, !is_shared);
        if (bytes == LARGE_BYTES && before_bytes > 0) { /* it can be measured */
            CHECK_EQ(seen[i].own_bytes - before_bytes < LARGE_BYTES / 2, is_shared);
        }
    }
}

/* With ROOT_ONLY, the others cannot open what the root has made, and get a copy. */
static void test_bytes(size_t bytes, enum sharing sharing)
{
    struct seen seen[TASKS];
    unsigned char *argument = NULL;
    mp_pool *pool = NULL;
    mp_pool_options options = {.initializer = sharing == ROOT_ONLY ? begin_and_open_files : begin,
                               .argument_bytes = bytes};
    if (sharing == ROOT_ONLY && mpitest_rank) {
        allow_files(0);
    }
    if (mpitest_rank == 0) {
        argument = mpitest_malloc(bytes);
        mpitest_fill(argument, bytes, 5);
        options.argument = argument;
    }
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
    free(argument);
    if (pool) {
        CHECK_EQ(mp_pool_map(pool, look, NULL, TASKS, 0, seen, sizeof *seen, NULL), MPI_SUCCESS);
        argument = mpitest_malloc(bytes);
        mpitest_fill(argument, bytes, 5);
        check_seen(seen, argument, bytes, sharing, start_bytes);
        free(argument);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    start_bytes = ownmemory_bytes();
    test_bytes(SMALL_BYTES, NOBODY);
    test_bytes(LARGE_BYTES, ALL);
#ifdef MPI_ABI_VERSION /* other libraries poll their files all the time, and complain */
    test_bytes(LARGE_BYTES, ROOT_ONLY);
#endif
    return mpitest_finish();
}
