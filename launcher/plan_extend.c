/* SPDX-License-Identifier: BSD-3-Clause */
/* Places for ranks that come while others run.
 *
 * What is chosen among are whole cores: the kernel spreads two ranks on one core over its hardware
 * threads better than a plan that does not know which of them will end first. */
#include <errno.h>
#include <stdlib.h>

#include "launcher/plan.h"

struct core {
    hwloc_bitmap_t cpus; // usable ones
    int efficiency;
    double load; // ranks
};

static int efficiency_of(hwloc_topology_t topology, hwloc_const_bitmap_t cpus)
{
    int kind = hwloc_cpukinds_get_by_cpuset(topology, cpus, 0);
    int efficiency = 0;

    if (kind >= 0) {
        hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0);
    }
    return efficiency;
}

/* The part of a rank on `cpus` that falls to a core. */
static double part_of(const struct core *core, hwloc_const_bitmap_t cpus)
{
    hwloc_bitmap_t common = hwloc_bitmap_alloc();
    double part = 0;

    if (common != NULL && hwloc_bitmap_and(common, core->cpus, cpus) == 0) {
        part = (double)hwloc_bitmap_weight(common) / (double)hwloc_bitmap_weight(cpus);
    }
    hwloc_bitmap_free(common);
    return part;
}

static int read_cores(hwloc_topology_t topology, hwloc_const_bitmap_t usable, struct core *cores,
                      int *count)
{
    hwloc_obj_t object = NULL;

    while ((object = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, object)) != NULL) {
        struct core *core = &cores[*count];
        if (!hwloc_bitmap_intersects(object->cpuset, usable)) {
            continue;
        }
        *core = (struct core){.cpus = hwloc_bitmap_dup(object->cpuset)};
        if (core->cpus == NULL) {
            return -ENOMEM;
        }
        hwloc_bitmap_and(core->cpus, core->cpus, usable);
        core->efficiency = efficiency_of(topology, core->cpus);
        (*count)++;
    }
    return 0;
}

static struct core *least_loaded(struct core *cores, int count)
{
    struct core *best = &cores[0];

    for (struct core *core = cores; core < cores + count; core++) {
        if (core->load < best->load ||
            (core->load <= best->load && core->efficiency > best->efficiency)) {
            best = core;
        }
    }
    return best;
}

static int place_on_cores(struct core *cores, int core_count, struct mpr_place *places, int count)
{
    for (int i = 0; i < count; i++) {
        struct core *core = least_loaded(cores, core_count);
        if (hwloc_bitmap_copy(places[i].cpus, core->cpus) != 0) {
            return -ENOMEM;
        }
        core->load += 1;
        places[i].thread_count = hwloc_bitmap_weight(core->cpus);
    }
    return 0;
}

int mpr_plan_extend(hwloc_topology_t topology, hwloc_const_bitmap_t usable,
                    const hwloc_const_bitmap_t *taken, int taken_count, struct mpr_place *places,
                    int count)
{
    int core_max = topology != NULL ? hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) : 0;
    bool is_crowded = taken_count + count > hwloc_bitmap_weight(usable);
    int core_count = 0, error = 0;

    for (int i = 0; i < count; i++) {
        places[i].thread_count = 1;
        if (hwloc_bitmap_copy(places[i].cpus, usable) != 0) {
            return -ENOMEM;
        }
    }
    if (core_max <= 0 || is_crowded) {
        return 0;
    }
    struct core *cores = calloc((size_t)core_max, sizeof(*cores));
    if (cores == NULL) {
        return -ENOMEM;
    }
    error = read_cores(topology, usable, cores, &core_count);
    for (int i = 0; i < core_count; i++) {
        for (int j = 0; j < taken_count; j++) {
            cores[i].load += part_of(&cores[i], taken[j]);
        }
    }
    if (error == 0 && core_count > 0) {
        error = place_on_cores(cores, core_count, places, count);
    }
    for (int i = 0; i < core_count; i++) {
        hwloc_bitmap_free(cores[i].cpus);
    }
    free(cores);
    return error;
}
