/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether something can be done any number of times without taking more and more memory. */
#ifndef MPR_TESTS_FLATTEST_H
#define MPR_TESTS_FLATTEST_H

#include <unistd.h>

#include "mpitest.h"
#include "sanitized.h"

enum { FLATTEST_WARM_UP = 1000, FLATTEST_BYTES_MAX = 2 << 20 };

/* Pages of this process in memory. */
static long flattest_resident_pages(void)
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

/* Calls cycle(0) to cycle(count - 1), after some to warm up; memory may grow by FLATTEST_BYTES_MAX.
 * Sanitizers have memory of their own and find leaks by themselves, for which fewer calls do. */
MPITEST_UNUSED static void flattest_check(void (*cycle)(int index), int count)
{
    const bool is_measured = !SANITIZED_ADDRESS && !SANITIZED_THREAD;
    const long allowed = FLATTEST_BYTES_MAX / sysconf(_SC_PAGESIZE);

    if (!is_measured) {
        count /= 20;
    }
    for (int i = 0; i < FLATTEST_WARM_UP; i++) {
        cycle(i);
    }
    long before = flattest_resident_pages();
    for (int i = 0; i < count; i++) {
        cycle(i);
    }
    long after = flattest_resident_pages();
    if (is_measured && after - before > allowed) {
        mpitest_fail(__FILE__, __LINE__, "%ld pages more after %d cycles", after - before, count);
    }
}

#endif
