/* SPDX-License-Identifier: BSD-3-Clause */
/* Start-up time is what mprun is judged by first, and hwloc spends it on what we do not ask: it
 * loads every plugin on disk (graphics, PCI, libxml: 2 to 6 ms), and binds itself to each CPU in
 * turn to run CPUID there (0.3 ms on two CPUs, far more on many). Without both a load takes 0.7 ms
 * where it took 9. */
#include "launcher/topology.h"

#include <errno.h>
#include <stdlib.h>

#define PLUGINS_VARIABLE "HWLOC_PLUGINS_PATH"

/* Fills the topology's memory: hwloc_topology_init() looks for plugins, once in a process. */
static int init_without_plugins(hwloc_topology_t *topology)
{
    int theirs = getenv(PLUGINS_VARIABLE) != NULL;

    if (!theirs) {
        setenv(PLUGINS_VARIABLE, "/dev/null", 1);
    }
    int result = hwloc_topology_init(topology);
    if (!theirs) {
        unsetenv(PLUGINS_VARIABLE); // the ranks may use hwloc as well
    }
    return result;
}

int mpr_topology_load(hwloc_topology_t *topology)
{
    static const hwloc_obj_type_t kept[] = {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_CORE};
    hwloc_topology_t loaded;

    if (init_without_plugins(&loaded) != 0) {
        return -ENOMEM;
    }
    hwloc_topology_set_all_types_filter(loaded, HWLOC_TYPE_FILTER_KEEP_NONE);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        hwloc_topology_set_type_filter(loaded, kept[i], HWLOC_TYPE_FILTER_KEEP_ALL);
    }
    hwloc_topology_set_components(loaded, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
    errno = 0;
    if (hwloc_topology_load(loaded) != 0) {
        int error = errno != 0 ? -errno : -EINVAL;
        hwloc_topology_destroy(loaded);
        return error;
    }
    *topology = loaded;
    return 0;
}
