/* SPDX-License-Identifier: BSD-3-Clause */
/* What every MPI test program shares: checks that say what failed where, expected error classes,
 * reproducible random numbers, data patterns, and one exit status for all ranks.
 *
 *     int main(int argc, char **argv)
 *     {
 *         mpitest_start(&argc, &argv);
 *         CHECK_EQ(received, expected);
 *         return mpitest_finish();
 *     }
 *
 * Plain MPI and C alone, so that each test also runs over any other MPI library: a test that fails
 * there is a wrong test. A failed check is reported and counted, and the program goes on. Checks
 * may be made by several threads at once; the random generator belongs to one thread. */
#ifndef MPR_TESTS_MPITEST_H
#define MPR_TESTS_MPITEST_H

#include <mpi.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MPITEST_EXIT_SKIP = 77, MPITEST_REPORTS_MAX = 20 };

#define MPITEST_UNUSED __attribute__((unused))

static int mpitest_rank; /* in MPI_COMM_WORLD */
static int mpitest_size;
static uint64_t mpitest_seed; /* of all random numbers; the same in every rank */
static uint64_t mpitest_random_state;
static atomic_int mpitest_failure_count;

/* ---- Checks ---- */

/* Counts a failure and, for the first few, says where it was. */
MPITEST_UNUSED __attribute__((format(printf, 3, 4))) static void
mpitest_fail(const char *file, int line, const char *format, ...)
{
    char text[512];
    va_list arguments;
    int count = atomic_fetch_add(&mpitest_failure_count, 1);

    if (count >= MPITEST_REPORTS_MAX) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s:%d: rank %d of %d (seed %llu): %s%s\n", file, line, mpitest_rank,
            mpitest_size, (unsigned long long)mpitest_seed, text,
            count + 1 == MPITEST_REPORTS_MAX ? " (further failures are only counted)" : "");
}

#define CHECK(condition) \
    ((condition) ? (void)0 : mpitest_fail(__FILE__, __LINE__, "false: %s", #condition))

/* Two integers (of any type that fits a long long). */
#define CHECK_EQ(actual, expected)                                                \
    mpitest_check_eq(__FILE__, __LINE__, #actual, (long long)(actual), #expected, \
                     (long long)(expected))

MPITEST_UNUSED static void mpitest_check_eq(const char *file, int line, const char *actual_text,
                                            long long actual, const char *expected_text,
                                            long long expected)
{
    if (actual != expected) {
        mpitest_fail(file, line, "%s is %lld, expected %s = %lld", actual_text, actual,
                     expected_text, expected);
    }
}

/* A call that must fail with an error class (or succeed: MPI_SUCCESS). Its communicator must return
 * errors; mpitest_return_errors() sees to that. */
#define EXPECT_CLASS(call, error_class) \
    mpitest_expect_class(__FILE__, __LINE__, #call, (call), #error_class, (error_class))

MPITEST_UNUSED static void mpitest_expect_class(const char *file, int line, const char *call_text,
                                                int code, const char *expected_text, int expected)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length, actual = code;

    MPI_Error_class(code, &actual);
    if (actual != expected) {
        MPI_Error_string(code, text, &length);
        mpitest_fail(file, line, "%s: class %d (%s), expected %s = %d", call_text, actual, text,
                     expected_text, expected);
    }
}

/* Errors on MPI_COMM_WORLD, on communicators made from it afterwards, and of calls without a
 * communicator are returned instead of ending the job. */
MPITEST_UNUSED static void mpitest_return_errors(void)
{
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
}

/* ---- Random numbers and patterns ---- */

/* One step of splitmix64: a bijection that scatters its input over all 64 bits. */
static inline uint64_t mpitest_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Starts the sequence that belongs to `stream`: ranks that must draw alike use one number, ranks
 * that must differ use their rank. mpitest_start() starts the stream 0 in every rank. */
MPITEST_UNUSED static void mpitest_random_restart(uint64_t stream)
{
    mpitest_random_state = mpitest_mix(mpitest_seed ^ mpitest_mix(stream));
}

MPITEST_UNUSED static uint64_t mpitest_random(void)
{
    return mpitest_mix(mpitest_random_state++);
}

/* From 0 to limit - 1. */
MPITEST_UNUSED static uint64_t mpitest_random_below(uint64_t limit)
{
    return mpitest_random() % limit;
}

/* The byte at `offset` of the pattern `key`. Patterns of different keys differ. */
static inline unsigned char mpitest_pattern_byte(uint64_t key, size_t offset)
{
    return (unsigned char)(mpitest_mix(mpitest_mix(key) + offset / 8) >> (offset % 8 * 8));
}

MPITEST_UNUSED static void mpitest_fill(void *buffer, size_t bytes, uint64_t key)
{
    unsigned char *to = buffer;
    uint64_t base = mpitest_mix(key);

    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word = mpitest_mix(base + i / 8);
        memcpy(to + i, &word, bytes - i < 8 ? bytes - i : 8);
    }
}

/* The first offset at which the buffer differs from the pattern; `bytes` when it does not. */
MPITEST_UNUSED static size_t mpitest_first_difference(const void *buffer, size_t bytes,
                                                      uint64_t key)
{
    const unsigned char *from = buffer;
    uint64_t base = mpitest_mix(key);

    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word = mpitest_mix(base + i / 8);
        size_t part = bytes - i < 8 ? bytes - i : 8;

        if (memcmp(from + i, &word, part) != 0) {
            while (from[i] == mpitest_pattern_byte(key, i)) {
                i++;
            }
            return i;
        }
    }
    return bytes;
}

