/* SPDX-License-Identifier: BSD-3-Clause */
/* How the members of new communicators agree on them.
 *
 * A context id is unique in the job as soon as one process has taken it (shm/context.h), so one
 * member of each new communicator takes one and the others only need to hear of it. They hear of it
 * by one reduction over all processes that take part, with a place for each context: its taker
 * offers the id there, everyone else NO_OFFER, and whoever has failed offers its error, a negative
 * number, in all places. The minimum is the id, or an error that all processes then have in common.
 *
 * An intercommunicator comes with one intracommunicator on each side: three contexts. */
#include "coll/agree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/now.h"
#include "coll/schedule.h"
#include "p2p/p2p.h"
#include "shm/context.h"
#include "shm/hold.h"
#include "type/op.h"
#include "type/type.h"

#define NO_OFFER INT64_MAX

/* Values in one message between leaders. */
enum { PIECE_COUNT = 64 };

/* ---- Two groups and their leaders ---- */

struct mpr_makers mpr_makers_of(struct mpr_comm *comm)
{
    if (!mpr_comm_is_inter(comm)) {
        return (struct mpr_makers){.local = comm};
    }
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    return (struct mpr_makers){
        .local = comm->local,
        .two_groups = true,
        .bridge = {.comm = comm, .plane = MPR_PLANE_COLLECTIVE, .tag = coll.tag},
    };
}

static bool is_leader(const struct mpr_makers *makers)
{
    return makers->local->rank == makers->leader;
}

/* The leaders alone. */
static int swap_by_leader(const struct mpr_bridge *bridge, const void *out, MPI_Count out_bytes,
                          void *in, MPI_Count in_bytes)
{
    return mpr_sendrecv(out, out_bytes, mpr_type_byte, bridge->remote_leader, bridge->tag, in,
                        in_bytes, mpr_type_byte, bridge->remote_leader, bridge->tag, bridge->comm,
                        bridge->plane, NULL);
}

int mpr_makers_swap(const struct mpr_makers *makers, const void *out, MPI_Count out_bytes, void *in,
                    MPI_Count in_bytes)
{
    int code = 0;

    if (is_leader(makers)) {
        code = swap_by_leader(&makers->bridge, out, out_bytes, in, in_bytes);
    }
    int heard = mpr_bcast_now(&code, sizeof(code), makers->leader, makers->local);
    if (code == 0 && heard == 0) {
        heard = mpr_bcast_now(in, in_bytes, makers->leader, makers->local);
    }
    return code != 0 ? code : heard;
}

static bool have_common_member(const struct mpr_group *left, const struct mpr_group *right)
{
    for (int rank = 0; rank < right->size; rank++) {
        if (mpr_group_rank_of(left, right->world_ranks[rank]) != MPI_UNDEFINED) {
            return true;
        }
    }
    return false;
}

/* Members that go into a message of their own, from number `first` on. */
static int piece_of(int first, int size)
{
    int left = size - first;
    return left <= 0 ? 0 : left < PIECE_COUNT ? left : PIECE_COUNT;
}

/* The members of both groups, piece by piece. They are dropped where `theirs` is NULL: a process
 * that has no memory must not keep the others from going on. */
static int swap_members(const struct mpr_makers *makers, const struct mpr_group *group,
                        struct mpr_member *theirs, int their_size)
{
    int most = group->size > their_size ? group->size : their_size;
    struct mpr_member out[PIECE_COUNT], in[PIECE_COUNT];
    int code = 0;

    for (int first = 0; code == 0 && first < most; first += PIECE_COUNT) {
        int count = piece_of(first, group->size), their_count = piece_of(first, their_size);
        for (int i = 0; i < count; i++) {
            out[i] = mpr_hold_name(group->world_ranks[first + i]);
        }
        code = mpr_makers_swap(makers, out, count * (MPI_Count)sizeof(*out), in,
                               their_count * (MPI_Count)sizeof(*in));
        if (code == 0 && theirs != NULL && their_count > 0) {
            memcpy(theirs + first, in, (size_t)their_count * sizeof(*in));
        }
    }
    return code;
}

