/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the pin plan.
 *
 * All choices are made on one sequence of units. A unit is a core (its usable hardware threads), or
 * a single hardware thread where ranks get no more than that. Performance cores come first, then
 * hwloc's order, in which units that share a cache, a NUMA node or a socket are neighbours; second
 * threads of cores come last. What a rank gets is a block: neighbouring units of the sequence. A
 * coarser binding that the user asks for is derived from the block at the end.
 *
 * Ranks that must share CPUs stay unbound. On two CPUs, 8 ranks bound round robin were no quicker
 * than unbound ones (medians of 9 alternating runs: barrier 20 us both, alltoall of 64 KiB 520 and
 * 490 us), and where the numbers do not divide, much slower: 3 ranks took 70 us unbound for that
 * alltoall, and 170 to 240 us with two of them on one CPU.
 */
#include "launcher/plan.h"

#include <errno.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "launcher/cpus.h"

struct unit {
    hwloc_bitmap_t cpus;
    int thread;     // which of its core's hardware threads it is; 0 for a core
    int efficiency; // hwloc's: the higher, the faster
    unsigned index; // hwloc's logical index of the core
};

struct block {
    int first; // in the sequence
    int count;
};

/* An object that ranks are dealt to: its units, neighbours in the sequence. */
struct domain {
    int first;
    int count;
};

struct planner {
    const struct mpr_plan_request *request;
    hwloc_topology_t topology;
    struct unit *units; // the sequence
    int unit_count;
    struct block *blocks; // of each rank
};

static bool is_unbound(const struct mpr_plan_request *request)
{
    bool is_default = request->bind == MPR_BIND_DEFAULT && request->map == MPR_MAP_DEFAULT &&
                      request->cores_per_rank == 0;

    return request->bind == MPR_BIND_NONE ||
           (is_default && request->rank_count > hwloc_bitmap_weight(request->usable));
}

/* Says whether units are hardware threads: by wish, or because there are more ranks than cores. */
static bool is_by_thread(const struct mpr_plan_request *request, int core_count)
{
    if (request->bind != MPR_BIND_DEFAULT || request->cores_per_rank > 0) {
        return request->bind == MPR_BIND_HWTHREAD;
    }
    return request->map == MPR_MAP_HWTHREAD ||
           ((request->map == MPR_MAP_DEFAULT || request->map == MPR_MAP_SLOT) &&
            request->rank_count > core_count);
}

/* The units that each rank is to get; 0: an equal share of what there is. */
static int wanted_size(const struct mpr_plan_request *request)
{
    if (request->cores_per_rank > 0) {
        return request->cores_per_rank;
    }
    return request->bind == MPR_BIND_CORE || request->bind == MPR_BIND_HWTHREAD ||
                   request->map == MPR_MAP_CORE || request->map == MPR_MAP_HWTHREAD
               ? 1
               : 0;
}

// --- The sequence -----------------------------------------------------------------------------

static int efficiency_of(hwloc_topology_t topology, hwloc_const_bitmap_t cpus)
{
    int kind = hwloc_cpukinds_get_by_cpuset(topology, cpus, 0);
    int efficiency = 0;

    if (kind < 0 ||
        hwloc_cpukinds_get_info(topology, (unsigned)kind, NULL, &efficiency, NULL, NULL, 0) != 0) {
        return 0;
    }
    return efficiency;
}

