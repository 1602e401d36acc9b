/* SPDX-License-Identifier: BSD-3-Clause */
/* From a machine to the tree that collectives follow: plan, domains, levels, families; on machines
 * that nobody has at hand. In a tree, each edge between two domains is a message over
 * a slow link. */
#include "launcher/domains.h"

#include <stdlib.h>
#include <string.h>

#include "coll/family.h"
#include "coll/tree.h"
#include "comm/levels.h"
#include "launcher/cpus.h"
#include "launcher/plan.h"
#include "tests/lib/unit.h"

enum { RANKS_MAX = 300 };

static hwloc_topology_t build(const char *synthetic)
{
    hwloc_topology_t topology;

    if (hwloc_topology_init(&topology) != 0 ||
        hwloc_topology_set_synthetic(topology, synthetic) != 0 ||
        hwloc_topology_load(topology) != 0) {
        abort();
    }
    return topology;
}

/* Where the plan puts each of `count` ranks. */
static void locate(const char *synthetic, enum mpr_map map, int count, struct mpr_domains *domains)
{
    hwloc_topology_t topology = build(synthetic);
    const struct mpr_plan_request request = {
        .rank_count = count,
        .usable = hwloc_topology_get_allowed_cpuset(topology),
        .quota = MPR_CPUS_NO_QUOTA,
        .map = map,
    };
    struct mpr_plan plan;

    CU_ASSERT_EQUAL_FATAL(mpr_plan_make(&plan, topology, &request), 0);
    for (int rank = 0; rank < count; rank++) {
        domains[rank] = mpr_domains_find(topology, plan.places[rank].cpus);
    }
    mpr_plan_free(&plan);
    hwloc_topology_destroy(topology);
}

/* Whether two ranks share their domains down to this kind: who is bound to several of one kind is
 * with others of the same larger domain. */
static bool are_together(const struct mpr_domains *one, const struct mpr_domains *other, int kind)
{
    return memcmp(one->numbers, other->numbers, ((size_t)kind + 1) * sizeof(one->numbers[0])) == 0;
}

/* How many different domains of a kind the ranks are in. */
static int count_domains(const struct mpr_domains *domains, int count, int kind)
{
    int found = 0;

    for (int rank = 0; rank < count; rank++) {
        int first = 0;
        while (!are_together(&domains[first], &domains[rank], kind)) {
            first++;
        }
        found += first == rank;
    }
    return found;
}

struct shape {
    int members;                       /* that the root reaches */
    int crossings[MPR_DOMAIN_COUNT];   /* edges whose ends are in different domains of a kind */
    int steps;                         /* until the last one has a message, one after the other */
};

/* Follows the tree down from `rank`, as a broadcast does: the last child is told first. */
static void follow(const struct mpr_levels *levels, const struct mpr_domains *domains, int rank,
                   int root, int radix, int step, struct shape *shape)
{
    struct mpr_family family, child;

    mpr_family_find(&family, levels, rank, root, radix);
    shape->members++;
    shape->steps = step > shape->steps ? step : shape->steps;
    for (int i = 0; i < family.child_count; i++) {
        int next = family.children[i];
        mpr_family_find(&child, levels, next, root, radix);
        CU_ASSERT_EQUAL_FATAL(child.parent, rank);
        for (int kind = 0; kind < MPR_DOMAIN_COUNT; kind++) {
            shape->crossings[kind] += !are_together(&domains[rank], &domains[next], kind);
        }
        follow(levels, domains, next, root, radix, step + family.child_count - i, shape);
    }
}

static struct shape shape_of(const struct mpr_domains *domains, int count, int root, int radix)
{
    struct mpr_levels *levels = mpr_levels_make(domains, count);
    struct mpr_family family;
    struct shape shape = {0};

    CU_ASSERT_PTR_NOT_NULL_FATAL(levels);
    mpr_family_find(&family, levels, root, root, radix);
    CU_ASSERT_EQUAL(family.parent, -1);
    follow(levels, domains, root, root, radix, 0, &shape);
    CU_ASSERT_EQUAL(shape.members, count);
    free(levels);
    return shape;
}

/* Each domain of each kind is entered once, from whatever root. */
static void check_crossings(const struct mpr_domains *domains, int count)
{
    const int roots[] = {0, count / 3, count - 1};

    for (size_t i = 0; i < mpr_array_count(roots); i++) {
        for (int radix = 2; radix <= 16; radix *= 2) {
            struct shape shape = shape_of(domains, count, roots[i], radix);
            for (int kind = 0; kind < MPR_DOMAIN_COUNT; kind++) {
                CU_ASSERT_EQUAL(shape.crossings[kind], count_domains(domains, count, kind) - 1);
            }
        }
    }
}