#define CHECK_PATTERN(buffer, bytes, key) \
    mpitest_check_pattern(__FILE__, __LINE__, #buffer, (buffer), (bytes), (key))

MPITEST_UNUSED static void mpitest_check_pattern(const char *file, int line, const char *name,
                                                 const void *buffer, size_t bytes, uint64_t key)
{
    size_t at = mpitest_first_difference(buffer, bytes, key);

    if (at < bytes) {
        mpitest_fail(file, line, "%s differs from its pattern at byte %zu of %zu: %02x for %02x",
                     name, at, bytes, ((const unsigned char *)buffer)[at],
                     mpitest_pattern_byte(key, at));
    }
}

/* Memory that the test cannot go on without. */
MPITEST_UNUSED static void *mpitest_malloc(size_t bytes)
{
    void *memory = malloc(bytes > 0 ? bytes : 1);

    if (memory == NULL) {
        fprintf(stderr, "rank %d: no memory for %zu bytes\n", mpitest_rank, bytes);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    return memory;
}

/* ---- Start and end ---- */

/* After MPI_Init: who we are, and the seed (environment MPRUN_TEST_SEED, else always the same). */
static void mpitest_begin(void)
{
    const char *seed = getenv("MPRUN_TEST_SEED");

    MPI_Comm_rank(MPI_COMM_WORLD, &mpitest_rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpitest_size);
    mpitest_seed = seed != NULL ? strtoull(seed, NULL, 0) : 1;
    mpitest_random_restart(0);
}

MPITEST_UNUSED static void mpitest_start(int *argc, char ***argv)
{
    MPI_Init(argc, argv);
    mpitest_begin();
}

/* The same for several threads. Returns whether all of them may call MPI: if not, a test that needs
 * that is to be skipped (MPITEST_NO_THREADS). */
MPITEST_UNUSED static bool mpitest_start_threads(int *argc, char ***argv)
{
    int provided;

    MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    return provided >= MPI_THREAD_MULTIPLE;
}

#define MPITEST_NO_THREADS "no MPI_THREAD_MULTIPLE"

/* Ends MPI without a verdict: for a test that makes no sense here, in every rank alike. */
MPITEST_UNUSED static int mpitest_skip(const char *reason)
{
    if (mpitest_rank == 0) {
        printf("skipped: %s\n", reason);
    }
    MPI_Finalize();
    return MPITEST_EXIT_SKIP;
}

/* The whole program of a test that makes no sense with this library. */
#define MPITEST_MAIN_SKIPS(reason)      \
    int main(int argc, char **argv)     \
    {                                   \
        mpitest_start(&argc, &argv);    \
        return mpitest_skip(reason);    \
    }

/* Ends MPI. Returns the exit status of every rank: success if no check of any rank has failed. The
 * counts are added up by point-to-point messages, so that collectives do not judge themselves; none
 * of these is sent while another rank may still receive whatever comes. */
MPITEST_UNUSED static int mpitest_finish(void)
{
    int total = atomic_load(&mpitest_failure_count);
    int tag = 32767;

    if (mpitest_size > 1) {
        MPI_Barrier(MPI_COMM_WORLD);
    }
    if (mpitest_rank == 0) {
        for (int peer = 1; peer < mpitest_size; peer++) {
            int theirs = 0;
            MPI_Recv(&theirs, 1, MPI_INT, peer, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            total += theirs;
        }
        for (int peer = 1; peer < mpitest_size; peer++) {
            MPI_Send(&total, 1, MPI_INT, peer, tag, MPI_COMM_WORLD);
        }
        if (total > 0) {
            fprintf(stderr, "%d checks failed (run again with MPRUN_TEST_SEED=%llu)\n", total,
                    (unsigned long long)mpitest_seed);
        }
    } else {
        MPI_Send(&total, 1, MPI_INT, 0, tag, MPI_COMM_WORLD);
        MPI_Recv(&total, 1, MPI_INT, 0, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return total > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
