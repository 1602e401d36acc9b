/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of a machine, read from a tree of files like the system's: two packages with two NUMA
 * nodes each, four cores in each node, two threads in each core; a thread has the number of its
 * core or 16 more. Caches are listed as the kernel does: the first ones for data and for
 * instructions. */
#include "base/hardware.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/unit.h"

enum { CORES = 16, CPUS = 2 * CORES, LAMED_CPU = 40 };

static char root[64];

__attribute__((format(printf, 1, 2))) static void make_folder(const char *format, ...)
{
    char path[256];
    va_list arguments;
    va_start(arguments, format);
    int used = snprintf(path, sizeof(path), "%s/", root);
    vsnprintf(path + used, sizeof(path) - (size_t)used, format, arguments);
    va_end(arguments);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
}

__attribute__((format(printf, 2, 3))) static void write_file(const char *text, const char *format,
                                                             ...)
{
    char path[256];
    va_list arguments;
    va_start(arguments, format);
    int used = snprintf(path, sizeof(path), "%s/devices/system/cpu/", root);
    vsnprintf(path + used, sizeof(path) - (size_t)used, format, arguments);
    va_end(arguments);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "%s\n", text);
    fclose(file);
}

/* The cores from `first` on, and their second threads. */
static const char *list(int first, int count)
{
    static char text[64];
    snprintf(text, sizeof(text), "%d-%d,%d-%d", first, first + count - 1, first + CORES,
             first + count - 1 + CORES);
    return text;
}

static void make_cache(int cpu, int index, const char *level, const char *type, const char *cpus)
{
    make_folder("devices/system/cpu/cpu%d/cache/index%d", cpu, index);
    write_file(level, "cpu%d/cache/index%d/level", cpu, index);
    write_file(type, "cpu%d/cache/index%d/type", cpu, index);
    write_file(cpus, "cpu%d/cache/index%d/shared_cpu_list", cpu, index);
}

static void make_cpu(int cpu)
{
    int core = cpu % CORES;

    make_folder("devices/system/cpu/cpu%d", cpu);
    make_folder("devices/system/cpu/cpu%d/topology", cpu);
    make_folder("devices/system/cpu/cpu%d/cache", cpu);
    make_folder("devices/system/cpu/cpu%d/node%d", cpu, core / 4);
    write_file(list(core / 8 * 8, 8), "cpu%d/topology/core_siblings_list", cpu);
    write_file(list(core, 1), "cpu%d/topology/thread_siblings_list", cpu);
    make_cache(cpu, 0, "1", "Data", list(core, 1));
    make_cache(cpu, 1, "1", "Instruction", "9999");
    make_cache(cpu, 2, "2", "Unified", list(core / 2 * 2, 2));
    make_cache(cpu, 3, "3", "Unified", list(core / 4 * 4, 4));
}

static void make_machine(void)
{
    strcpy(root, "/tmp/hardware_test.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    make_folder("devices");
    make_folder("devices/system");
    make_folder("devices/system/cpu");
    for (int cpu = 0; cpu < CPUS; cpu++) {
        make_cpu(cpu);
    }
    make_folder("devices/system/cpu/cpu%d", LAMED_CPU);
}

static void remove_machine(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", root);
    CU_ASSERT_EQUAL(system(command), 0);
}

static void each_cpu_has_its_parts(void)
{
    make_machine();
    for (int cpu = 0; cpu < CPUS; cpu++) {
        int core = cpu % CORES;
        const int expected[MPR_HARDWARE_COUNT] = {
            [MPR_HARDWARE_MACHINE] = 0,       [MPR_HARDWARE_PACKAGE] = core / 8 * 8,
            [MPR_HARDWARE_NUMA] = core / 4,   [MPR_HARDWARE_L3] = core / 4 * 4,
            [MPR_HARDWARE_L2] = core / 2 * 2, [MPR_HARDWARE_L1] = core,
            [MPR_HARDWARE_CORE] = core,       [MPR_HARDWARE_THREAD] = cpu};
        for (int kind = 0; kind < MPR_HARDWARE_COUNT; kind++) {
            CU_ASSERT_EQUAL(mpr_hardware_of_cpu(root, (enum mpr_hardware)kind, cpu),
                            expected[kind]);
        }
    }
    remove_machine();
}

/* Files are missing in many containers and virtual machines. */
static void what_is_not_said_is_unknown(void)
{
    make_machine();
    for (int kind = MPR_HARDWARE_PACKAGE; kind < MPR_HARDWARE_THREAD; kind++) {
        CU_ASSERT_EQUAL(mpr_hardware_of_cpu(root, (enum mpr_hardware)kind, LAMED_CPU), -1);
        CU_ASSERT_EQUAL(mpr_hardware_of_cpu(root, (enum mpr_hardware)kind, CPUS), -1);
    }
    write_file("", "cpu5/topology/core_siblings_list");
    CU_ASSERT_EQUAL(mpr_hardware_of_cpu(root, MPR_HARDWARE_PACKAGE, 5), -1);
    remove_machine();
}

/* On this machine: bound to one CPU, we are in its parts. */
static void we_are_where_we_are_bound(void)
{
    cpu_set_t before, one;
    int first = 0;

    CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(before), &before), 0);
    while (!CPU_ISSET(first, &before)) {
        first++;
    }
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    CU_ASSERT_EQUAL(mpr_hardware_here(MPR_HARDWARE_THREAD), CPU_COUNT(&before) > 1 ? -1 : first);
    CU_ASSERT_EQUAL_FATAL(sched_setaffinity(0, sizeof(one), &one), 0);
    for (int kind = 0; kind < MPR_HARDWARE_COUNT; kind++) {
        CU_ASSERT_EQUAL(mpr_hardware_here((enum mpr_hardware)kind),
                        mpr_hardware_of_cpu("/sys", (enum mpr_hardware)kind, first));
    }
    CU_ASSERT_EQUAL(mpr_hardware_here(MPR_HARDWARE_THREAD), first);
    sched_setaffinity(0, sizeof(before), &before);
}

UNIT_MAIN("hardware", UNIT(each_cpu_has_its_parts), UNIT(what_is_not_said_is_unknown),
          UNIT(we_are_where_we_are_bound))
