/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws the machine as rows of cores, one row for each cache, NUMA node or socket, and writes into
 * each hardware thread which rank is bound to it. */
#include "launcher/plan_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define COLUMNS     100
#define LABEL_BYTES 64

struct picture {
    FILE *stream;
    const struct mpr_plan *plan;
    hwloc_topology_t topology;
    int *first_rank;  // of each CPU number; -1: none
    int *rank_count;  // how many ranks are bound to it
    int mark_columns; // width of the longest mark
};

static int note_ranks(struct picture *picture)
{
    size_t cpu_count = (size_t)hwloc_bitmap_last(picture->plan->usable) + 1;
    char widest[16];
    int most = 0;

    picture->first_rank = calloc(cpu_count, sizeof(*picture->first_rank));
    picture->rank_count = calloc(cpu_count, sizeof(*picture->rank_count));
    if (picture->first_rank == NULL || picture->rank_count == NULL) {
        return -ENOMEM;
    }
    for (int rank = 0; rank < picture->plan->rank_count; rank++) {
        int cpu;
        hwloc_bitmap_foreach_begin(
            cpu, picture->plan->places[rank].cpus) if (picture->rank_count[cpu]++ == 0)
        {
            picture->first_rank[cpu] = rank;
        }
        most = picture->rank_count[cpu] > most ? picture->rank_count[cpu] : most;
        hwloc_bitmap_foreach_end();
    }
    picture->mark_columns = 1;
    if (picture->plan->is_bound) {
        picture->mark_columns = snprintf(widest, sizeof(widest), "%d%s",
                                         picture->plan->rank_count - 1, most > 1 ? "+" : "");
    }
    return 0;
}

/* What stands in the picture for one CPU. */
static void format_mark(const struct picture *picture, int cpu, char *mark, size_t mark_bytes)
{
    if (!hwloc_bitmap_isset(picture->plan->usable, (unsigned)cpu)) {
        snprintf(mark, mark_bytes, "-");
    } else if (!picture->plan->is_bound) {
        snprintf(mark, mark_bytes, "*");
    } else if (picture->rank_count[cpu] == 0) {
        snprintf(mark, mark_bytes, ".");
    } else {
        snprintf(mark, mark_bytes, "%d%s", picture->first_rank[cpu],
                 picture->rank_count[cpu] > 1 ? "+" : "");
    }
}

/* Adds "L3 2" to the label where the machine has such objects. */
static void add_to_label(const struct picture *picture, char *label, hwloc_obj_t core,
                         hwloc_obj_type_t type, const char *name)
{
    hwloc_obj_t object =
        hwloc_get_next_obj_covering_cpuset_by_type(picture->topology, core->cpuset, type, NULL);
    size_t used = strlen(label);

    if (object != NULL) {
        snprintf(label + used, LABEL_BYTES - used, "%s%s %u", used > 0 ? ", " : "", name,
                 object->logical_index);
    }
}

/* Draws one core, "[0 0]", and returns how many columns it takes. */
static int draw_core(const struct picture *picture, hwloc_obj_t core)
{
    const char *gap = "[";
    int columns = 0;
    int cpu;

    hwloc_bitmap_foreach_begin(cpu, core->cpuset) char mark[16];
    format_mark(picture, cpu, mark, sizeof(mark));
    columns += fprintf(picture->stream, "%s%*s", gap, picture->mark_columns, mark);
    gap = " ";
    hwloc_bitmap_foreach_end();
    return columns + fprintf(picture->stream, "]");
}

static void draw_machine(const struct picture *picture)
{
    hwloc_topology_t topology = picture->topology;
    hwloc_obj_type_t type =
        hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    hwloc_obj_t core = NULL;
    char previous[LABEL_BYTES] = "", label[LABEL_BYTES];
    int column = 0, width = 0;

    while ((core = hwloc_get_next_obj_by_type(topology, type, core)) != NULL) {
        label[0] = '\0';
        add_to_label(picture, label, core, HWLOC_OBJ_PACKAGE, "socket");
        add_to_label(picture, label, core, HWLOC_OBJ_NUMANODE, "numa");
        add_to_label(picture, label, core, HWLOC_OBJ_L3CACHE, "l3");
        bool is_new = strcmp(label, previous) != 0;
        if (is_new || column == 0 || column + width > COLUMNS) {
            column = fprintf(picture->stream, "%s  %-24s ", column > 0 ? "\n" : "",
                             is_new ? label : "") -
                     (column > 0);
        }
        width = draw_core(picture, core);
        column += width;
        memcpy(previous, label, sizeof(previous));
    }
    fputc('\n', picture->stream);
}

static int print_ranks(const struct picture *picture, int first, int last)
{
    const struct mpr_place *place = &picture->plan->places[first];
    char ranks[32];
    char *cpus;

    if (hwloc_bitmap_list_asprintf(&cpus, place->cpus) < 0) {
        return -ENOMEM;
    }
    snprintf(ranks, sizeof(ranks), first == last ? "rank %d" : "ranks %d-%d", first, last);
    fprintf(picture->stream, "  %-24s CPU%s %s", ranks,
            hwloc_bitmap_weight(place->cpus) == 1 ? "" : "s", cpus);
    if (place->thread_count > 0) {
        fprintf(picture->stream, ", %d thread%s%s", place->thread_count,
                place->thread_count == 1 ? "" : "s", first == last ? "" : " each");
    }
    fputs(picture->plan->is_bound ? "\n" : ", not bound\n", picture->stream);
    free(cpus);
    return 0;
}

/* Prints the table; neighbours with the same place share a line. */
static int print_table(const struct picture *picture)
{
    const struct mpr_plan *plan = picture->plan;
    int error = 0;

    for (int first = 0, last; first < plan->rank_count && error == 0; first = last + 1) {
        last = first;
        while (last + 1 < plan->rank_count &&
               hwloc_bitmap_isequal(plan->places[first].cpus, plan->places[last + 1].cpus)) {
            last++;
        }
        error = print_ranks(picture, first, last);
    }
    return error;
}

int mpr_plan_print(FILE *stream, const struct mpr_plan *plan, hwloc_topology_t topology)
{
    struct picture picture = {.stream = stream, .plan = plan, .topology = topology};
    int error = note_ranks(&picture);

    if (error == 0) {
        fprintf(stream,
                "%d rank%s; each [ ] is a core: the rank on each of its hardware threads, "
                "%s- not usable\n",
                plan->rank_count, plan->rank_count == 1 ? "" : "s",
                plan->is_bound ? ". none, " : "* any, ");
        draw_machine(&picture);
        error = print_table(&picture);
    }
    free(picture.first_rank);
    free(picture.rank_count);
    return error;
}
