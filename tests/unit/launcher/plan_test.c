/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the pin plan on machines that nobody has at hand: hwloc's synthetic ones. */
#include "launcher/plan.h"

#include <string.h>

#include "base/compiler.h"
#include "launcher/cpus.h"
#include "launcher/plan_print.h"
#include "tests/lib/unit.h"

struct machine {
    hwloc_topology_t topology;
    hwloc_bitmap_t usable;
};

static struct machine build(const char *synthetic)
{
    struct machine machine;

    if (hwloc_topology_init(&machine.topology) != 0 ||
        hwloc_topology_set_synthetic(machine.topology, synthetic) != 0 ||
        hwloc_topology_load(machine.topology) != 0) {
        abort();
    }
    machine.usable = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(machine.topology));
    return machine;
}

static void take_down(struct machine *machine)
{
    hwloc_bitmap_free(machine->usable);
    hwloc_topology_destroy(machine->topology);
}

static struct machine one_socket(void)
{
    return build("package:1 l3:1 core:4 pu:1");
}

/* Core i has the CPUs 2i and 2i+1. */
static struct machine two_sockets(void)
{
    return build("package:2 numa:2 l3:1 core:4 pu:2");
}

static struct machine many_cores(void)
{
    return build("package:2 numa:1 l3:8 core:8 pu:2");
}

/* The first numbers are first threads of cores, as Linux counts on most x86 machines. */
static struct machine interleaved(void)
{
    return build("package:1 l3:1 core:4 pu:2(indexes=0,4,1,5,2,6,3,7)");
}

/* Two efficiency cores, four performance cores with two threads each, two efficiency cores. */
static struct machine hybrid(void)
{
    struct machine machine = build("package:1 l3:1 core:8 pu:2");
    hwloc_bitmap_t fast = hwloc_bitmap_alloc(), slow = hwloc_bitmap_alloc();

    hwloc_bitmap_list_sscanf(fast, "4-11");
    hwloc_bitmap_andnot(slow, machine.usable, fast);
    hwloc_cpukinds_register(machine.topology, fast, 10, 0, NULL, 0);
    hwloc_cpukinds_register(machine.topology, slow, 1, 0, NULL, 0);
    hwloc_bitmap_list_sscanf(machine.usable, "0,2,4-11,12,14");
    hwloc_bitmap_free(fast);
    hwloc_bitmap_free(slow);
    return machine;
}

static struct machine odd_cpus(void)
{
    struct machine machine = two_sockets();

    hwloc_bitmap_list_sscanf(machine.usable, "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31");
    return machine;
}

static struct machine scattered_cpus(void)
{
    struct machine machine = two_sockets();

    hwloc_bitmap_list_sscanf(machine.usable, "1,2,3,8,9,15,30,31");
    return machine;
}

static struct machine without_cores(void)
{
    return build("pu:6");
}

static struct machine (*const machines[])(void) = {
    one_socket, two_sockets, many_cores,     interleaved,
    hybrid,     odd_cpus,    scattered_cpus, without_cores,
};

static struct mpr_plan_request ask(const struct machine *machine, int rank_count)
{
    return (struct mpr_plan_request){
        .rank_count = rank_count, .usable = machine->usable, .quota = MPR_CPUS_NO_QUOTA};
}

static struct mpr_plan plan_for(const struct machine *machine,
                                const struct mpr_plan_request *request)
{
    struct mpr_plan plan;

    CU_ASSERT_EQUAL_FATAL(mpr_plan_make(&plan, machine->topology, request), 0);
    CU_ASSERT_EQUAL_FATAL(plan.rank_count, request->rank_count);
    return plan;
}

/* Checks the places of all ranks, written as "0-3 4-7". */
static void expect(const struct machine *machine, const struct mpr_plan_request *request,
                   const char *places)
{
    struct mpr_plan plan = plan_for(machine, request);
    char text[4096] = "";

    for (int rank = 0; rank < plan.rank_count; rank++) {
        char list[256];
        hwloc_bitmap_list_snprintf(list, sizeof(list), plan.places[rank].cpus);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", rank ? " " : "", list);
    }
    CU_ASSERT_STRING_EQUAL(text, places);
    if (strcmp(text, places) != 0) {
        printf("\n    expected %s\n    got      %s\n", places, text);
    }
    mpr_plan_free(&plan);
}

static void expect_default(const struct machine *machine, int rank_count, const char *places)
{
    struct mpr_plan_request request = ask(machine, rank_count);

    expect(machine, &request, places);
}

static void expect_mapped(const struct machine *machine, int rank_count, enum mpr_map map,
                          enum mpr_bind bind, int cores_per_rank, const char *places)
{
    struct mpr_plan_request request = ask(machine, rank_count);

