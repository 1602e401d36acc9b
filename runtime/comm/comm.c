/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of communicators. */
#include "comm/comm.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "comm/errhandler.h"
#include "comm/topology.h"
#include "shm/context.h"
#include "shm/death.h"
#include "shm/job.h"

struct mpr_comm *mpr_comm_world;
struct mpr_comm *mpr_comm_self;
struct mpr_comm *mpr_comm_parent;

/* ---- Deaths ---- */

/* The lowest rank in `group` from `first` on whose process has died; -1: none. */
static int find_dead(const struct mpr_group *group, int first)
{
    for (int rank = first; rank < group->size; rank++) {
        if (mpr_death_has_taken(&mpr_job.segment, (uint32_t)group->world_ranks[rank])) {
            return rank;
        }
    }
    return -1;
}

int mpr_comm_find_dead(const struct mpr_comm *comm, int first)
{
    return find_dead(comm->remote, first);
}

/* The two groups of an intercommunicator work together: what is over for it is so for the
 * communicator over each of them that it uses. */
void mpr_comm_note_deaths(struct mpr_comm *comm)
{
    if (!comm->has_dead && (find_dead(comm->remote, 0) >= 0 || find_dead(comm->group, 0) >= 0)) {
        comm->has_dead = true;
    }
    if (comm->has_dead && comm->local != NULL) {
        comm->local->has_dead = true;
    }
}

static void note_deaths(struct mpr_object *object, void *context)
{
    (void)context;
    mpr_comm_note_deaths(mpr_container_of(object, struct mpr_comm, object));
}

void mpr_comms_note_deaths(void)
{
    mpr_comm_note_deaths(mpr_comm_world);
    mpr_handle_each(MPR_KIND_COMM, note_deaths, NULL);
}

/* ---- The life of communicators ---- */

/* Without a handle yet. */
static struct mpr_comm *create(struct mpr_group *group, struct mpr_group *remote,
                               struct mpr_errhandler *errhandler)
{
    struct mpr_comm *comm = calloc(1, sizeof(*comm));
    if (comm == NULL) {
        return NULL;
    }
    mpr_group_retain(group);
    mpr_group_retain(remote);
    mpr_errhandler_retain(errhandler);
    comm->object.references = 1;
    comm->context = MPR_CONTEXT_WORLD;
    comm->rank = group->rank;
    comm->size = group->size;
    comm->remote_size = remote->size;
    comm->group = group;
    comm->remote = remote;
    comm->world_ranks = remote->world_ranks;
    comm->errhandler = errhandler;
    if (mpr_unlikely(mpr_death_count(&mpr_job.segment) > 0)) {
        mpr_comm_note_deaths(comm);
    }
    return comm;
}

