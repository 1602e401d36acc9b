/* SPDX-License-Identifier: BSD-3-Clause */
/* How the members of new communicators agree on them.
 *
 * A context id is unique in the job as soon as one process has taken it (shm/context.h), so rank 0
 * of each new communicator takes one and the others only need to hear of it. They hear of it by one
 * reduction over the parent, with a place for each new communicator: its rank 0 offers the id
 * there, everyone else NO_OFFER, and whoever has failed offers its error, a negative number, in all
 * places. The minimum is the id, or an error that all processes then have in common. */
#include "coll/newcomm.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "coll/coll.h"
#include "shm/context.h"
#include "shm/job.h"
#include "type/op.h"
#include "type/type.h"

#define NO_OFFER INT64_MAX

/* Agrees on the contexts of `count` new communicators, at least one. Number `index` is `comm`,
 * which this process is a member of; it is NULL in a process that belongs to none, or could not
 * make it: `code` is the error so far. `offers` has room for `count`. Returns 0 or an error, in
 * which case `comm` was freed. */
static int agree(struct mpr_comm *parent, struct mpr_comm *comm, int index, int code,
                 int64_t *offers, int count)
{
    struct mpr_context_table *contexts = mpr_segment_contexts(&mpr_job.segment);
    uint32_t context = 0;
    bool leads = code == 0 && comm != NULL && comm->rank == 0;

    if (leads) {
        code = mpr_context_take(contexts, (uint32_t)comm->size, &context);
        leads = code == 0;
    }
    for (int i = 0; i < count; i++) {
        offers[i] = code != 0 ? code : NO_OFFER;
    }
    if (leads) {
        offers[index] = context;
    }
    code = mpr_allreduce(MPI_IN_PLACE, offers, count, mpr_type_find(MPI_INT64_T),
                         mpr_op_find(MPI_MIN), parent);
    if (code == 0 && offers[0] < 0) {
        code = (int)offers[0];
    }
    if (code == 0 && comm != NULL) {
        comm->context = (uint32_t)offers[index];
    }
    if (code != 0 && leads) {
        mpr_context_drop(contexts, context, (uint32_t)comm->size);
    }
    if (code != 0 && comm != NULL) {
        mpr_comm_free(comm);
    }
    return code;
}

int mpr_comm_dup(struct mpr_comm *parent, int code, struct mpr_comm **newcomm)
{
    struct mpr_comm *comm = NULL;
    int64_t offer;

    if (code == 0) {
        code = mpr_comm_make(parent->group, parent->errhandler, &comm);
    }
    code = agree(parent, comm, 0, code, &offer, 1);
    if (code == 0) {
        *newcomm = comm;
    }
    return code;
}

/* What each member of the parent asks for. */
struct wish {
    int color;
    int key;
    int rank; /* in the parent */
};

static int compare_ints(int left, int right)
{
    return (left > right) - (left < right);
}

/* By color, within it by key, and by rank where the keys are equal. */
static int compare_wishes(const void *left, const void *right)
{
    const struct wish *a = left, *b = right;
    int order = compare_ints(a->color, b->color);
    if (order == 0) {
        order = compare_ints(a->key, b->key);
    }
    return order != 0 ? order : compare_ints(a->rank, b->rank);
}

/* The new communicators as one member sees them. */
struct partition {
    int count; /* all colors */
    int index; /* of this process's color among them, ascending */
    int size;  /* processes of this color */
};

/* Sorts the wishes, and fills `ranks` with those ranks in the parent that have `color`. */
static struct partition divide(struct wish *wishes, int wish_count, int color, int *ranks)
{
    struct partition partition = {0};

    qsort(wishes, (size_t)wish_count, sizeof(*wishes), compare_wishes);
    for (int i = 0; i < wish_count; i++) {
        if (wishes[i].color == MPI_UNDEFINED) {
            continue;
        }
        if (i == 0 || wishes[i].color != wishes[i - 1].color) {
            partition.count++;
        }
        if (wishes[i].color == color) {
            partition.index = partition.count - 1;
            ranks[partition.size++] = wishes[i].rank;
        }
    }
    return partition;
}

/* The communicator of the processes `ranks` of the parent. */
static int make_part(struct mpr_comm *parent, int size, const int *ranks, struct mpr_comm **comm)
{
    struct mpr_group *group = mpr_group_incl(parent->group, size, ranks);
    if (group == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    int code = mpr_comm_make(group, parent->errhandler, comm);
    mpr_group_release(group);
    return code;
}

/* The only failure that the others do not hear of is the lack of memory to listen to them. */
int mpr_comm_split(struct mpr_comm *parent, int color, int key, struct mpr_comm **newcomm)
{
    struct wish wish = {color, key, parent->rank};
    size_t count = (size_t)parent->size;
    struct wish *wishes = malloc(count * sizeof(*wishes));
    int *ranks = malloc(count * sizeof(*ranks));
    int64_t *offers = malloc(count * sizeof(*offers));
    struct mpr_comm *comm = NULL;
    int code = MPR_ERR_NO_MEMORY;

    if (wishes == NULL || ranks == NULL || offers == NULL) {
        goto out;
    }
    code = mpr_allgather(&wish, sizeof(wish), mpr_type_byte, wishes, sizeof(wish), mpr_type_byte,
                         parent);
    if (code != 0) {
        goto out;
    }
    struct partition partition = divide(wishes, parent->size, color, ranks);
    if (partition.count > 0) {
        if (partition.size > 0) {
            code = make_part(parent, partition.size, ranks, &comm);
        }
        code = agree(parent, comm, partition.index, code, offers, partition.count);
    }
    if (code == 0) {
        *newcomm = comm;
    }
out:
    free(offers);
    free(ranks);
    free(wishes);
    return code;
}
