/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made and freed 100,000 times take no memory; and when all context ids are in use,
 * every rank gets the same error, and goes on after freeing some. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=120 */
#include <unistd.h>

#include "../lib/mpitest.h"

/* Sanitizers keep freed memory for a while, to find uses of it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

enum { CYCLES = 100000, WARM_UP = 1000, LIVE_MAX = 400000 };

/* Pages of this process in memory. */
static long resident_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total, resident = 0;

    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) {
        CHECK(!"/proc/self/statm is readable");
    }
    if (file != NULL) {
        fclose(file);
    }
    return resident;
}

static void cycle(int count)
{
    for (int i = 0; i < count; i++) {
        MPI_Comm copy, part;
        if (i % 4 != 3) {
            MPI_Comm_dup(MPI_COMM_WORLD, &copy);
            MPI_Comm_free(&copy);
        } else {
            MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, 0, &part);
            MPI_Comm_free(&part);
        }
    }
}

static void check_flat_memory(void)
{
    long before, after;
    long allowed = (2 << 20) / sysconf(_SC_PAGESIZE);

    cycle(WARM_UP);
    before = resident_pages();
    cycle(CYCLES);
    after = resident_pages();
    if (after - before > allowed && !IS_SANITIZED) {
        mpitest_fail(__FILE__, __LINE__, "%ld pages more after %d cycles", after - before, CYCLES);
    }
}

/* Makes communicators until there is an error, or LIVE_MAX of them. Returns how many it made. */
static int fill(MPI_Comm parent, MPI_Comm *live)
{
    for (int made = 0; made < LIVE_MAX; made++) {
        int code = MPI_Comm_dup(parent, &live[made]);
        if (code != MPI_SUCCESS) {
            EXPECT_CLASS(code, MPI_ERR_OTHER);
            return made;
        }
    }
    return LIVE_MAX;
}

/* An id is free again when all members have freed its communicator: hence the barriers. */
static void free_last(MPI_Comm parent, MPI_Comm *live)
{
    MPI_Comm_free(live);
    MPI_Barrier(parent);
}

/* All ids are in use, `made` of them by `live`; the same holds at the end. */
static void check_full(MPI_Comm parent, MPI_Comm *live, int made)
{
    MPI_Comm *last = &live[made - 1], more;
    int sum;

    EXPECT_CLASS(MPI_Comm_dup(parent, &more), MPI_ERR_OTHER);
    EXPECT_CLASS(MPI_Comm_split(parent, mpitest_rank, 0, &more), MPI_ERR_OTHER);
    for (int i = 0; i < 3; i++) {
        free_last(parent, last);
        EXPECT_CLASS(MPI_Comm_dup(parent, last), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Comm_dup(parent, &more), MPI_ERR_OTHER);
    }
    if (mpitest_size > 1) {
        // The half of the split that gets the last id gives it back, since the other half has none.
        free_last(parent, last);
        EXPECT_CLASS(MPI_Comm_split(parent, mpitest_rank % 2, 0, &more), MPI_ERR_OTHER);
        MPI_Barrier(parent);
        EXPECT_CLASS(MPI_Comm_dup(parent, last), MPI_SUCCESS);
    }
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, *last);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
}

static void check_exhaustion(void)
{
    MPI_Comm *live = mpitest_malloc(LIVE_MAX * sizeof *live);
    MPI_Comm parent;
    int made, least, most;

    MPI_Comm_dup(MPI_COMM_WORLD, &parent);
    MPI_Comm_set_errhandler(parent, MPI_ERRORS_RETURN);
    made = fill(parent, live);
    CHECK(made > 1000);
    MPI_Allreduce(&made, &least, 1, MPI_INT, MPI_MIN, parent);
    MPI_Allreduce(&made, &most, 1, MPI_INT, MPI_MAX, parent);
    CHECK_EQ(least, most);
    if (made < LIVE_MAX) {
        check_full(parent, live, made);
    }
    for (int i = 0; i < made; i++) {
        MPI_Comm_free(&live[i]);
    }
    MPI_Barrier(parent);
    EXPECT_CLASS(MPI_Comm_dup(parent, &live[0]), MPI_SUCCESS);
    MPI_Comm_free(&live[0]);
    MPI_Comm_free(&parent);
    free(live);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_flat_memory();
    check_exhaustion();
    return mpitest_finish();
}