/* The sizes go first; an error of the other group stands in the place of its size. */
int mpr_makers_swap_groups(const struct mpr_makers *makers, const struct mpr_group *group,
                           struct mpr_group **remote)
{
    int their_size = 0;
    int code = mpr_makers_swap(makers, &group->size, sizeof(group->size), &their_size,
                               sizeof(their_size));
    if (code != 0 || their_size < 0) {
        return code != 0 ? code : their_size;
    }
    struct mpr_member *theirs = malloc((size_t)(their_size > 0 ? their_size : 1) * sizeof(*theirs));
    code = swap_members(makers, group, theirs, their_size);
    struct mpr_group *made =
        code == 0 && theirs != NULL ? mpr_group_make_named(their_size, theirs) : NULL;
    free(theirs);
    if (made == NULL) {
        return code != 0 ? code : MPR_ERR_NO_MEMORY;
    }
    if (have_common_member(group, made)) {
        mpr_group_release(made);
        return MPR_ERR_OVERLAP;
    }
    *remote = made;
    return 0;
}

/* ---- Offers ---- */

/* The group whose first process comes first in the world. */
static bool is_first_group(const struct mpr_comm *comm)
{
    return comm->group->world_ranks[0] <= comm->remote->world_ranks[0];
}

/* Whether it is this process's part to take the context. */
static bool takes(const struct mpr_comm *comm)
{
    return comm->rank == 0 && is_first_group(comm);
}

static uint32_t user_count(const struct mpr_comm *comm)
{
    return (uint32_t)(mpr_comm_is_inter(comm) ? comm->size + comm->remote_size : comm->size);
}

static struct mpr_context_table *contexts(void)
{
    return mpr_segment_contexts(&mpr_job.segment);
}

static int take(struct mpr_comm *comm, int64_t *value)
{
    if (!takes(comm)) {
        return 0;
    }
    int code = mpr_context_take(contexts(), user_count(comm), &comm->context);
    if (code == 0) {
        *value = comm->context;
    }
    return code;
}

/* The slate's number travels above the context. The communicators that belong to an
 * intercommunicator are used too seldom to have one. */
static void claim_slate(struct mpr_comm *comm, int64_t *value)
{
    if (takes(comm) && mpr_slate_suits(comm->size)) {
        comm->slate.number = mpr_slate_claim(&mpr_job.segment, user_count(comm));
        *value |= (int64_t)comm->slate.number << 32;
    }
}

/* This process's own use is given up with the communicator. */
static void give_back(const struct mpr_comm *comm)
{
    if (takes(comm) && comm->context != MPR_CONTEXT_WORLD) {
        mpr_context_drop(contexts(), comm->context, user_count(comm) - 1);
        mpr_slate_drop(&mpr_job.segment, comm->slate.number, user_count(comm) - 1);
    }
}

static int64_t *value_of(const struct mpr_offer *offer)
{
    return &offer->values[offer->index];
}

/* The place for the intracommunicator on this side. */
static int64_t *local_value_of(const struct mpr_offer *offer)
{
    int side = is_first_group(offer->comm) ? 1 : 2;
    return &offer->values[side * offer->count + offer->index];
}

static void fill(const struct mpr_offer *offer, int64_t value)
{
    for (int i = 0; i < offer->contexts_each * offer->count; i++) {
        offer->values[i] = value;
    }
}

void mpr_offer_make(const struct mpr_offer *offer, int code)
{
    struct mpr_comm *comm = offer->comm;

    fill(offer, NO_OFFER);
    if (code == 0 && comm != NULL) {
        code = take(comm, value_of(offer));
    }
    if (code == 0 && comm != NULL && offer->contexts_each == MPR_CONTEXTS_INTRA) {
        claim_slate(comm, value_of(offer));
    }
    if (code == 0 && comm != NULL && mpr_comm_is_inter(comm)) {
        code = take(comm->local, local_value_of(offer));
    }
    if (code != 0) {
        fill(offer, code);
    }
}

int mpr_offer_settle(const struct mpr_offer *offer, int code)
{
    struct mpr_comm *comm = offer->comm;

    if (code == 0 && offer->values[0] < 0) {
        code = (int)offer->values[0];
    }
    if (comm == NULL) {
        return code;
    }
    if (code == 0 && *value_of(offer) == NO_OFFER) {
        code = MPR_ERR_ARGUMENT; // the members do not mean the same group
    }
    if (code != 0) {
        give_back(comm);
        if (mpr_comm_is_inter(comm)) {
            give_back(comm->local);
        }
        mpr_comm_free(comm);
        return code;
    }
    comm->context = (uint32_t)*value_of(offer);
    mpr_comm_set_slate(comm, (uint32_t)(*value_of(offer) >> 32));
    if (mpr_comm_is_inter(comm)) {
        comm->local->context = (uint32_t)*local_value_of(offer);
    }
    return 0;
}

