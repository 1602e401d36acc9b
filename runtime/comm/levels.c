/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting members by domains, and cutting the sorted row. */
#include "comm/levels.h"

#include <stdlib.h>
#include <string.h>

#include "comm/group.h"
#include "shm/job.h"

struct seat {
    struct mpr_domains domains;
    int rank;
};

/* Whether two members share the domains of the first `kinds` kinds. */
static bool are_together(const struct seat *one, const struct seat *other, int kinds)
{
    return memcmp(one->domains.numbers, other->domains.numbers,
                  (size_t)kinds * sizeof(one->domains.numbers[0])) == 0;
}

static int compare(const void *left, const void *right)
{
    const struct seat *one = left, *other = right;

    for (int kind = 0; kind < MPR_DOMAIN_COUNT; kind++) {
        int difference = one->domains.numbers[kind] - other->domains.numbers[kind];
        if (difference != 0) {
            return difference;
        }
    }
    return one->rank - other->rank;
}

/* Cuts the row where the first `kinds` kinds of domains change; everywhere, if `kinds` is more than
 * there are. A level that cuts no more than the one before it is left out. */
static void add_level(struct mpr_levels *levels, const struct seat *seats, int size, int kinds,
                      int *memory)
{
    struct mpr_level level = {.starts = memory, .run_of = memory + size + 1};

    for (int place = 0; place < size; place++) {
        if (place == 0 || kinds > MPR_DOMAIN_COUNT ||
            !are_together(&seats[place - 1], &seats[place], kinds)) {
            level.starts[level.run_count++] = place;
        }
        level.run_of[place] = level.run_count - 1;
    }
    level.starts[level.run_count] = size;
    if (levels->count == 0 || level.run_count > levels->levels[levels->count - 1].run_count) {
        levels->levels[levels->count++] = level;
    }
}

struct mpr_levels *mpr_levels_make(const struct mpr_domains *domains, int size)
{
    size_t level_ints = 2 * (size_t)size + 1;
    size_t all_ints = 2 * (size_t)size + MPR_LEVELS_MAX * level_ints;
    struct mpr_levels *levels = malloc(sizeof(*levels) + all_ints * sizeof(int));
    struct seat *seats = malloc((size_t)size * sizeof(*seats));

    if (levels == NULL || seats == NULL) {
        free(levels);
        free(seats);
        return NULL;
    }
    int *memory = (int *)(levels + 1);
    *levels = (struct mpr_levels){.ranks = memory, .places = memory + size};
    memory += 2 * (size_t)size;
    for (int rank = 0; rank < size; rank++) {
        seats[rank] = (struct seat){domains[rank], rank};
    }
    qsort(seats, (size_t)size, sizeof(*seats), compare);
    for (int place = 0; place < size; place++) {
        levels->ranks[place] = seats[place].rank;
        levels->places[seats[place].rank] = place;
    }
    for (int kinds = 0; kinds <= MPR_DOMAIN_COUNT + 1; kinds++) {
        add_level(levels, seats, size, kinds, memory + (size_t)kinds * level_ints);
    }
    free(seats);
    return levels;
}

/* ---- Of groups ---- */

static const struct mpr_domains *domains_of(const struct mpr_group *group, int rank)
{
    return &mpr_segment_control(&mpr_job.segment, (uint32_t)group->world_ranks[rank])->domains;
}

bool mpr_group_is_parted(struct mpr_group *group)
{
    for (int rank = 1; group->parting == MPR_PARTING_UNKNOWN && rank < group->size; rank++) {
        const struct mpr_domains *domains = domains_of(group, rank);
        if (memcmp(domains, domains_of(group, 0), sizeof(*domains)) != 0) {
            group->parting = MPR_PARTING_YES;
        }
    }
    if (group->parting == MPR_PARTING_UNKNOWN) {
        group->parting = MPR_PARTING_NO;
    }
    return group->parting == MPR_PARTING_YES;
}

const struct mpr_levels *mpr_group_levels(struct mpr_group *group)
{
    if (group->levels != NULL) {
        return group->levels;
    }
    struct mpr_domains *domains = malloc((size_t)group->size * sizeof(*domains));
    if (domains == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < group->size; rank++) {
        domains[rank] = *domains_of(group, rank);
    }
    group->levels = mpr_levels_make(domains, group->size);
    free(domains);
    return group->levels;
}
