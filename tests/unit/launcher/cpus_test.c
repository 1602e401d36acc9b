/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the search for usable CPUs: quotas in control groups made up in an empty folder. */
#include "launcher/cpus.h"

#include <ftw.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/unit.h"

static char root[64];

/* Writes `text` to the file `path` below the made-up root, making its folders. */
static void put(const char *path, const char *text)
{
    char full[512];

    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *slash = strchr(full + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    fputs(text, file);
    fclose(file);
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static void begin(void)
{
    const char *folder = getenv("TMPDIR");

    snprintf(root, sizeof(root), "%s/cpus-XXXXXX",
             folder != NULL && strlen(folder) < 40 ? folder : "/tmp");
    if (mkdtemp(root) == NULL) {
        abort();
    }
}

static void end(void)
{
    nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void has_no_quota_without_groups(void)
{
    begin();
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/proc/self/cgroup", "0::/a\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/sys/fs/cgroup/a/cpu.max", "nonsense");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/sys/fs/cgroup/a/cpu.max", "");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/proc/self/cgroup", "garbage\n\n::\n1:\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    end();
}

static void reads_version_2(void)
{
    begin();
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put("/sys/fs/cgroup/a/b/c/cpu.max", "350000 100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 4); // rounded up
    put("/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 4);
    put("/sys/fs/cgroup/a/cpu.max", "50000 100000\n"); // a group above is tighter
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 1);
    put("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "20000 10000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 2);
    end();
}

/* In a container without a namespace for control groups the path is the host's. */
static void reads_a_containers_top(void)
{
    begin();
    put("/proc/self/cgroup", "0::/docker/0123456789abcdef\n");
    put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 3);
    put("/proc/self/cgroup", "4:cpu,cpuacct:/docker/0123456789abcdef\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 2);
    end();
}

static void reads_version_1(void)
{
    begin();
    put("/proc/self/cgroup", "9:cpuset:/x\n5:cpuacct:/x\n3:cpu:/x/y\n0::/\n");
    put("/sys/fs/cgroup/cpu/x/y/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/x/y/cpu.cfs_period_us", "100000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), MPR_CPUS_NO_QUOTA);
    put("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "250000\n");
    put("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "50000\n");
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 5);
    put("/sys/fs/cgroup/cpuacct/x/cpu.cfs_quota_us", "1\n"); // not the controller of time
    CU_ASSERT_EQUAL(mpr_cpus_read_quota(root), 5);
    end();
}

static void finds_the_affinity(void)
{
    struct mpr_cpus cpus;
    cpu_set_t before, one;

    begin();
    sched_getaffinity(0, sizeof(before), &before);
    CU_ASSERT_EQUAL_FATAL(mpr_cpus_find(&cpus, root), 0);
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), CPU_COUNT(&before));
    int last = hwloc_bitmap_last(cpus.set);
    mpr_cpus_free(&cpus);

    CPU_ZERO(&one);
    CPU_SET((size_t)last, &one);
    sched_setaffinity(0, sizeof(one), &one);
    CU_ASSERT_EQUAL_FATAL(mpr_cpus_find(&cpus, root), 0);
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), 1);
    CU_ASSERT_EQUAL(hwloc_bitmap_first(cpus.set), last);
    mpr_cpus_free(&cpus);
    sched_setaffinity(0, sizeof(before), &before);
    end();
}

static void counts_the_lesser(void)
{
    struct mpr_cpus cpus = {.set = hwloc_bitmap_alloc(), .quota = MPR_CPUS_NO_QUOTA};

    hwloc_bitmap_set_range(cpus.set, 0, 7);
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), 8);
    cpus.quota = 3;
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), 3);
    cpus.quota = 30;
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), 8);
    hwloc_bitmap_fill(cpus.set); // infinite, when the system does not tell
    cpus.quota = MPR_CPUS_NO_QUOTA;
    CU_ASSERT_EQUAL(mpr_cpus_count(&cpus), 1);
    mpr_cpus_free(&cpus);
}

static void expect_list(const char *list, const char *cpus)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    char text[256] = "";

    CU_ASSERT_EQUAL(mpr_cpus_parse_list(set, list), cpus != NULL);
    if (cpus != NULL) {
        hwloc_bitmap_list_snprintf(text, sizeof(text), set);
        CU_ASSERT_STRING_EQUAL(text, cpus);
    }
    hwloc_bitmap_free(set);
}

static void parses_lists(void)
{
    expect_list("0", "0");
    expect_list("0-3,8,10-11", "0-3,8,10-11");
    expect_list("8,0-3", "0-3,8");
    expect_list("0-8:4,100", "0,4,8,100");
    expect_list("", NULL);
    expect_list(",", NULL);
    expect_list("1,", NULL);
    expect_list("3-1", NULL);
    expect_list("-1", NULL);
    expect_list("1-", NULL);
    expect_list("a", NULL);
    expect_list("1 2", NULL);
    expect_list("0-4:0", NULL);
    expect_list("0-99999999999", NULL);
}

UNIT_MAIN("cpus", UNIT(has_no_quota_without_groups), UNIT(reads_version_2),
          UNIT(reads_a_containers_top), UNIT(reads_version_1), UNIT(finds_the_affinity),
          UNIT(counts_the_lesser), UNIT(parses_lists))