static int compare_units(const void *left, const void *right)
{
    const struct unit *a = left, *b = right;

    if (a->thread != b->thread) {
        return a->thread < b->thread ? -1 : 1;
    }
    if (a->efficiency != b->efficiency) {
        return a->efficiency > b->efficiency ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int add_unit(struct planner *planner, struct unit unit)
{
    if (unit.cpus == NULL) {
        return -ENOMEM;
    }
    planner->units[planner->unit_count++] = unit;
    return 0;
}

/* Adds a core as one unit, or each of its hardware threads as one. */
static int add_core(struct planner *planner, hwloc_obj_t core, bool by_thread)
{
    struct unit unit = {.cpus = hwloc_bitmap_dup(core->cpuset), .index = core->logical_index};

    if (unit.cpus == NULL) {
        return -ENOMEM;
    }
    hwloc_bitmap_and(unit.cpus, unit.cpus, planner->request->usable);
    unit.efficiency = efficiency_of(planner->topology, unit.cpus);
    if (!by_thread) {
        return add_unit(planner, unit);
    }
    hwloc_bitmap_t all = unit.cpus;
    int error = 0;
    for (int cpu = hwloc_bitmap_first(all); cpu >= 0 && error == 0;
         cpu = hwloc_bitmap_next(all, cpu)) {
        unit.cpus = hwloc_bitmap_alloc();
        if (unit.cpus != NULL) {
            hwloc_bitmap_only(unit.cpus, (unsigned)cpu);
        }
        error = add_unit(planner, unit);
        unit.thread++;
    }
    hwloc_bitmap_free(all);
    return error;
}

static int make_sequence(struct planner *planner)
{
    // A machine that does not tell its cores is taken by its hardware threads.
    hwloc_topology_t topology = planner->topology;
    hwloc_const_bitmap_t usable = planner->request->usable;
    hwloc_obj_type_t type =
        hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    hwloc_obj_t core = NULL;
    int core_count = 0, error = 0;

    while ((core = hwloc_get_next_obj_by_type(topology, type, core)) != NULL) {
        core_count += hwloc_bitmap_intersects(core->cpuset, usable);
    }
    planner->units =
        calloc((size_t)hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU), sizeof(*planner->units));
    if (planner->units == NULL) {
        return -ENOMEM;
    }
    bool by_thread = is_by_thread(planner->request, core_count);
    while (error == 0 && (core = hwloc_get_next_obj_by_type(topology, type, core)) != NULL) {
        if (hwloc_bitmap_intersects(core->cpuset, usable)) {
            error = add_core(planner, core, by_thread);
        }
    }
    qsort(planner->units, (size_t)planner->unit_count, sizeof(*planner->units), compare_units);
    return error;
}

// --- Blocks -----------------------------------------------------------------------------------

/* How many units, from the start of the sequence, share out what `rank_count` ranks need: those of
 * all kinds down to the one that gives the last rank a unit. */
static int count_fast_units(const struct planner *planner)
{
    int count = planner->request->rank_count;

    while (count < planner->unit_count &&
           planner->units[count].efficiency == planner->units[count - 1].efficiency) {
        count++;
    }
    return count;
}

/* Says whether one object of the given type holds the whole block. */
static bool is_inside_one(const struct planner *planner, struct block block, hwloc_obj_type_t type)
{
    const struct unit *first = &planner->units[block.first];
    const struct unit *last = &planner->units[block.first + block.count - 1];
    hwloc_obj_t object = NULL;

    while ((object = hwloc_get_next_obj_covering_cpuset_by_type(planner->topology, first->cpus,
                                                                type, object)) != NULL) {
        if (hwloc_bitmap_isincluded(last->cpus, object->cpuset)) {
            return true;
        }
    }
    return false;
}

/* Cuts the first `limit` units of the sequence into blocks of `size`, none of which crosses a
 * border between objects of `type`; says whether every rank gets one. */
static bool cut_inside(struct planner *planner, int limit, int size, hwloc_obj_type_t type)
{
    struct block block = {.first = 0, .count = size};
    int found = 0;

    while (block.first + size <= limit && found < planner->request->rank_count) {
        if (is_inside_one(planner, block, type)) {
            planner->blocks[found++] = block;
            block.first += size;
        } else {
            block.first++;
        }
    }
    return found == planner->request->rank_count;
}

/* Gives each rank a block of `size` of the first `limit` units: inside the smallest objects that
 * hold enough such blocks, otherwise wherever they come to lie; several ranks to a block where
 * there are too few. */
static void cut_blocks(struct planner *planner, int limit, int size)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L3CACHE, HWLOC_OBJ_NUMANODE,
                                             HWLOC_OBJ_PACKAGE};
    int block_count = limit / size;

    for (size_t i = 0; size > 1 && i < mpr_array_count(types); i++) {
        if (cut_inside(planner, limit, size, types[i])) {
            return;
        }
    }
    for (int rank = 0; rank < planner->request->rank_count; rank++) {
        planner->blocks[rank] = (struct block){.first = rank % block_count * size, .count = size};
    }
}

static hwloc_obj_type_t type_of_map(enum mpr_map map)
{
    return map == MPR_MAP_L3     ? HWLOC_OBJ_L3CACHE
           : map == MPR_MAP_NUMA ? HWLOC_OBJ_NUMANODE
                                 : HWLOC_OBJ_PACKAGE;
}

/* Moves the units of the sequence, from `first` on, that lie in `object` to the front, keeping
 * their order and that of the others. Returns how many there are. */