/* ---- Comparison ---- */

void mpr_agree_least(struct mpr_coll *coll, int64_t *values, int count)
{
    struct mpr_type *type = mpr_type_find(MPI_INT64_T);
    struct mpr_op *min = mpr_op_find(MPI_MIN);
    struct mpr_items theirs;
    struct mpr_scratch scratch;
    struct mpr_coll part;

    if (!mpr_comm_is_inter(coll->comm)) {
        mpr_allreduce(coll, MPI_IN_PLACE, values, count, type, min);
    } else if (mpr_coll_open_items(coll, &scratch, 1, count, type, &theirs)) {
        mpr_allreduce(coll, values, theirs.buffer, count, type, min);
        mpr_coll_apply(coll, min, theirs.buffer, values, mpr_items(values, count, type));
        mpr_coll_begin_part(coll, &part);
        mpr_allreduce(&part, MPI_IN_PLACE, values, count, type, min);
        mpr_coll_note(coll, part.error);
        mpr_coll_close(coll, &scratch);
    }
}

static int minimum_of_group(const struct mpr_makers *makers, int64_t *values, int count)
{
    return mpr_allreduce_now(values, count, MPI_INT64_T, MPI_MIN, makers->local);
}

/* The leaders compare piece by piece. */
static int compare_by_leader(const struct mpr_bridge *bridge, int64_t *values, int count)
{
    int64_t theirs[PIECE_COUNT];
    int code = 0;

    for (int first = 0; code == 0 && first < count; first += PIECE_COUNT) {
        int piece = piece_of(first, count);
        MPI_Count bytes = piece * (MPI_Count)sizeof(*values);
        memcpy(theirs, values + first, (size_t)bytes); // what an empty group leaves there
        code = swap_by_leader(bridge, values + first, bytes, theirs, bytes);
        for (int i = 0; code == 0 && i < piece; i++) {
            values[first + i] = theirs[i] < values[first + i] ? theirs[i] : values[first + i];
        }
    }
    return code;
}

/* What the leaders do in mpr_makers_swap_groups(), then in the agreement. */
void mpr_makers_refuse(const struct mpr_bridge *bridge, int code)
{
    int64_t values[MPR_CONTEXTS_INTER] = {code, code, code};
    int their_size;

    (void)swap_by_leader(bridge, &code, sizeof(code), &their_size, sizeof(their_size));
    (void)compare_by_leader(bridge, values, MPR_CONTEXTS_INTER);
}

static int minimum(const struct mpr_makers *makers, int64_t *values, int count)
{
    int code = minimum_of_group(makers, values, count);
    if (!makers->two_groups) {
        return code;
    }
    if (is_leader(makers)) {
        // The other group waits for our word, and must hear of our error.
        for (int i = 0; code != 0 && i < count; i++) {
            values[i] = code;
        }
        int compared = compare_by_leader(&makers->bridge, values, count);
        code = code != 0 ? code : compared;
    }
    const MPI_Count bytes = count * (MPI_Count)sizeof(*values);
    int heard = mpr_bcast_now(values, bytes, makers->leader, makers->local);
    return code != 0 ? code : heard;
}

int mpr_makers_agree(const struct mpr_makers *makers, const struct mpr_offer *offer, int code)
{
    mpr_offer_make(offer, code);
    return mpr_offer_settle(offer,
                            minimum(makers, offer->values, offer->contexts_each * offer->count));
}

int mpr_makers_agree_one(const struct mpr_makers *makers, struct mpr_comm *comm, int contexts_each,
                         int code, struct mpr_comm **newcomm)
{
    int64_t values[MPR_CONTEXTS_INTER];
    const struct mpr_offer offer = {
        .comm = comm, .count = 1, .contexts_each = contexts_each, .values = values};
    code = mpr_makers_agree(makers, &offer, code);
    if (code == 0) {
        *newcomm = comm;
    }
    return code;
}
