/* SPDX-License-Identifier: BSD-3-Clause */
/* Agreement among the processes that make communicators together: all of them have the new ones in
 * the end, or all have the same error.
 *
 * They are the members of one communicator, or those of two groups, each of which has a
 * communicator of its own and a leader. The leaders reach each other by messages on a third one.
 * All functions need the library's lock. */
#ifndef MPR_COLL_AGREE_H
#define MPR_COLL_AGREE_H

#include <stdbool.h>
#include <stdint.h>

#include "coll/message.h"
#include "comm/comm.h"

/* How the leaders reach each other. */
struct mpr_bridge {
    struct mpr_comm *comm;
    int remote_leader; /* the other one's rank there; MPI_PROC_NULL: the other group is empty */
    enum mpr_plane plane;
    int tag;
};

struct mpr_makers {
    struct mpr_comm *local; /* an intracommunicator: of all of them, or of this process's group */
    bool two_groups;

    /* Of two groups: the leader's rank in `local`, and what the leader alone looks at. */
    int leader;
    struct mpr_bridge bridge;
};

/* The members of `comm`, those of both groups of an intercommunicator. Begins a collective call:
 * every one of them must get here, in the same order. */
struct mpr_makers mpr_makers_of(struct mpr_comm *comm);

/* The leaders of two groups swap `out` and `in`, and each group hears of what its leader got.
 * Returns 0 or an mpr error. */
int mpr_makers_swap(const struct mpr_makers *makers, const void *out, MPI_Count out_bytes, void *in,
                    MPI_Count in_bytes);

/* Swaps the groups that are to be joined: *remote is the other one, with one reference. Returns 0
 * or an mpr error; MPR_ERR_OVERLAP where a process is in both. */
int mpr_makers_swap_groups(const struct mpr_makers *makers, const struct mpr_group *group,
                           struct mpr_group **remote);

/* What a leader does for a group that could not even begin, because of `code`, instead of
 * mpr_makers_swap_groups() and mpr_makers_agree_one() for an intercommunicator: the other group,
 * which is in the midst of these, has that error then. */
void mpr_makers_refuse(const struct mpr_bridge *bridge, int code);

/* The least of all members' values, in each of them: those of both groups of an intercommunicator.
 * In any form. */
void mpr_agree_least(struct mpr_coll *coll, int64_t *values, int count);

/* What this process has to say of `count` new communicators (at least 1) that are made at once.
 * Number `index` is `comm`, which this process is a member of; NULL where it belongs to none, or
 * could not make it. Intercommunicators need three contexts, others one. */
struct mpr_offer {
    struct mpr_comm *comm;
    int index;
    int count;
    int contexts_each;
    int64_t *values; /* contexts_each * count; the least of all processes' is what counts */
};

enum { MPR_CONTEXTS_INTRA = 1, MPR_CONTEXTS_INTER = 3 };

/* Of a communicator of the same kind as `comm`. */
static inline int mpr_contexts_of(const struct mpr_comm *comm)
{
    return mpr_comm_is_inter(comm) ? MPR_CONTEXTS_INTER : MPR_CONTEXTS_INTRA;
}

/* Fills `values`: the contexts that are this process's to take, or its error, if `code` is one. */
void mpr_offer_make(const struct mpr_offer *offer, int code);

/* With the least of all: gives `comm` its context. Returns 0, or the error of whoever had one, in
 * which case `comm` was freed. `code` is an error that has prevented the comparison, or 0. */
int mpr_offer_settle(const struct mpr_offer *offer, int code);

/* All of it: offers, compares, settles. */
int mpr_makers_agree(const struct mpr_makers *makers, const struct mpr_offer *offer, int code);

/* The same for a single communicator: *newcomm is `comm`, maybe NULL, unless there was an error. */
int mpr_makers_agree_one(const struct mpr_makers *makers, struct mpr_comm *comm, int contexts_each,
                         int code, struct mpr_comm **newcomm);

#endif