    request.map = map;
    request.bind = bind;
    request.cores_per_rank = cores_per_rank;
    expect(machine, &request, places);
}

// --- What must hold for every number of ranks on every machine --------------------------------

static int count_cores(const struct machine *machine, hwloc_const_bitmap_t cpus)
{
    hwloc_obj_type_t type = hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_CORE) > 0
                                ? HWLOC_OBJ_CORE
                                : HWLOC_OBJ_PU;
    hwloc_obj_t core = NULL;
    int count = 0;

    while ((core = hwloc_get_next_obj_by_type(machine->topology, type, core)) != NULL) {
        count += hwloc_bitmap_intersects(core->cpuset, cpus);
    }
    return count;
}

/* Counts the ranks that break a rule; CUnit's own assertions are too slow for millions. */
static int count_offences(const struct machine *machine, const struct mpr_plan *plan)
{
    int core_count = count_cores(machine, machine->usable);
    int cpu_count = hwloc_bitmap_weight(machine->usable);
    hwloc_bitmap_t taken = hwloc_bitmap_alloc();
    int share = count_cores(machine, plan->places[0].cpus);
    int offences = 0;

    for (int rank = 0; rank < plan->rank_count; rank++) {
        hwloc_const_bitmap_t cpus = plan->places[rank].cpus;
        offences += hwloc_bitmap_iszero(cpus);
        offences += !hwloc_bitmap_isincluded(cpus, machine->usable);
        offences += plan->places[rank].thread_count < 1;
        if (plan->rank_count > cpu_count) {
            offences += !hwloc_bitmap_isequal(cpus, machine->usable) || plan->is_bound;
            continue;
        }
        offences += hwloc_bitmap_intersects(cpus, taken);
        hwloc_bitmap_or(taken, taken, cpus);
        if (plan->rank_count <= core_count) {
            offences += count_cores(machine, cpus) != share;
            offences += count_cores(machine, taken) != (rank + 1) * share; // no core has two ranks
        } else {
            offences += hwloc_bitmap_weight(cpus) != 1;
            offences += rank < core_count && count_cores(machine, taken) != rank + 1;
        }
    }
    hwloc_bitmap_free(taken);
    return offences;
}

static void never_refuses_and_shares_equally(void)
{
    for (size_t i = 0; i < mpr_array_count(machines); i++) {
        struct machine machine = machines[i]();
        for (int rank_count = 1; rank_count <= 1000; rank_count += rank_count < 300 ? 1 : 50) {
            struct mpr_plan_request request = ask(&machine, rank_count);
            struct mpr_plan plan = plan_for(&machine, &request);
            CU_ASSERT_EQUAL(count_offences(&machine, &plan), 0);
            CU_ASSERT_EQUAL(mpr_plan_needs_topology(&request), plan.is_bound);
            mpr_plan_free(&plan);
        }
        take_down(&machine);
    }
}

/* Every combination of options, on every machine: a place for each rank, and the right unit. */
static void obeys_every_option(void)
{
    static const int rank_counts[] = {1, 2, 3, 5, 8, 17, 64, 200};
    static const int sizes[] = {0, 1, 3, 1000};
    int offences = 0;

    for (size_t i = 0; i < mpr_array_count(machines) * mpr_array_count(rank_counts); i++) {
        struct machine machine = machines[i % mpr_array_count(machines)]();
        for (int bind = MPR_BIND_NONE; bind <= MPR_BIND_SOCKET; bind++) {
            for (int map = MPR_MAP_DEFAULT; map <= MPR_MAP_SOCKET; map++) {
                for (size_t k = 0; k < mpr_array_count(sizes); k++) {
                    struct mpr_plan_request request =
                        ask(&machine, rank_counts[i / mpr_array_count(machines)]);
                    request.bind = (enum mpr_bind)bind;
                    request.map = (enum mpr_map)map;
                    request.cores_per_rank = sizes[k];
                    struct mpr_plan plan = plan_for(&machine, &request);
                    for (int rank = 0; rank < plan.rank_count; rank++) {
                        hwloc_const_bitmap_t cpus = plan.places[rank].cpus;
                        offences += hwloc_bitmap_iszero(cpus);
                        offences += !hwloc_bitmap_isincluded(cpus, machine.usable);
                        offences += bind == MPR_BIND_NONE && plan.places[rank].thread_count != 0;
                        offences += bind == MPR_BIND_HWTHREAD && sizes[k] <= 1 &&
                                    hwloc_bitmap_weight(cpus) != 1;
                        offences += bind == MPR_BIND_CORE && sizes[k] <= 1 &&
                                    count_cores(&machine, cpus) != 1;
                    }
                    mpr_plan_free(&plan);
                }
            }
        }
        take_down(&machine);
    }
    CU_ASSERT_EQUAL(offences, 0);
}