static int pull_forward(struct planner *planner, int first, hwloc_obj_t object,
                        struct unit *scratch)
{
    int inside = first, outside = 0;

    for (int i = first; i < planner->unit_count; i++) {
        if (hwloc_bitmap_intersects(planner->units[i].cpus, object->cpuset)) {
            planner->units[inside++] = planner->units[i];
        } else {
            scratch[outside++] = planner->units[i];
        }
    }
    for (int i = 0; i < outside; i++) {
        planner->units[inside + i] = scratch[i];
    }
    return inside - first;
}

/* Reorders the sequence so that each object of `type` has its units together, and lists these
 * groups; what lies outside of all objects forms a last one. Where two NUMA nodes (memory of two
 * kinds) belong to the same cores the first has them. Returns the number of groups. */
static int group_units(struct planner *planner, hwloc_obj_type_t type, struct domain *domains,
                       struct unit *scratch)
{
    hwloc_obj_t object = NULL;
    int taken = 0, count = 0;

    while ((object = hwloc_get_next_obj_by_type(planner->topology, type, object)) != NULL) {
        int inside = pull_forward(planner, taken, object, scratch);
        if (inside > 0) {
            domains[count++] = (struct domain){.first = taken, .count = inside};
        }
        taken += inside;
    }
    if (taken < planner->unit_count) {
        domains[count++] = (struct domain){.first = taken, .count = planner->unit_count - taken};
    }
    return count;
}

/* The largest block that all ranks can have when they are dealt to the groups in turn. */
static int share_of_domains(const struct planner *planner, const struct domain *domains, int count)
{
    int rank_count = planner->request->rank_count;
    int size = planner->unit_count;

    for (int i = 0; i < count && i < rank_count; i++) {
        int ranks = (rank_count - i + count - 1) / count;
        int share = domains[i].count / ranks;
        size = share < size ? share : size;
    }
    return size > 0 ? size : 1;
}

/* Deals the ranks to the objects of a type in turn. */
static int deal_blocks(struct planner *planner, hwloc_obj_type_t type)
{
    struct domain *domains = calloc((size_t)planner->unit_count, sizeof(*domains));
    struct unit *scratch = calloc((size_t)planner->unit_count, sizeof(*scratch));
    int size = wanted_size(planner->request);
    int error = 0;

    if (domains == NULL || scratch == NULL) {
        error = -ENOMEM;
        goto out;
    }
    int count = group_units(planner, type, domains, scratch);
    if (size == 0) {
        size = share_of_domains(planner, domains, count);
    }
    for (int rank = 0; rank < planner->request->rank_count; rank++) {
        const struct domain *domain = &domains[rank % count];
        int fitting = size < domain->count ? size : domain->count;
        int place = rank / count % (domain->count / fitting);
        planner->blocks[rank] =
            (struct block){.first = domain->first + place * fitting, .count = fitting};
    }
out:
    free(scratch);
    free(domains);
    return error;
}

static int choose_blocks(struct planner *planner)
{
    const struct mpr_plan_request *request = planner->request;
    int limit = planner->unit_count;
    int size = wanted_size(request);

    if (request->map == MPR_MAP_L3 || request->map == MPR_MAP_NUMA ||
        request->map == MPR_MAP_SOCKET) {
        return deal_blocks(planner, type_of_map(request->map));
    }
    if (size == 0 && request->rank_count <= limit) {
        limit = count_fast_units(planner);
        size = limit / request->rank_count;
    }
    size = size < 1 ? 1 : size;
    cut_blocks(planner, limit, size < limit ? size : limit);
    return 0;
}

// --- From blocks to places --------------------------------------------------------------------

/* Adds the usable CPUs of the object of `type` around a unit; all, where there is no such object.
 */
static void add_object_around(const struct planner *planner, hwloc_bitmap_t cpus,
                              hwloc_const_bitmap_t unit, hwloc_obj_type_t type)
{
    hwloc_obj_t object =
        hwloc_get_next_obj_covering_cpuset_by_type(planner->topology, unit, type, NULL);

    if (object == NULL) {
        object = hwloc_get_root_obj(planner->topology);
    }
    hwloc_bitmap_and(cpus, object->cpuset, planner->request->usable);
}

