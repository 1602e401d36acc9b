/* SPDX-License-Identifier: BSD-3-Clause */
/* Waits until another thread of this process sleeps: then it has come to the call that blocks it,
 * however busy the machine is. */
#ifndef MPR_TESTS_ASLEEP_H
#define MPR_TESTS_ASLEEP_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The state of a thread as proc(5) calls it: 'S' for asleep; 0 if there is no such thread. */
static inline char asleep_state(pid_t thread)
{
    char path[64], line[256] = "";
    const char *name_end;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    name_end = fgets(line, sizeof line, file) == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return name_end == NULL ? 0 : name_end[2];
}

/* Returns when the thread sleeps, or after 10 s: a library may never let its threads sleep. */
static inline void asleep_await(pid_t thread)
{
    enum { STEP_US = 1000, STEPS_MAX = 10000 };

    for (int i = 0; i < STEPS_MAX && asleep_state(thread) != 'S'; i++) {
        usleep(STEP_US);
    }
}

#endif