// --- Examples ---------------------------------------------------------------------------------

static void places_on_one_socket(void)
{
    struct machine machine = one_socket();

    expect_default(&machine, 1, "0-3");
    expect_default(&machine, 2, "0-1 2-3");
    expect_default(&machine, 3, "0 1 2");
    expect_default(&machine, 4, "0 1 2 3");
    expect_default(&machine, 5, "0-3 0-3 0-3 0-3 0-3");
    expect_mapped(&machine, 6, MPR_MAP_DEFAULT, MPR_BIND_CORE, 0, "0 1 2 3 0 1");
    expect_mapped(&machine, 2, MPR_MAP_DEFAULT, MPR_BIND_CORE, 0, "0 1");
    expect_mapped(&machine, 2, MPR_MAP_DEFAULT, MPR_BIND_NONE, 0, "0-3 0-3");
    expect_mapped(&machine, 3, MPR_MAP_CORE, MPR_BIND_DEFAULT, 2, "0-1 2-3 0-1");
    take_down(&machine);
}

static void places_on_two_sockets(void)
{
    struct machine machine = two_sockets();

    expect_default(&machine, 1, "0-31");
    expect_default(&machine, 2, "0-15 16-31");
    expect_default(&machine, 4, "0-7 8-15 16-23 24-31");
    expect_default(&machine, 8, "0-3 4-7 8-11 12-15 16-19 20-23 24-27 28-31");
    expect_default(&machine, 5, "0-5 6-11 12-17 18-23 24-29");
    expect_default(&machine, 17, "0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 1");
    expect_mapped(&machine, 4, MPR_MAP_SOCKET, MPR_BIND_DEFAULT, 0, "0-7 16-23 8-15 24-31");
    expect_mapped(&machine, 4, MPR_MAP_SOCKET, MPR_BIND_CORE, 0, "0-1 16-17 2-3 18-19");
    expect_mapped(&machine, 4, MPR_MAP_SOCKET, MPR_BIND_HWTHREAD, 0, "0 16 2 18");
    expect_mapped(&machine, 4, MPR_MAP_NUMA, MPR_BIND_NUMA, 0, "0-7 8-15 16-23 24-31");
    expect_mapped(&machine, 3, MPR_MAP_NUMA, MPR_BIND_DEFAULT, 2, "0-3 8-11 16-19");
    expect_mapped(&machine, 3, MPR_MAP_CORE, MPR_BIND_DEFAULT, 0, "0-1 2-3 4-5");
    expect_mapped(&machine, 2, MPR_MAP_HWTHREAD, MPR_BIND_DEFAULT, 0, "0 2");
    expect_mapped(&machine, 3, MPR_MAP_DEFAULT, MPR_BIND_SOCKET, 0, "0-15 0-15 16-31");
    expect_mapped(&machine, 3, MPR_MAP_DEFAULT, MPR_BIND_L3, 0, "0-7 8-15 16-23");
    take_down(&machine);
}

/* Blocks stay inside an L3 cache, else a NUMA node, else a socket, as long as all fit in that way.
 */
static void keeps_blocks_within_caches(void)
{
    struct machine machine = two_sockets();

    expect_mapped(&machine, 4, MPR_MAP_CORE, MPR_BIND_DEFAULT, 3, "0-5 8-13 16-21 24-29");
    expect_mapped(&machine, 2, MPR_MAP_CORE, MPR_BIND_DEFAULT, 5, "0-9 16-25");
    expect_mapped(&machine, 5, MPR_MAP_CORE, MPR_BIND_DEFAULT, 3, "0-5 6-11 12-17 18-23 24-29");
    take_down(&machine);
}

static void fills_a_large_machine(void)
{
    struct machine machine = many_cores();
    struct mpr_plan_request request = ask(&machine, 128);
    struct mpr_plan plan = plan_for(&machine, &request);

    CU_ASSERT_EQUAL(plan.cpu_count, 256); // whole cores, both threads of each
    mpr_plan_free(&plan);
    request.rank_count = 256;
    plan = plan_for(&machine, &request);
    CU_ASSERT_EQUAL(hwloc_bitmap_first(plan.places[127].cpus), 254);
    CU_ASSERT_EQUAL(hwloc_bitmap_first(plan.places[128].cpus), 1);
    CU_ASSERT_EQUAL(hwloc_bitmap_first(plan.places[255].cpus), 255);
    mpr_plan_free(&plan);
    expect_default(&machine, 3, "0-83 84-167 168-251");
    expect_default(&machine, 16,
                   "0-15 16-31 32-47 48-63 64-79 80-95 96-111 112-127 128-143 144-159 160-175 "
                   "176-191 192-207 208-223 224-239 240-255");
    take_down(&machine);
}

