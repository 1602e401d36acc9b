/* SPDX-License-Identifier: BSD-3-Clause */
/* Deciding on the shared heap.
 *
 * It is there but on systems that could not hold its promises. Under a limit of memory (ulimit -v,
 * -d) the limit would stop the reservation, or not count what has been shared. Where the kernel
 * grants no more memory than there is (vm.overcommit_memory is 2), a shared page that is not
 * granted kills its writer instead of failing an allocation. A limit of file sizes (ulimit -f)
 * counts the windows. */
#include "launcher/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "heap/calls.h"

/* No process has use for more than the memory of the machine, and all windows together stay within
 * an eighth of what 47 bits can address. */
static const uint64_t windows_bytes_max = UINT64_C(1) << 44;
static const uint64_t unit_bytes = UINT64_C(1) << 30;

static bool is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

static bool grants_are_strict(void)
{
    FILE *file = fopen("/proc/sys/vm/overcommit_memory", "re");
    int mode = file != NULL ? fgetc(file) : '0';

    if (file != NULL) {
        fclose(file);
    }
    return mode == '2';
}

/* The library lies where the others are: beside mprun in its build folder, or below its prefix. */
static bool find_library(char path[PATH_MAX])
{
    static const char *const places[] = {".libs", "../lib", "../lib64"};
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length <= 0) {
        return false;
    }
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < mpr_array_count(places); i++) {
        int bytes = snprintf(path, PATH_MAX, "%s/%s/%s", self, places[i], MPR_HEAP_LIBRARY);
        if (bytes < PATH_MAX && access(path, R_OK) == 0) {
            return true;
        }
    }
    int bytes = snprintf(path, PATH_MAX, "%s/%s", MPR_LIBDIR, MPR_HEAP_LIBRARY);
    return bytes < PATH_MAX && access(path, R_OK) == 0;
}

/* Why there can be no heap; NULL: it can be had. */
static const char *reason_against(char library[PATH_MAX])
{
#ifdef MPR_SANITIZED
    return "mprun is built with a sanitizer";
#endif
    if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA) || is_limited(RLIMIT_FSIZE)) {
        return "memory or the size of files is limited (ulimit -v, -d, -f)";
    }
    if (grants_are_strict()) {
        return "the system grants no more memory than it has (vm.overcommit_memory is 2)";
    }
    if (!find_library(library)) {
        return MPR_HEAP_LIBRARY " is not installed";
    }
    // The loader takes these for the ends of names.
    return strpbrk(library, " :\t") != NULL ? "the name of its folder has a space or a colon"
                                            : NULL;
}

static uint64_t window_bytes(uint32_t slot_count)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    uint64_t memory = pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : unit_bytes;
    uint64_t share = windows_bytes_max / slot_count;
    uint64_t bytes = memory < share ? memory : share;

    return (bytes + unit_bytes - 1) / unit_bytes * unit_bytes;
}

/* A path that is forced and another one has no use for it. A build with a sanitizer has none, but
 * if somebody asks, he is told. */
static bool is_wanted(const struct mpr_tunables *tunables)
{
    bool is_of_use = tunables->copy == MPR_COPY_AUTO || tunables->copy == MPR_COPY_DIRECT;

#ifdef MPR_SANITIZED
    is_of_use = tunables->copy == MPR_COPY_DIRECT;
#endif
    return tunables->shared_heap == MPR_HEAP_ON ||
           (tunables->shared_heap == MPR_HEAP_AUTO && is_of_use);
}

void mpr_heap_plan_make(struct mpr_heap_plan *plan, const struct mpr_tunables *tunables,
                        uint32_t slot_count)
{
    plan->bytes = 0;
    plan->large_bytes = (uint64_t)tunables->large_bytes;
    if (!is_wanted(tunables)) {
        return;
    }
    const char *reason = reason_against(plan->library);
    if (reason == NULL) {
        plan->bytes = window_bytes(slot_count);
    } else {
        mpr_say("no shared heap, large messages take longer: %s; MPRUN_SHARED_HEAP=0 accepts that",
                reason);
    }
}
