/* SPDX-License-Identifier: BSD-3-Clause */
/* Making intercommunicators, and merging them. */
#include "coll/intercomm.h"

#include "base/error.h"
#include "coll/agree.h"
#include "coll/now.h"

int mpr_intercomm_create(struct mpr_comm *local, int local_leader, const struct mpr_bridge *bridge,
                         struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = {
        .local = local, .two_groups = true, .leader = local_leader, .bridge = *bridge};
    struct mpr_group *remote = NULL;
    struct mpr_comm *comm = NULL;

    int code = mpr_makers_swap_groups(&makers, local->group, &remote);
    if (code == 0 && remote->size > 0) {
        code = mpr_comm_make_inter(local->group, remote, local->errhandler, &comm);
    }
    if (remote != NULL) {
        mpr_group_release(remote);
    }
    return mpr_makers_agree_one(&makers, comm, MPR_CONTEXTS_INTER, code, newcomm);
}

int mpr_intercomm_create_part(struct mpr_comm *inter, struct mpr_group *group,
                              struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = mpr_makers_of(inter);
    struct mpr_group *remote = NULL;
    struct mpr_comm *comm = NULL;

    int code = mpr_makers_swap_groups(&makers, group, &remote);
    if (code == 0 && group->rank != MPI_UNDEFINED && remote->size > 0) {
        code = mpr_comm_make_inter(group, remote, inter->errhandler, &comm);
    }
    if (remote != NULL) {
        mpr_group_release(remote);
    }
    return mpr_makers_agree_one(&makers, comm, MPR_CONTEXTS_INTER, code, newcomm);
}

/* ---- Merging ---- */

/* What the processes of a group say, as a pair of bits: some say low, some say high. */
enum { SAYS_LOW = 1, SAYS_HIGH = 2, SAYS_BOTH = SAYS_LOW | SAYS_HIGH };

/* Whether this process's group comes first. Where both say the same, the one does that comes first
 * in the world. */
static int choose_order(const struct mpr_makers *makers, const struct mpr_comm *inter, bool high,
                        bool *is_first)
{
    int ours = high ? SAYS_HIGH : SAYS_LOW;
    int theirs = 0;

    int code = mpr_allreduce_now(&ours, 1, MPI_INT, MPI_BOR, makers->local);
    int heard = mpr_makers_swap(makers, &ours, sizeof(ours), &theirs, sizeof(theirs));
    if (code != 0 || heard != 0) {
        return code != 0 ? code : heard;
    }
    if (ours == SAYS_BOTH || theirs == SAYS_BOTH) {
        return MPR_ERR_ARGUMENT;
    }
    *is_first = ours != theirs ? ours == SAYS_LOW
                               : inter->group->world_ranks[0] < inter->remote->world_ranks[0];
    return 0;
}

static int make_merged(const struct mpr_comm *inter, bool is_first, struct mpr_comm **comm)
{
    struct mpr_group *group = is_first ? mpr_group_union(inter->group, inter->remote)
                                       : mpr_group_union(inter->remote, inter->group);
    if (group == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    int code = mpr_comm_make(group, inter->errhandler, comm);
    mpr_group_release(group);
    return code;
}

int mpr_intercomm_merge(struct mpr_comm *inter, bool high, struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = mpr_makers_of(inter);
    struct mpr_comm *comm = NULL;
    bool is_first = false;

    int code = choose_order(&makers, inter, high, &is_first);
    if (code == 0) {
        code = make_merged(inter, is_first, &comm);
    }
    return mpr_makers_agree_one(&makers, comm, MPR_CONTEXTS_INTRA, code, newcomm);
}