static void follows_the_kernels_numbers(void)
{
    struct machine machine = interleaved();

    expect_default(&machine, 4, "0,4 1,5 2,6 3,7");
    expect_default(&machine, 6, "0 1 2 3 4 5");
    take_down(&machine);
}

static void prefers_performance_cores(void)
{
    struct machine machine = hybrid();

    expect_default(&machine, 1, "4-11");
    expect_default(&machine, 2, "4-7 8-11");
    expect_default(&machine, 4, "4-5 6-7 8-9 10-11");
    expect_default(&machine, 6, "4-5 6-7 8-9 10-11 0 2");
    expect_default(&machine, 8, "4-5 6-7 8-9 10-11 0 2 12 14");
    expect_default(&machine, 10, "4 6 8 10 0 2 12 14 5 7"); // second threads last of all
    take_down(&machine);
}

static void respects_a_cpuset(void)
{
    struct machine machine = odd_cpus();

    expect_default(&machine, 2, "1,3,5,7,9,11,13,15 17,19,21,23,25,27,29,31");
    expect_default(&machine, 5, "1,3,5 7,9,11 13,15,17 19,21,23 25,27,29");
    take_down(&machine);
    machine = scattered_cpus();
    expect_default(&machine, 5, "1 2-3 8-9 15 30-31");
    expect_default(&machine, 7, "1 2 8 15 30 3 9");
    expect_mapped(&machine, 2, MPR_MAP_SOCKET, MPR_BIND_SOCKET, 0, "1-3,8-9,15 30-31");
    take_down(&machine);
}

static void does_without_cores(void)
{
    struct machine machine = without_cores();

    expect_default(&machine, 2, "0-2 3-5");
    expect_mapped(&machine, 2, MPR_MAP_L3, MPR_BIND_NUMA, 0, "0-5 0-5");
    take_down(&machine);
}

/* hwloc reads real machines from XML; nothing may depend on where a topology came from. */
static void reads_a_machine_from_xml(void)
{
    struct machine machine = two_sockets();
    struct machine copy = {.usable = hwloc_bitmap_dup(machine.usable)};
    char *xml;
    int length;

    CU_ASSERT_EQUAL_FATAL(hwloc_topology_export_xmlbuffer(machine.topology, &xml, &length, 0), 0);
    CU_ASSERT_EQUAL_FATAL(hwloc_topology_init(&copy.topology), 0);
    CU_ASSERT_EQUAL_FATAL(hwloc_topology_set_xmlbuffer(copy.topology, xml, length), 0);
    CU_ASSERT_EQUAL_FATAL(hwloc_topology_load(copy.topology), 0);
    expect_default(&copy, 4, "0-7 8-15 16-23 24-31");
    hwloc_free_xmlbuffer(machine.topology, xml);
    take_down(&copy);
    take_down(&machine);
}

static int threads_of(const struct machine *machine, struct mpr_plan_request request)
{
    struct mpr_plan plan = plan_for(machine, &request);
    int threads = plan.places[request.rank_count - 1].thread_count;

    mpr_plan_free(&plan);
    return threads;
}

static void tells_the_room_for_threads(void)
{
    struct machine machine = two_sockets();
    struct mpr_plan_request request = ask(&machine, 2);

    CU_ASSERT_EQUAL(threads_of(&machine, request), 8);
    request.quota = 6;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 3);
    request.quota = 1;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 1);
    request.quota = MPR_CPUS_NO_QUOTA;
    request.cores_per_rank = 4;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 4);
    request = ask(&machine, 20);
    CU_ASSERT_EQUAL(threads_of(&machine, request), 1);
    request = ask(&machine, 100);
    CU_ASSERT_EQUAL(threads_of(&machine, request), 1);
    request = ask(&machine, 2);
    request.bind = MPR_BIND_CORE;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 1);
    request.bind = MPR_BIND_SOCKET;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 8);
    request.bind = MPR_BIND_NONE;
    CU_ASSERT_EQUAL(threads_of(&machine, request), 0);
    take_down(&machine);
}

