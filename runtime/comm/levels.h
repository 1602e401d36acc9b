/* SPDX-License-Identifier: BSD-3-Clause */
/* How the members of a group lie in the machine: who shares a socket, a NUMA node, a cache.
 *
 * The members are put in places, so that those who share a domain have neighbouring ones, the
 * smallest domain first; by rank within it. A level cuts the places into runs: at the first there
 * is one, of all; at the last each member is one; between them are the kinds of domains that part
 * the members further, from the largest on. Whoever knows nothing of its domains is in one with
 * others like it.
 *
 * All members see the same, because mprun has written it before they started. */
#ifndef MPR_COMM_LEVELS_H
#define MPR_COMM_LEVELS_H

#include <stdbool.h>

#include "shm/segment.h"

struct mpr_group;

enum { MPR_LEVELS_MAX = MPR_DOMAIN_COUNT + 2 };

struct mpr_level {
    int run_count;
    int *starts; /* place of each run's first member; then one more, the number of members */
    int *run_of; /* by place */
};

struct mpr_levels {
    int count; /* 1 for one member, else 2 or more */
    struct mpr_level levels[MPR_LEVELS_MAX];
    int *ranks;  /* by place */
    int *places; /* by rank */
};

/* The levels of `size` members whose domains are given by rank. Returns NULL without memory; one
 * call of free() gives it back. */
struct mpr_levels *mpr_levels_make(const struct mpr_domains *domains, int size);

/* Whether the members of `group` lie in more than one domain of any kind: then few messages between
 * domains are worth more than few steps. */
bool mpr_group_is_parted(struct mpr_group *group);

/* The levels of a group, which belong to it; NULL: no memory. */
const struct mpr_levels *mpr_group_levels(struct mpr_group *group);

#endif
