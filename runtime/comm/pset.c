/* SPDX-License-Identifier: BSD-3-Clause */
/* Naming the process sets, and finding who is in them. */
#include "comm/pset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "comm/comm.h"
#include "shm/job.h"

/* The sets of the programs come last, this process's own before the others. */
enum { WORLD, SELF, OWN_APP };
_Static_assert(OWN_APP + 1 == MPR_PSET_LISTED_COUNT, "those that this process is in");

static int app_of(int world_rank)
{
    return mpr_segment_control(&mpr_job.segment, (uint32_t)world_rank)->appnum;
}

/* Programs are numbered from 0 on, without gaps. */
static int app_count(void)
{
    const struct mpr_group *world = mpr_comm_world->group;
    int last = 0;

    for (int rank = 0; rank < world->size; rank++) {
        int app = app_of(world->world_ranks[rank]);
        last = app > last ? app : last;
    }
    return last + 1;
}

/* The program whose set has number `index`. */
static int app_at(int index)
{
    return (mpr_job.control->appnum + index - OWN_APP) % app_count();
}

void mpr_pset_name(int index, char name[MPI_MAX_PSET_NAME_LEN])
{
    if (index < OWN_APP) {
        strcpy(name, index == WORLD ? "mpi://WORLD" : "mpi://SELF");
    } else {
        snprintf(name, MPI_MAX_PSET_NAME_LEN, "mprun://APP/%d", app_at(index));
    }
}

int mpr_pset_find(const char *name)
{
    char known[MPI_MAX_PSET_NAME_LEN];

    for (int index = OWN_APP + app_count() - 1; index >= 0; index--) {
        mpr_pset_name(index, known);
        if (strcasecmp(name, known) == 0) {
            return index;
        }
    }
    return -1;
}

static struct mpr_group *make_app(int app)
{
    const struct mpr_group *world = mpr_comm_world->group;
    int *members = malloc((size_t)world->size * sizeof(*members));
    int count = 0;

    if (members == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < world->size; rank++) {
        if (app_of(world->world_ranks[rank]) == app) {
            members[count++] = world->world_ranks[rank];
        }
    }
    struct mpr_group *group = mpr_group_make(count, members);
    free(members);
    return group;
}

struct mpr_group *mpr_pset_group(int index)
{
    if (index >= OWN_APP) {
        return make_app(app_at(index));
    }
    const struct mpr_group *known = (index == WORLD ? mpr_comm_world : mpr_comm_self)->group;
    return mpr_group_make(known->size, known->world_ranks);
}
