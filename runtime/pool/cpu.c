/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts usable CPUs: affinity, and the limits of control groups, whatever the machine has. */
#include "pool/cpu.h"

#include <mp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The CPUs' worth of time that the file of one control group allows; 0: no limit. */
static double quota_in(const char *group)
{
    char path[4300];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
    FILE *file = fopen(path, "re");
    double quota_us = 0;
    double period_us = 0;
    int found = file ? fscanf(file, "%lf %lf", &quota_us, &period_us) : 0;
    if (file) {
        fclose(file);
    }
    return found == 2 && period_us > 0 ? quota_us / period_us : 0;
}

/* This process's control group, in the unified hierarchy: "" when it has none. */
static void find_group(char *group, size_t room)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[4200];
    *group = '\0';
    while (file && fgets(line, sizeof line, file)) {
        if (!strncmp(line, "0::/", 4)) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(group, room, "%s", strcmp(line + 3, "/") ? line + 3 : "");
        }
    }
    if (file) {
        fclose(file);
    }
}

/* The least limit of the group and of those that it is in; 0: none. */
static double least_quota(void)
{
    char group[4200];
    double least = 0;
    find_group(group, sizeof group);
    for (;;) {
        double quota = quota_in(group);
        if (quota > 0 && (least == 0 || quota < least)) {
            least = quota;
        }
        char *slash = strrchr(group, '/');
        if (!slash) {
            return least;
        }
        *slash = '\0';
    }
}

int mp_cpu_count(void)
{
    int count = count_affinity();
    double quota = least_quota();
    if (quota > 0 && quota < count) {
        count = (int)quota;
    }
    return count < 1 ? 1 : count;
}

int mp_cpu_budget(void)
{
    int count = mp_cpu_count();
    return told_budget && told_budget < count ? told_budget : count;
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
    int have_own = !are_new && mp_cpu_count() < sysconf(_SC_NPROCESSORS_ONLN);
    int share = have_own ? mine : mine / (count < 1 ? 1 : count);
    return share < 1 ? 1 : share;
}
