/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made from one communicator: of all of its members, or of groups of them. */
#include "coll/newcomm.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "coll/agree.h"
#include "coll/coll.h"
#include "coll/intercomm.h"
#include "comm/topology.h"

static int make_copy(struct mpr_comm *parent, struct mpr_comm **copy)
{
    int code = mpr_comm_is_inter(parent)
                   ? mpr_comm_make_inter(parent->group, parent->remote, parent->errhandler, copy)
                   : mpr_comm_make(parent->group, parent->errhandler, copy);
    if (code == 0 && parent->topology != NULL) {
        mpr_topology_retain(parent->topology);
        (*copy)->topology = parent->topology;
    }
    return code;
}

static struct mpr_offer offer_of(struct mpr_dup *dup, const struct mpr_comm *parent)
{
    return (struct mpr_offer){.comm = dup->comm,
                              .count = 1,
                              .contexts_each = mpr_contexts_of(parent),
                              .values = dup->values};
}

static void settle(struct mpr_coll *coll, void *state)
{
    struct mpr_dup *dup = state;
    const struct mpr_offer offer = offer_of(dup, coll->comm);
    mpr_coll_note(coll, mpr_offer_settle(&offer, coll->error));
}

void mpr_comm_dup(struct mpr_coll *coll, int code, struct mpr_dup *dup)
{
    dup->comm = NULL;
    if (code == 0) {
        code = make_copy(coll->comm, &dup->comm);
    }
    const struct mpr_offer offer = offer_of(dup, coll->comm);
    mpr_offer_make(&offer, code);
    mpr_agree_least(coll, dup->values, offer.contexts_each);
    mpr_coll_call(coll, settle, dup);
}

/* Several groups may be made at once, each known to its members alone: so there is a place for each
 * possible first member. */
static int create_intra(struct mpr_comm *parent, struct mpr_group *group, struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = mpr_makers_of(parent);
    struct mpr_offer offer = {.count = parent->size, .contexts_each = MPR_CONTEXTS_INTRA};
    int code = 0;

    offer.values = malloc((size_t)offer.count * sizeof(*offer.values));
    if (offer.values == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    if (group->rank != MPI_UNDEFINED) {
        offer.index = mpr_group_rank_of(parent->group, group->world_ranks[0]);
        code = mpr_comm_make(group, parent->errhandler, &offer.comm);
    }
    code = mpr_makers_agree(&makers, &offer, code);
    if (code == 0) {
        *newcomm = offer.comm;
    }
    free(offer.values);
    return code;
}

int mpr_comm_create(struct mpr_comm *parent, struct mpr_group *group, struct mpr_comm **newcomm)
{
    return mpr_comm_is_inter(parent) ? mpr_intercomm_create_part(parent, group, newcomm)
                                     : create_intra(parent, group, newcomm);
}
