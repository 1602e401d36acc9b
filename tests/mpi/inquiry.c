/* SPDX-License-Identifier: BSD-3-Clause */
/* Versions, the processor's name and the clocks: before MPI_Init, between,
 * and after MPI_Finalize. */
/* matrix: np=1,3 copy=chunk rings=default limit=20 */
#include "tests/lib/mpitest.h"

#include <time.h>

/* A text of `length` bytes that ends within its buffer of `size`. */
static void check_text(const char *text, size_t size, int length)
{
    const char *end = memchr(text, '\0', size);

    CHECK(length > 0);
    CHECK(end != NULL && end - text == length);
}

/* What is allowed at any time. */
static void check_versions(void)
{
    int version = -1, subversion = -1, length = -1;
    char text[MPI_MAX_LIBRARY_VERSION_STRING];

    CHECK_EQ(MPI_Get_version(&version, &subversion), MPI_SUCCESS);
    CHECK_EQ(version, MPI_VERSION);
    CHECK_EQ(subversion, MPI_SUBVERSION);

    memset(text, '?', sizeof text);
    CHECK_EQ(MPI_Get_library_version(text, &length), MPI_SUCCESS);
    check_text(text, sizeof text, length);
}

/* All ranks are on one machine, which has one name. */
static void check_processor_name(void)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    int length = -1;
    char name[MPI_MAX_PROCESSOR_NAME], other[MPI_MAX_PROCESSOR_NAME];

    memset(name, '?', sizeof name);
    CHECK_EQ(MPI_Get_processor_name(name, &length), MPI_SUCCESS);
    check_text(name, sizeof name, length);

    MPI_Sendrecv(name, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, next, 0, other, MPI_MAX_PROCESSOR_NAME,
                 MPI_CHAR, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    CHECK(strcmp(name, other) == 0);
}

/* The clock advances, by steps of its tick, and at the same pace as the system's. */
static void check_clock(void)
{
    double tick = MPI_Wtick();
    double start = MPI_Wtime(), now = start;
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

    CHECK(tick > 0 && tick <= 1e-3);
    for (int i = 0; i < 100000; i++) {
        double next = MPI_Wtime();
        CHECK(next >= now);
        now = next;
    }
    start = MPI_Wtime();
    nanosleep(&pause, NULL);
    CHECK(MPI_Wtime() - start >= 0.02 - tick);
    CHECK(MPI_Wtime() - start < 10);
}

/* No rank sees a message from the future: the ranks share one clock. (Libraries are free to have
 * one for each rank, as older ones do.) */
static void check_global_clock(void)
{
#ifdef MPI_ABI_VERSION
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;

    for (int round = 0; round < 100; round++) {
        double sent = MPI_Wtime(), received = 0;
        MPI_Sendrecv(&sent, 1, MPI_DOUBLE, next, 0, &received, 1, MPI_DOUBLE, previous, 0,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK(received <= MPI_Wtime());
    }
#endif
}

static void check_bad_arguments(void)
{
    int number;
    char text[MPI_MAX_LIBRARY_VERSION_STRING];

    mpitest_return_errors();
    EXPECT_CLASS(MPI_Get_version(NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_version(&number, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_library_version(NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_library_version(text, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_processor_name(NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_processor_name(text, NULL), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    int status;

    check_versions();
    mpitest_start(&argc, &argv);
    check_versions();
    check_processor_name();
    check_clock();
    check_global_clock();
    check_bad_arguments();
    status = mpitest_finish();
    check_versions();
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : status;
}