static void each_domain_is_entered_once(void)
{
    static const char *const machines[] = {
        "package:1 l3:1 core:4 pu:1",        "package:2 numa:2 l3:1 core:4 pu:2",
        "package:2 numa:1 l3:8 core:8 pu:2", "package:4 numa:2 l3:3 core:6 pu:1",
        "package:2 numa:4 l3:2 core:6 pu:1", "pu:6",
    };
    static const enum mpr_map maps[] = {MPR_MAP_DEFAULT, MPR_MAP_CORE, MPR_MAP_L3, MPR_MAP_NUMA,
                                         MPR_MAP_SOCKET};
    static const int counts[] = {1, 2, 3, 4, 6, 8, 13, 64, 96, 128, 144};
    struct mpr_domains domains[RANKS_MAX];

    for (size_t i = 0; i < mpr_array_count(machines); i++) {
        for (size_t j = 0; j < mpr_array_count(maps); j++) {
            for (size_t k = 0; k < mpr_array_count(counts); k++) {
                locate(machines[i], maps[j], counts[k], domains);
                check_crossings(domains, counts[k]);
            }
        }
    }
}

/* 128 ranks, dealt out to two sockets in turn, each of which has eight caches: a tree by rank would
 * cross between the sockets all the time. */
static void ranks_in_turn_are_put_together(void)
{
    struct mpr_domains domains[RANKS_MAX];
    struct mpr_domains unknown[RANKS_MAX] = {{{0}}};

    locate("package:2 numa:1 l3:8 core:8 pu:1", MPR_MAP_SOCKET, 128, domains);
    CU_ASSERT_NOT_EQUAL(domains[0].numbers[MPR_DOMAIN_SOCKET],
                        domains[1].numbers[MPR_DOMAIN_SOCKET]);
    struct shape shape = shape_of(domains, 128, 0, 4);
    CU_ASSERT_EQUAL(shape.crossings[MPR_DOMAIN_SOCKET], 1);
    CU_ASSERT_EQUAL(shape.crossings[MPR_DOMAIN_CACHE], 15);
    // That costs two steps at the most.
    CU_ASSERT(shape.steps <= shape_of(unknown, 128, 0, 4).steps + 2);
}

/* Without domains, or with one, the tree is the k-nomial one by rank. */
static void one_domain_changes_nothing(void)
{
    struct mpr_domains domains[RANKS_MAX];
    struct mpr_family family;

    memset(domains, 0, sizeof(domains));
    struct mpr_levels *levels = mpr_levels_make(domains, 70);
    CU_ASSERT_PTR_NOT_NULL_FATAL(levels);
    CU_ASSERT_EQUAL(levels->count, 2);
    for (int rank = 0; rank < 70; rank++) {
        struct mpr_tree tree = mpr_tree_make(rank, 70, 5, 4);
        mpr_family_find(&family, levels, rank, 5, 4);
        CU_ASSERT_EQUAL(family.parent, tree.parent);
        CU_ASSERT_EQUAL_FATAL(family.child_count, tree.child_count);
        for (int i = 0; i < tree.child_count; i++) {
            CU_ASSERT_EQUAL(family.children[i], mpr_tree_child(&tree, i).rank);
        }
    }
    free(levels);
}

static void any_domains_make_a_tree(void)
{
    struct mpr_domains domains[RANKS_MAX];

    srand(7);
    for (int round = 0; round < 200; round++) {
        int count = 1 + rand() % RANKS_MAX;
        for (int rank = 0; rank < count; rank++) {
            for (int kind = 0; kind < MPR_DOMAIN_COUNT; kind++) {
                domains[rank].numbers[kind] = (uint16_t)(rand() % 5);
            }
        }
        shape_of(domains, count, rand() % count, 2 + rand() % 15);
    }
}

static void a_wide_binding_has_no_cache(void)
{
    hwloc_topology_t topology = build("package:2 numa:2 l3:2 core:2 pu:1");
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    hwloc_bitmap_set_range(cpus, 4, 7);
    struct mpr_domains domains = mpr_domains_find(topology, cpus);
    CU_ASSERT_EQUAL(domains.numbers[MPR_DOMAIN_SOCKET], 1);
    CU_ASSERT_EQUAL(domains.numbers[MPR_DOMAIN_NUMA], 2);
    CU_ASSERT_EQUAL(domains.numbers[MPR_DOMAIN_CACHE], 0);
    domains = mpr_domains_find(NULL, cpus);
    CU_ASSERT_EQUAL(domains.numbers[MPR_DOMAIN_SOCKET], 0);
    hwloc_bitmap_free(cpus);
    hwloc_topology_destroy(topology);
}

UNIT_MAIN("domains", UNIT(each_domain_is_entered_once), UNIT(ranks_in_turn_are_put_together),
          UNIT(one_domain_changes_nothing), UNIT(any_domains_make_a_tree),
          UNIT(a_wide_binding_has_no_cache))