/* Gives the handle to a communicator that was created, if it was. */
static int open(struct mpr_comm *made, struct mpr_comm **comm)
{
    if (made == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    int code = mpr_handle_open(MPR_KIND_COMM, &made->object);
    if (code != 0) {
        mpr_comm_release(made);
        return code;
    }
    *comm = made;
    return 0;
}

int mpr_comm_make(struct mpr_group *group, struct mpr_errhandler *errhandler,
                  struct mpr_comm **comm)
{
    return open(create(group, group, errhandler), comm);
}

int mpr_comm_make_inter(struct mpr_group *group, struct mpr_group *remote,
                        struct mpr_errhandler *errhandler, struct mpr_comm **comm)
{
    struct mpr_comm *local = create(group, group, errhandler);
    struct mpr_comm *made = local != NULL ? create(group, remote, errhandler) : NULL;
    if (made != NULL) {
        made->local = local;
        local->has_dead = made->has_dead;
    } else if (local != NULL) {
        mpr_comm_release(local);
    }
    return open(made, comm);
}

void mpr_comm_free(struct mpr_comm *comm)
{
    if (comm == mpr_comm_parent) {
        mpr_comm_parent = NULL;
    }
    mpr_handle_close(MPR_KIND_COMM, &comm->object);
    mpr_comm_release(comm);
}

void mpr_comm_destroy(struct mpr_comm *comm)
{
    mpr_context_drop(mpr_segment_contexts(&mpr_job.segment), comm->context, 1);
    mpr_slate_drop(&mpr_job.segment, comm->slate.number, 1);
    free(comm->family);
    mpr_attributes_clear(&comm->attributes);
    if (comm->local != NULL) {
        mpr_comm_release(comm->local);
    }
    if (comm->topology != NULL) {
        mpr_topology_release(comm->topology);
    }
    mpr_errhandler_release(comm->errhandler);
    mpr_group_release(comm->remote);
    mpr_group_release(comm->group);
    free(comm);
}

void mpr_comm_set_slate(struct mpr_comm *comm, uint32_t number)
{
    if (number != MPR_SLATE_NONE) {
        comm->slate = mpr_slate_open(&mpr_job.segment, number, comm->context);
    }
}

void mpr_comm_set_errhandler(struct mpr_comm *comm, struct mpr_errhandler *errhandler)
{
    mpr_errhandler_retain(errhandler);
    mpr_errhandler_release(comm->errhandler);
    comm->errhandler = errhandler;
    comm->has_chosen_errhandler = true;
}

/* A predefined communicator over `group`, whose reference it takes over; NULL: no memory. */
static struct mpr_comm *define(MPI_Comm handle, const char *name, uint32_t context,
                               struct mpr_group *group)
{
    if (group == NULL) {
        return NULL;
    }
    struct mpr_comm *comm = create(group, group, mpr_errhandler_find(MPI_ERRORS_ARE_FATAL));
    mpr_group_release(group);
    if (comm == NULL) {
        return NULL;
    }
    comm->context = context;
    strcpy(comm->name, name);
    comm->object.handle = (uintptr_t)handle;
    return comm;
}

static struct mpr_group *make_world(void)
{
    return mpr_job.members == NULL ? mpr_group_make_range(0, mpr_job.size)
                                   : mpr_group_make_named(mpr_job.size, mpr_job.members);
}

int mpr_comm_start(void)
{
    mpr_comm_world = define(MPI_COMM_WORLD, "MPI_COMM_WORLD", MPR_CONTEXT_WORLD, make_world());
    if (mpr_comm_world == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    if (mpr_job.world == 0 && mpr_slate_suits(mpr_job.size)) {
        mpr_comm_world->slate =
            mpr_slate_open(&mpr_job.segment, MPR_SLATE_WORLD, MPR_CONTEXT_WORLD);
    }
    mpr_comm_self = define(MPI_COMM_SELF, "MPI_COMM_SELF", MPR_CONTEXT_SELF,
                           mpr_group_make_range(mpr_job.slot, 1));
    if (mpr_comm_self == NULL) {
        mpr_comm_stop();
        return MPR_ERR_NO_MEMORY;
    }
    return 0;
}

void mpr_comm_open_world(void)
{
    mpr_handle_define(MPR_KIND_COMM, (uintptr_t)MPI_COMM_WORLD, &mpr_comm_world->object);
    mpr_handle_define(MPR_KIND_COMM, (uintptr_t)MPI_COMM_SELF, &mpr_comm_self->object);
}

void mpr_comm_close_world(void)
{
    if (mpr_comm_parent != NULL) {
        mpr_comm_free(mpr_comm_parent);
    }
    mpr_handle_undefine((uintptr_t)MPI_COMM_WORLD);
    mpr_handle_undefine((uintptr_t)MPI_COMM_SELF);
}

void mpr_comm_stop(void)
{
    mpr_comm_close_world();
    if (mpr_comm_self != NULL) {
        mpr_comm_release(mpr_comm_self);
        mpr_comm_self = NULL;
    }
    if (mpr_comm_world != NULL) {
        mpr_comm_release(mpr_comm_world);
        mpr_comm_world = NULL;
    }
}
