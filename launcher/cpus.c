/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the usable CPUs. The kernel already intersects a process's affinity with its cpuset, so
 * one call tells both; the quota stands in files of the control group and of all groups above it,
 * each of which may be the tightest. */
#include "launcher/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096
#define CPUS_MAX   (1 << 16) // more than any kernel is built for

static int read_affinity(hwloc_bitmap_t set)
{
    // The kernel refuses a mask shorter than its own and does not tell the length.
    for (int count = 1024; count <= CPUS_MAX; count *= 4) {
        cpu_set_t *mask = CPU_ALLOC(count);
        size_t mask_bytes = CPU_ALLOC_SIZE(count);
        if (mask == NULL) {
            return -ENOMEM;
        }
        int found = sched_getaffinity(0, mask_bytes, mask) == 0;
        for (int cpu = 0; found && cpu < count; cpu++) {
            if (CPU_ISSET_S(cpu, mask_bytes, mask)) {
                hwloc_bitmap_set(set, (unsigned)cpu);
            }
        }
        CPU_FREE(mask);
        if (found) {
            return 0;
        }
    }
    hwloc_bitmap_fill(set);
    return 0;
}

/* Reads up to two numbers from a small file; a first word that is no number, such as "max", leaves
 * -1. Returns false if there is no such file. */
static bool read_numbers(const char *path, long long numbers[2])
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return false;
    }
    numbers[0] = numbers[1] = -1;
    if (fscanf(file, "%lld %lld", &numbers[0], &numbers[1]) < 1 &&
        fscanf(file, "%*s %lld", &numbers[1]) < 1) {
        numbers[1] = -1;
    }
    fclose(file);
    return true;
}

static int round_up_quota(long long quota_us, long long period_us)
{
    if (quota_us <= 0 || period_us <= 0 || quota_us / period_us >= MPR_CPUS_NO_QUOTA) {
        return MPR_CPUS_NO_QUOTA;
    }
    return (int)((quota_us + period_us - 1) / period_us);
}

/* The quota of the one group in directory `group`. */
static int read_group_quota(const char *group, bool is_v2)
{
    char path[PATH_BYTES + 32];
    long long quota[2], period[2];

    if (is_v2) {
        snprintf(path, sizeof(path), "%s/cpu.max", group);
        return read_numbers(path, quota) ? round_up_quota(quota[0], quota[1]) : MPR_CPUS_NO_QUOTA;
    }
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", group);
    if (!read_numbers(path, quota)) {
        return MPR_CPUS_NO_QUOTA;
    }
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", group);
    return read_numbers(path, period) ? round_up_quota(quota[0], period[0]) : MPR_CPUS_NO_QUOTA;
}

/* The least quota of the group `path` and of those above it. In a container the path may be the
 * host's while the mount shows the container's own groups: then only the top exists. */
static int read_quota_upwards(const char *mount, char *path, bool is_v2)
{
    char group[PATH_BYTES];
    int least = MPR_CPUS_NO_QUOTA;

    for (;;) {
        snprintf(group, sizeof(group), "%s%s", mount, path);
        int quota = read_group_quota(group, is_v2);
        if (quota < least) {
            least = quota;
        }
        char *slash = strrchr(path, '/');
        if (slash == NULL || path[0] == '\0') {
            return least;
        }
        *slash = '\0';
    }
}

/* Says whether the comma-separated `list` has `word`. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

int mpr_cpus_read_quota(const char *root)
{
    char line[PATH_BYTES], mount[PATH_BYTES];
    int least = MPR_CPUS_NO_QUOTA;

    snprintf(line, sizeof(line), "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    if (file == NULL) {
        return least;
    }
    // Lines are "number:controllers:path"; version 2 has no controllers.
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL) {
            continue;
        }
        *controllers++ = '\0';
        *path++ = '\0';
        bool is_v2 = controllers[0] == '\0';
        if (is_v2) {
            snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup", root);
        } else if (has_word(controllers, "cpu")) {
            snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup/%s", root, controllers);
        } else {
            continue;
        }
        int quota = read_quota_upwards(mount, path, is_v2);
        if (quota < least) {
            least = quota;
        }
    }
    fclose(file);
    return least;
}

int mpr_cpus_find(struct mpr_cpus *cpus, const char *root)
{
    cpus->set = hwloc_bitmap_alloc();
    if (cpus->set == NULL) {
        return -ENOMEM;
    }
    int error = read_affinity(cpus->set);
    if (error != 0) {
        mpr_cpus_free(cpus);
        return error;
    }
    cpus->quota = mpr_cpus_read_quota(root);
    return 0;
}

void mpr_cpus_free(struct mpr_cpus *cpus)
{
    hwloc_bitmap_free(cpus->set);
    cpus->set = NULL;
}

int mpr_cpus_count(const struct mpr_cpus *cpus)
{
    int count = hwloc_bitmap_weight(cpus->set);

    if (count < 1 || count > cpus->quota) {
        count = cpus->quota;
    }
    return count < 1 || count == MPR_CPUS_NO_QUOTA ? 1 : count;
}

bool mpr_cpus_parse_list(hwloc_bitmap_t set, const char *list)
{
    hwloc_bitmap_zero(set);
    for (;;) {
        char *end;
        if (*list < '0' || *list > '9') {
            return false;
        }
        unsigned long first = strtoul(list, &end, 10), last = first, step = 1;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9') {
            last = strtoul(end + 1, &end, 10);
            if (*end == ':' && end[1] >= '0' && end[1] <= '9') {
                step = strtoul(end + 1, &end, 10);
            }
        }
        if (first > last || last >= CPUS_MAX || step == 0) {
            return false;
        }
        for (unsigned long cpu = first; cpu <= last; cpu += step) {
            hwloc_bitmap_set(set, (unsigned)cpu);
        }
        if (*end == '\0') {
            return true;
        }
        if (*end != ',') {
            return false;
        }
        list = end + 1;
    }
}
