/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding domains by CPUs. NUMA nodes stand beside the tree of hwloc's objects, so that all kinds
 * are looked for by their CPUs alone. */
#include "launcher/domains.h"

static uint16_t number_of(hwloc_topology_t topology, hwloc_obj_type_t type,
                          hwloc_const_bitmap_t cpus)
{
    hwloc_obj_t object = NULL;

    while ((object = hwloc_get_next_obj_by_type(topology, type, object)) != NULL) {
        if (hwloc_bitmap_isincluded(cpus, object->cpuset)) {
            return (uint16_t)(object->logical_index + 1);
        }
    }
    return 0;
}

struct mpr_domains mpr_domains_find(hwloc_topology_t topology, hwloc_const_bitmap_t cpus)
{
    static const hwloc_obj_type_t types[MPR_DOMAIN_COUNT] = {
        [MPR_DOMAIN_SOCKET] = HWLOC_OBJ_PACKAGE,
        [MPR_DOMAIN_NUMA] = HWLOC_OBJ_NUMANODE,
        [MPR_DOMAIN_CACHE] = HWLOC_OBJ_L3CACHE,
    };
    struct mpr_domains domains = {{0}};

    for (int kind = 0; topology != NULL && kind < MPR_DOMAIN_COUNT; kind++) {
        domains.numbers[kind] = number_of(topology, types[kind], cpus);
    }
    return domains;
}

struct mpr_domains mpr_domains_pretend(int rank, int64_t cluster_ranks)
{
    return (struct mpr_domains){{
        [MPR_DOMAIN_SOCKET] = (uint16_t)(rank / (cluster_ranks * cluster_ranks) + 1),
        [MPR_DOMAIN_CACHE] = (uint16_t)(rank / cluster_ranks + 1),
    }};
}
