/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators: a group, a context of its own for messages, and what belongs to it.
 *
 * New ones are made by the collectives of coll/newcomm.h. */
#ifndef MPR_COMM_COMM_H
#define MPR_COMM_COMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/handle.h"
#include "comm/attribute.h"
#include "comm/group.h"
#include "mpi.h"
#include "shm/slate.h"

/* Messages of different kinds never match each other: each communicator owns neighbouring context
 * ids, one for each plane. */
enum mpr_plane {
    MPR_PLANE_POINT,      /* the user's */
    MPR_PLANE_COLLECTIVE, /* of collectives, numbered by their tags */
    MPR_PLANE_MAKING,     /* of some members that make a communicator, under a tag of the user */
    MPR_PLANE_NAMED       /* the same, under a tag that stands for a string of the user */
};

struct mpr_errhandler;
struct mpr_attached;
struct mpr_topology;
struct mpr_family;

struct mpr_comm {
    struct mpr_object object;
    uint32_t context; /* plus a plane: what messages bear */
    int rank;         /* of this process in `group` */
    int size;         /* of `group` */
    int remote_size;  /* of `remote` */
    struct mpr_group *group;
    struct mpr_group
        *remote; /* whose ranks messages name: `group`, or an intercommunicator's other */
    const int *world_ranks; /* remote->world_ranks */
    struct mpr_comm *local; /* an intercommunicator's own one over `group`; NULL: this is none */
    struct mpr_slate slate;            /* for small collectives; intercommunicators have none */
    struct mpr_family *family;         /* in the tree of its slate, or NULL (coll/family.h) */
    struct mpr_topology *topology;     /* a reference, or NULL */
    struct mpr_errhandler *errhandler; /* a reference */
    struct mpr_attached *attached; /* its own buffer for buffered sends; NULL: none (p2p/bsend.h) */
    struct mpr_attributes attributes;
    uint32_t hints;            /* enum mpr_hint */
    uint32_t active_count;     /* requests in flight */
    uint32_t collective_count; /* collectives begun; their tags follow from it */
    uint32_t lasting_count;    /* and so do those of persistent ones */
    bool has_dead;        /* a process of it has died: no collective ends well any more */
    bool has_chosen_errhandler; /* not that which it was made with */
    uint32_t deaths_told; /* burials that receives from any source have been told of (p2p/bury.h) */
    char name[MPI_MAX_OBJECT_NAME];
};

/* They are there while the process is part of its job; their handles name them only between
 * MPI_Init and MPI_Finalize. */
extern MPR_HIDDEN struct mpr_comm *mpr_comm_world;
extern MPR_HIDDEN struct mpr_comm *mpr_comm_self;

/* With those that have spawned this process, or NULL (coll/connect.h). */
extern MPR_HIDDEN struct mpr_comm *mpr_comm_parent;

/* Makes MPI_COMM_WORLD and MPI_COMM_SELF for this process of mpr_job, after mpr_holds_start(),
 * mpr_group_start() and mpr_errhandler_start(). Returns 0 or an mpr error. */
int mpr_comm_start(void);
void mpr_comm_stop(void);

/* Makes their handles known; and unknown again, after which there is no parent either. */
void mpr_comm_open_world(void);
void mpr_comm_close_world(void);

/* The communicator that a handle names, or NULL. */
static inline struct mpr_comm *mpr_comm_find(MPI_Comm handle)
{
    return (struct mpr_comm *)mpr_handle_find(MPR_KIND_COMM, (uintptr_t)handle);
}

/* What names a communicator; MPI_COMM_NULL for NULL, and once the handle has been freed. */
static inline MPI_Comm mpr_comm_handle(const struct mpr_comm *comm)
{
    return comm != NULL && comm->object.handle != 0 ? (MPI_Comm)comm->object.handle : MPI_COMM_NULL;
}

/* A communicator over `group`, with one reference and a handle; its context is MPR_CONTEXT_WORLD
 * until the members have agreed on one of their own. Returns 0 or an mpr error. */
int mpr_comm_make(struct mpr_group *group, struct mpr_errhandler *errhandler,
                  struct mpr_comm **comm);

/* Likewise an intercommunicator of this process's `group` with `remote`, which have no process in
 * common. comm->local needs a context too. */
int mpr_comm_make_inter(struct mpr_group *group, struct mpr_group *remote,
                        struct mpr_errhandler *errhandler, struct mpr_comm **comm);

static inline bool mpr_comm_is_inter(const struct mpr_comm *comm)
{
    return comm->local != NULL;
}

/* The handle becomes invalid and its reference is dropped. */
void mpr_comm_free(struct mpr_comm *comm);

/* Looks whether processes of `comm`, or of all communicators that have a handle, have died
 * (shm/death.h). New ones are made with that knowledge. */
void mpr_comm_note_deaths(struct mpr_comm *comm);
void mpr_comms_note_deaths(void);

/* The lowest rank in `comm` from `first` on, of those that messages name, whose
 * process has died; -1: none. */
int mpr_comm_find_dead(const struct mpr_comm *comm, int first);

/* Gives `comm`, whose context is set, the slate that was claimed for it;
 * MPR_SLATE_NONE: it has none. */
void mpr_comm_set_slate(struct mpr_comm *comm, uint32_t number);

/* What mpr_comm_release() does at the last. */
void mpr_comm_destroy(struct mpr_comm *comm);

/* Operations in flight keep their communicator: mpr_comm_free() only drops the handle's reference.
 * With the last reference this process gives up its use of the context. */
static inline void mpr_comm_retain(struct mpr_comm *comm)
{
    comm->object.references++;
}

static inline void mpr_comm_release(struct mpr_comm *comm)
{
    if (--comm->object.references == 0) {
        mpr_comm_destroy(comm);
    }
}

/* Calls on `comm` that fail are `errhandler`'s from now on. */
void mpr_comm_set_errhandler(struct mpr_comm *comm, struct mpr_errhandler *errhandler);

#endif