static void counts_busy_cpus(void)
{
    struct machine machine = two_sockets();
    struct mpr_plan_request request = ask(&machine, 100);
    struct mpr_plan plan = plan_for(&machine, &request);

    CU_ASSERT_EQUAL(plan.cpu_count, 32);
    mpr_plan_free(&plan);
    request.quota = 3;
    plan = plan_for(&machine, &request);
    CU_ASSERT_EQUAL(plan.cpu_count, 3);
    mpr_plan_free(&plan);
    request = ask(&machine, 2);
    request.map = MPR_MAP_HWTHREAD;
    plan = plan_for(&machine, &request);
    CU_ASSERT_EQUAL(plan.cpu_count, 2);
    mpr_plan_free(&plan);
    take_down(&machine);
}

static void draws_the_machine(void)
{
    struct machine machine = scattered_cpus();
    struct mpr_plan_request request = ask(&machine, 5);
    struct mpr_plan plan = plan_for(&machine, &request);
    char picture[4096] = "";
    FILE *stream = fmemopen(picture, sizeof(picture), "w");

    CU_ASSERT_EQUAL(mpr_plan_print(stream, &plan, machine.topology), 0);
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "  socket 0, numa 0, l3 0   [- 0][1 1][- -][- -]\n"
                                           "  socket 0, numa 1, l3 1   [2 2][- -][- -][- 3]\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "  rank 1                   CPUs 2-3, 1 thread\n"));
    mpr_plan_free(&plan);

    request.rank_count = 100;
    plan = plan_for(&machine, &request);
    memset(picture, 0, sizeof(picture));
    stream = fmemopen(picture, sizeof(picture), "w");
    CU_ASSERT_EQUAL(mpr_plan_print(stream, &plan, machine.topology), 0);
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(picture, "[- *][* *][- -][- -]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        picture, "  ranks 0-99               CPUs 1-3,8-9,15,30-31, 1 thread each, not bound"));
    mpr_plan_free(&plan);
    take_down(&machine);
}

/* Ranks that come later go where the least is done, and are unbound where there are too many. */
static void finds_room_for_more(void)
{
    struct machine machine = build("core:4 pu:2");
    struct mpr_plan_request request = ask(&machine, 2);
    struct mpr_plan plan = plan_for(&machine, &request); // each has two cores
    hwloc_const_bitmap_t taken[] = {plan.places[0].cpus, plan.places[1].cpus, NULL, NULL, NULL};
    struct mpr_place more[7];

    for (int i = 0; i < 7; i++) {
        more[i].cpus = hwloc_bitmap_alloc();
    }
    hwloc_bitmap_copy(plan.places[1].cpus, plan.places[0].cpus); // as if: cores 2 and 3 are free
    CU_ASSERT_EQUAL(mpr_plan_extend(machine.topology, request.usable, taken, 2, more, 3), 0);
    CU_ASSERT_TRUE(!hwloc_bitmap_intersects(more[0].cpus, plan.places[0].cpus) &&
                   !hwloc_bitmap_intersects(more[1].cpus, plan.places[0].cpus) &&
                   !hwloc_bitmap_intersects(more[0].cpus, more[1].cpus));
    CU_ASSERT_EQUAL(hwloc_bitmap_weight(more[2].cpus), 2);
    CU_ASSERT_EQUAL(more[2].thread_count, 2);
    for (int i = 0; i < 3; i++) {
        taken[2 + i] = more[i].cpus;
    }
    CU_ASSERT_EQUAL(mpr_plan_extend(machine.topology, request.usable, taken, 5, more + 3, 4), 0);
    for (int i = 3; i < 7; i++) {
        CU_ASSERT_TRUE(hwloc_bitmap_isequal(more[i].cpus, request.usable));
    }
    CU_ASSERT_EQUAL(mpr_plan_extend(NULL, request.usable, taken, 1, more + 6, 1), 0);
    CU_ASSERT_TRUE(hwloc_bitmap_isequal(more[6].cpus, request.usable));
    for (int i = 0; i < 7; i++) {
        hwloc_bitmap_free(more[i].cpus);
    }
    mpr_plan_free(&plan);
    take_down(&machine);
}

UNIT_MAIN("plan", UNIT(never_refuses_and_shares_equally), UNIT(obeys_every_option),
          UNIT(places_on_one_socket), UNIT(places_on_two_sockets), UNIT(keeps_blocks_within_caches),
          UNIT(fills_a_large_machine), UNIT(follows_the_kernels_numbers),
          UNIT(prefers_performance_cores), UNIT(respects_a_cpuset), UNIT(does_without_cores),
          UNIT(reads_a_machine_from_xml), UNIT(tells_the_room_for_threads), UNIT(counts_busy_cpus),
          UNIT(draws_the_machine), UNIT(finds_room_for_more))
