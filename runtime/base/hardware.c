/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the topology of the machine from files, one by one, when it is asked for: it costs nothing
 * to those who never ask, as loading a library that knows all of it would. A part is numbered by
 * its first CPU. */
#include "base/hardware.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* No machine has so many. */
enum { CPUS_MAX = 8192, CACHES_MAX = 16 };

/* Opens a file of a CPU, or returns NULL. */
static FILE *open_file(const char *root, int cpu, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d/%s", root, cpu, name);
    return fopen(path, "re");
}

/* The number with which a file begins, such as the first CPU of a list; -1 without one. */
static int read_number(const char *root, int cpu, const char *name)
{
    int number = -1;
    FILE *file = open_file(root, cpu, name);

    if (file != NULL) {
        if (fscanf(file, "%d", &number) != 1) {
            number = -1;
        }
        fclose(file);
    }
    return number;
}

static bool holds_data(const char *root, int cpu, const char *name)
{
    char type[16] = "";
    FILE *file = open_file(root, cpu, name);

    if (file != NULL) {
        if (fscanf(file, "%15s", type) != 1) {
            type[0] = '\0';
        }
        fclose(file);
    }
    return strcmp(type, "Data") == 0 || strcmp(type, "Unified") == 0;
}

static int cache_of_cpu(const char *root, int level, int cpu)
{
    char name[64];

    for (int i = 0; i < CACHES_MAX; i++) {
        snprintf(name, sizeof(name), "cache/index%d/level", i);
        int found = read_number(root, cpu, name);
        if (found < 0) {
            return -1;
        }
        snprintf(name, sizeof(name), "cache/index%d/type", i);
        if (found == level && holds_data(root, cpu, name)) {
            snprintf(name, sizeof(name), "cache/index%d/shared_cpu_list", i);
            return read_number(root, cpu, name);
        }
    }
    return -1;
}

/* A CPU's folder has a link node<N> to its NUMA node. */
static int numa_of_cpu(const char *root, int cpu)
{
    char path[PATH_MAX];
    int node = -1;

    snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d", root, cpu);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return -1;
    }
    const struct dirent *entry;
    while (node < 0 && (entry = readdir(folder)) != NULL) {
        if (sscanf(entry->d_name, "node%d", &node) != 1) {
            node = -1;
        }
    }
    closedir(folder);
    return node;
}

int mpr_hardware_of_cpu(const char *root, enum mpr_hardware kind, int cpu)
{
    switch (kind) {
    case MPR_HARDWARE_MACHINE:
        return 0;
    case MPR_HARDWARE_PACKAGE:
        return read_number(root, cpu, "topology/core_siblings_list");
    case MPR_HARDWARE_NUMA:
        return numa_of_cpu(root, cpu);
    case MPR_HARDWARE_L3:
        return cache_of_cpu(root, 3, cpu);
    case MPR_HARDWARE_L2:
        return cache_of_cpu(root, 2, cpu);
    case MPR_HARDWARE_L1:
        return cache_of_cpu(root, 1, cpu);
    case MPR_HARDWARE_CORE:
        return read_number(root, cpu, "topology/thread_siblings_list");
    case MPR_HARDWARE_THREAD:
        return cpu;
    case MPR_HARDWARE_COUNT:
        break;
    }
    return -1;
}

int mpr_hardware_here(enum mpr_hardware kind)
{
    cpu_set_t cpus[CPUS_MAX / CPU_SETSIZE];
    int here = -1;

    if (kind == MPR_HARDWARE_MACHINE) {
        return 0;
    }
    if (sched_getaffinity(0, sizeof(cpus), cpus) != 0) {
        return -1;
    }
    for (int cpu = 0; cpu < CPUS_MAX; cpu++) {
        if (!CPU_ISSET_S((size_t)cpu, sizeof(cpus), cpus)) {
            continue;
        }
        int part = mpr_hardware_of_cpu("/sys", kind, cpu);
        if (part < 0 || (here >= 0 && part != here)) {
            return -1;
        }
        here = part;
    }
    return here;
}
