/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made from groups without a parent (MPI 5.0, 7.4.2 and 7.6.2).
 *
 * The members reach each other in their world, on a plane of its own, whether MPI_Init has made its
 * handle known or not. Groups over several worlds, of processes that were spawned, are refused:
 * such processes have a communicator to make others from. The error handler that the communicator
 * shall have answers for errors of the calls too.
 *
 * The string that tells calls apart travels as a number: should two strings make the same one, this
 * matters only where two threads of the same processes use them at once. */
#include <string.h>

#include "coll/intercomm.h"
#include "coll/newcomm.h"
#include "comm/hints.h"
#include "mpi/api.h"

/* What both functions say of the communicator. */
struct wish {
    const char *stringtag;
    MPI_Info info;
    MPI_Errhandler errhandler;
    MPI_Comm *newcomm;
};

static int arg_wish(const struct wish *wish, const char *name, struct mpr_errhandler **errhandler)
{
    MPR_TRY(mpr_arg_errhandler(NULL, wish->errhandler, MPR_KIND_COMM, errhandler));
    mpr_api_answer((struct mpr_answerer){.handle = (uintptr_t)MPI_COMM_NULL,
                                         .errhandler = *errhandler});
    MPR_TRY(mpr_arg_pointer(NULL, "stringtag", wish->stringtag));
    if (strnlen(wish->stringtag, MPI_MAX_STRINGTAG_LEN) == MPI_MAX_STRINGTAG_LEN) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "stringtag is longer than the %d bytes that it may have",
                         MPI_MAX_STRINGTAG_LEN - 1);
    }
    MPR_TRY(mpr_arg_info(NULL, wish->info));
    return mpr_arg_pointer(NULL, name, wish->newcomm);
}

/* FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), without the sign bit. */
static int tag_of(const char *string)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *string != '\0'; string++) {
        hash = (hash ^ (unsigned char)*string) * UINT32_C(16777619);
    }
    return (int)(hash & MPR_TAG_MAX);
}

/* Makes it what the user wishes, and hands it out, unless there is an error. */
static int give(struct mpr_comm *made, int code, const struct wish *wish)
{
    if (code == MPR_OK && made != NULL) {
        mpr_hints_update(&made->hints, mpr_info_find(wish->info));
    }
    if (code == MPR_OK) {
        *wish->newcomm = mpr_comm_handle(made);
    }
    return mpr_result(NULL, code);
}

static int make_intra(struct mpr_group *group, const struct wish *wish,
                      struct mpr_errhandler *errhandler, struct mpr_comm **made)
{
    int code = mpr_comm_create_group(mpr_comm_world, group, MPR_PLANE_NAMED,
                                     tag_of(wish->stringtag), made);
    if (code == MPR_OK) {
        mpr_comm_set_errhandler(*made, errhandler);
    }
    return code;
}

static int arg_in_world(const char *name, const struct mpr_group *group, int rank)
{
    if (mpr_group_rank_of(mpr_comm_world->group, group->world_ranks[rank]) != MPI_UNDEFINED) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_UNSUPPORTED_OPERATION,
                     "%s has processes of several worlds; MPI_Comm_create_group serves those, on a "
                     "communicator that they share",
                     name);
}

/* Of its own group each member finds out the same. */
static int arg_group_in_world(const char *name, const struct mpr_group *group)
{
    for (int rank = 0; rank < group->size; rank++) {
        MPR_TRY(arg_in_world(name, group, rank));
    }
    return MPI_SUCCESS;
}

/* ---- MPI_Comm_create_from_group ---- */

static int create_from_group(MPI_Group group, const struct wish *wish)
{
    struct mpr_group *g;
    struct mpr_errhandler *e;
    struct mpr_comm *made = NULL;
    MPR_TRY(arg_wish(wish, "newcomm", &e));
    MPR_TRY(mpr_arg_group(NULL, "group", group, &g));
    if (g->rank == MPI_UNDEFINED) {
        *wish->newcomm = MPI_COMM_NULL;
        return MPI_SUCCESS;
    }
    MPR_TRY(arg_group_in_world("group", g));
    int code = make_intra(g, wish, e, &made);
    return give(made, code, wish);
}

MPR_API(int, Comm_create_from_group,
        (MPI_Group group, const char *stringtag, MPI_Info info, MPI_Errhandler errhandler,
         MPI_Comm *newcomm))
{
    const struct wish wish = {stringtag, info, errhandler, newcomm};
    return MPR_RUN(Comm_create_from_group, create_from_group(group, &wish));
}

/* ---- MPI_Intercomm_create_from_groups ---- */

static int arg_leader(const char *name, const struct mpr_group *group, int leader)
{
    if ((unsigned)leader < (unsigned)group->size) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_RANK, "%s is %d, but its group has %d processes", name, leader,
                     group->size);
}

static int arg_member(const struct mpr_group *group)
{
    if (group->rank != MPI_UNDEFINED) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_GROUP, "this process is no member of local_group");
}

/* What the leader alone is asked for. */
static int arg_bridge(MPI_Group remote_group, int remote_leader, struct mpr_bridge *bridge)
{
    struct mpr_group *remote;
    MPR_TRY(mpr_arg_group(NULL, "remote_group", remote_group, &remote));
    if (remote->size == 0) {
        bridge->remote_leader = MPI_PROC_NULL;
        return MPI_SUCCESS;
    }
    MPR_TRY(arg_leader("remote_leader", remote, remote_leader));
    MPR_TRY(arg_in_world("remote_group", remote, remote_leader));
    bridge->remote_leader =
        mpr_group_rank_of(mpr_comm_world->group, remote->world_ranks[remote_leader]);
    return MPI_SUCCESS;
}

/* With an empty group the call is local (MPI 5.0, 7.6.2), as far as it can be: the leader alone
 * knows the remote group, and tells its own. */
static int intercomm_create(MPI_Group local_group, int local_leader, MPI_Group remote_group,
                            int remote_leader, const struct wish *wish)
{
    struct mpr_bridge bridge = {.comm = mpr_comm_world, .plane = MPR_PLANE_NAMED};
    struct mpr_group *g;
    struct mpr_errhandler *e;
    struct mpr_comm *local, *made = NULL;
    MPR_TRY(arg_wish(wish, "newintercomm", &e));
    MPR_TRY(mpr_arg_group(NULL, "local_group", local_group, &g));
    if (g->size == 0) {
        *wish->newcomm = MPI_COMM_NULL;
        return MPI_SUCCESS;
    }
    MPR_TRY(arg_member(g));
    MPR_TRY(arg_leader("local_leader", g, local_leader));
    MPR_TRY(arg_group_in_world("local_group", g));
    if (g->rank == local_leader) {
        MPR_TRY(arg_bridge(remote_group, remote_leader, &bridge));
    }
    bridge.tag = tag_of(wish->stringtag);
    int code = make_intra(g, wish, e, &local);
    if (code == MPR_OK) {
        code = mpr_intercomm_create(local, local_leader, &bridge, &made);
        mpr_comm_free(local);
    } else if (g->rank == local_leader) {
        mpr_makers_refuse(&bridge, code);
    }
    return give(made, code, wish);
}

MPR_API(int, Intercomm_create_from_groups,
        (MPI_Group local_group, int local_leader, MPI_Group remote_group, int remote_leader,
         const char *stringtag, MPI_Info info, MPI_Errhandler errhandler, MPI_Comm *newintercomm))
{
    const struct wish wish = {stringtag, info, errhandler, newintercomm};
    return MPR_RUN(Intercomm_create_from_groups,
                   intercomm_create(local_group, local_leader, remote_group, remote_leader, &wish));
}
