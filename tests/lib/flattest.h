/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether something can be done any number of times without taking more and more memory. */
#ifndef MPR_TESTS_FLATTEST_H
#define MPR_TESTS_FLATTEST_H

#include <unistd.h>

#include "mpitest.h"
#include "sanitized.h"

/* Rings and chunks of the job, which all have their place from the start, are touched little by
 * little: at most so much of each rank. */
enum {
    FLATTEST_WARM_UP = 1000,
    FLATTEST_OWN_BYTES_MAX = 2 << 20,
    FLATTEST_SHARED_BYTES_MAX = 4 << 20
};

/* Pages of this process in memory. */
struct flattest_pages {
    long own, shared;
};

static struct flattest_pages flattest_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total, resident = 0, shared = 0;

    if (file == NULL || fscanf(file, "%ld %ld %ld", &total, &resident, &shared) != 3) {
        CHECK(!"/proc/self/statm is readable");
    }
    if (file != NULL) {
        fclose(file);
    }
    return (struct flattest_pages){resident - shared, shared};
}

/* Calls cycle(0) to cycle(count - 1), after some to warm up; memory may grow by
 * FLATTEST_OWN_BYTES_MAX and, shared, FLATTEST_SHARED_BYTES_MAX for each rank. Sanitizers have
 * memory of their own and find leaks by themselves, for which fewer calls do. */
MPITEST_UNUSED static void flattest_check(void (*cycle)(int index), int count)
{
    const bool is_measured = !SANITIZED_ADDRESS && !SANITIZED_THREAD;
    const long page_bytes = sysconf(_SC_PAGESIZE);

    if (!is_measured) {
        count /= 20;
    }
    for (int i = 0; i < FLATTEST_WARM_UP; i++) {
        cycle(i);
    }
    const struct flattest_pages before = flattest_resident();
    for (int i = 0; i < count; i++) {
        cycle(i);
    }
    const struct flattest_pages after = flattest_resident();
    const long own = after.own - before.own, shared = after.shared - before.shared;
    if (is_measured && (own > FLATTEST_OWN_BYTES_MAX / page_bytes ||
                        shared > mpitest_size * (FLATTEST_SHARED_BYTES_MAX / page_bytes))) {
        mpitest_fail(__FILE__, __LINE__, "%ld pages and %ld shared ones more after %d cycles", own,
                     shared, count);
    }
}

#endif
