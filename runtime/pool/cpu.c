/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts usable CPUs: affinity, and the limits of control groups, whatever the machine has. */
#include "pool/cpu.h"

#include <limits.h>
#include <mp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 8192 };

static _Thread_local int told_budget;

/* CPUs of the affinity mask, which grows with the machine. */
static int count_affinity(void)
{
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (!set) {
            break;
        }
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        int count = sched_getaffinity(0, bytes, set) ? 0 : CPU_COUNT_S(bytes, set);
        CPU_FREE(set);
        if (count > 0) {
            return count;
        }
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

/* Two numbers at the start of a file; one that is not there, or is no number, stays as it is. */
static void read_numbers(const char *directory, const char *name, double *first, double *second)
{
    char path[PATH_BYTES + 32]; /* names are short */
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "re");
    if (file) {
        int found = fscanf(file, "%lf %lf", first, second);
        (void)found;
        fclose(file);
    }
}

/* The CPUs' worth of time that a control group is granted, rounded up; INT_MAX: no limit. Version 2
 * has it in one file, version 1 in two. */
static int quota_in(const char *group)
{
    double quota_us = -1;
    double period_us = 0;
    double none = 0;
    read_numbers(group, "cpu.max", &quota_us, &period_us);
    read_numbers(group, "cpu.cfs_quota_us", &quota_us, &none);
    read_numbers(group, "cpu.cfs_period_us", &period_us, &none);
    double cpus = quota_us > 0 && period_us > 0 ? quota_us / period_us : INT_MAX;
    return cpus < INT_MAX ? (int)cpus + (cpus > (int)cpus) : INT_MAX;
}

/* The least limit of the group `path` and of those that it is in. Within a container the path may
 * be the host's, of which only the top is there to be seen. */
static int least_quota(const char *mount, char *path)
{
    char group[PATH_BYTES];
    int least = INT_MAX;
    for (;;) {
        snprintf(group, sizeof group, "%s%s", mount, path);
        int quota = quota_in(group);
        least = quota < least ? quota : least;
        char *slash = strrchr(path, '/');
        if (!slash) {
            return least;
        }
        *slash = '\0';
    }
}

/* Whether the list, separated by commas, has the word. */
static int has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (strncmp(list, word, length) || (list[length] && list[length] != ',')) {
        list = strchr(list, ',');
        if (!list++) {
            return 0;
        }
    }
    return 1;
}

/* The limit that the control groups of this process set to its CPUs; INT_MAX: none. Each line names
 * one, as "number:controllers:path", and the folder of its hierarchy is named after the
 * controllers; version 2 has none of them, and is the folder itself. */
static int count_quota(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[PATH_BYTES / 2];
    char mount[PATH_BYTES / 2];
    int least = INT_MAX;
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) {
            continue;
        }
        *controllers++ = '\0';
        *path++ = '\0';
        if (!*controllers || has_word(controllers, "cpu")) {
            snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", controllers);
            int quota = least_quota(mount, path);
            least = quota < least ? quota : least;
        }
    }
    if (file) {
        fclose(file);
    }
    return least;
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

int mp_cpu_count(void)
{
    return lesser(count_affinity(), count_quota());
}

int mp_cpu_budget(void)
{
    int count = mp_cpu_count();
    return told_budget ? lesser(told_budget, count) : count;
}

int mpp_cpu_set_budget(int budget)
{
    int before = told_budget;
    told_budget = budget;
    return before;
}

int mpp_cpu_share(int count, int are_new)
{
    int mine = mp_cpu_budget();
    int are_bound = !are_new && count_affinity() < sysconf(_SC_NPROCESSORS_ONLN);
    count = count < 1 ? 1 : count;
    /* Bound ranks share no CPUs, but they do share the time that their control group is granted. */
    int share = are_bound ? lesser(mine, count_quota() / count) : mine / count;
    return share < 1 ? 1 : share;
}