static void fill_cpus(const struct planner *planner, const struct block *block, hwloc_bitmap_t cpus)
{
    hwloc_const_bitmap_t first = planner->units[block->first].cpus;

    switch (planner->request->bind) {
    case MPR_BIND_L3:
        add_object_around(planner, cpus, first, HWLOC_OBJ_L3CACHE);
        break;
    case MPR_BIND_NUMA:
        add_object_around(planner, cpus, first, HWLOC_OBJ_NUMANODE);
        break;
    case MPR_BIND_SOCKET:
        add_object_around(planner, cpus, first, HWLOC_OBJ_PACKAGE);
        break;
    case MPR_BIND_DEFAULT:
    case MPR_BIND_NONE:
    case MPR_BIND_HWTHREAD:
    case MPR_BIND_CORE:
        for (int i = 0; i < block->count; i++) {
            hwloc_bitmap_or(cpus, cpus, planner->units[block->first + i].cpus);
        }
        break;
    }
}

static int limit_by_quota(const struct mpr_plan_request *request, int threads)
{
    int part = request->quota / request->rank_count;

    threads = threads < part ? threads : part;
    return threads > 0 ? threads : 1;
}

static int bind_ranks(struct mpr_plan *plan, hwloc_topology_t topology,
                      const struct mpr_plan_request *request)
{
    struct planner planner = {.request = request, .topology = topology};
    int error = make_sequence(&planner);

    if (error != 0) {
        goto out;
    }
    if (planner.unit_count == 0) {
        plan->is_bound = false; // hwloc knows none of the usable CPUs: better unbound than wrong
        goto out;
    }
    planner.blocks = calloc((size_t)request->rank_count, sizeof(*planner.blocks));
    error = planner.blocks != NULL ? choose_blocks(&planner) : -ENOMEM;
    for (int rank = 0; error == 0 && rank < request->rank_count; rank++) {
        hwloc_bitmap_zero(plan->places[rank].cpus);
        fill_cpus(&planner, &planner.blocks[rank], plan->places[rank].cpus);
        plan->places[rank].thread_count = limit_by_quota(request, planner.blocks[rank].count);
    }
out:
    for (int i = 0; i < planner.unit_count; i++) {
        hwloc_bitmap_free(planner.units[i].cpus);
    }
    free(planner.units);
    free(planner.blocks);
    return error;
}

/* How many CPUs the ranks can keep busy together. */
static int count_busy_cpus(const struct mpr_plan *plan, int quota)
{
    hwloc_bitmap_t together = hwloc_bitmap_alloc();
    if (together == NULL) {
        return -ENOMEM;
    }
    for (int rank = 0; rank < plan->rank_count; rank++) {
        hwloc_bitmap_or(together, together, plan->places[rank].cpus);
    }
    int count = hwloc_bitmap_weight(together);
    hwloc_bitmap_free(together);
    return count < quota ? count : quota;
}

// --- The interface ----------------------------------------------------------------------------

bool mpr_plan_needs_topology(const struct mpr_plan_request *request)
{
    return !is_unbound(request);
}

int mpr_plan_make(struct mpr_plan *plan, hwloc_topology_t topology,
                  const struct mpr_plan_request *request)
{
    int rank_count = request->rank_count;
    bool is_ours = request->bind != MPR_BIND_NONE; // else the user takes care of threads as well

    *plan = (struct mpr_plan){.rank_count = rank_count, .is_bound = !is_unbound(request)};
    plan->usable = hwloc_bitmap_dup(request->usable);
    plan->places = calloc((size_t)rank_count, sizeof(*plan->places));
    if (plan->usable == NULL || plan->places == NULL) {
        goto no_memory;
    }
    for (int rank = 0; rank < rank_count; rank++) {
        plan->places[rank].thread_count = is_ours ? 1 : 0;
        plan->places[rank].cpus = hwloc_bitmap_dup(request->usable);
        if (plan->places[rank].cpus == NULL) {
            goto no_memory;
        }
    }
    if (plan->is_bound && bind_ranks(plan, topology, request) != 0) {
        goto no_memory;
    }
    plan->cpu_count = count_busy_cpus(plan, request->quota);
    if (plan->cpu_count < 0) {
        goto no_memory;
    }
    return 0;

no_memory:
    mpr_plan_free(plan);
    return -ENOMEM;
}

void mpr_plan_free(struct mpr_plan *plan)
{
    for (int rank = 0; plan->places != NULL && rank < plan->rank_count; rank++) {
        hwloc_bitmap_free(plan->places[rank].cpus);
    }
    free(plan->places);
    hwloc_bitmap_free(plan->usable);
    *plan = (struct mpr_plan){0};
}
