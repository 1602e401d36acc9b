/* SPDX-License-Identifier: BSD-3-Clause */
/* Small blocking collectives on the communicator's slate (shm/slate.h), instead of messages.
 *
 * A meeting, as each member writes it:
 *
 *     struct mpr_meeting meeting;
 *     unsigned char *own = mpr_meeting_open(&meeting, coll, bytes);
 *     ... write at most `bytes` bytes to `own` ...
 *     if (mpr_meeting_hold(&meeting)) {
 *         ... read mpr_meeting_payload(&meeting, rank) of any member ...
 *     }
 *
 * The payloads may be read until this member's next meeting on the communicator. Long ones may be
 * lent, and stay in the members' own buffers (coll/slate_lend.h). Many members with cores of their
 * own do not look at all cells, but meet along a tree (coll/slate_tree.c).
 *
 * A talk, in which some have something to say and go on when they have said it:
 *
 *     struct mpr_talk talk;
 *     mpr_talk_open(&talk, coll);
 *     if ((own = mpr_talk_begin(&talk, bytes)) != NULL) {     who says something
 *         ... write `bytes` bytes to it ...
 *         mpr_talk_say(&talk);
 *     }
 *     if (mpr_talk_hear(&talk, rank) != NULL) {               who needs to hear it
 *         ... read mpr_talk_payload(&talk, rank) ...
 *     }
 *     mpr_talk_close(&talk);                                      everybody
 *
 * Whether a call takes place on the slate is decided by what all members have in common, like every
 * choice of coll/choose.h. Whoever waits makes progress on everything else, and gives up when a
 * member dies. All functions need the library's lock. */
#ifndef MPR_COLL_SLATE_H
#define MPR_COLL_SLATE_H

#include "coll/choose.h"
#include "coll/message.h"

struct mpr_meeting {
    struct mpr_coll *coll;
    struct mpr_slate_memory *memory;
    uint64_t mark;
    struct mpr_slate_cell *cells; /* of all members, for this meeting */
    int round;                    /* which of the two areas and outcomes */
    int awaited;                  /* the member that is looked for next; this one: all have come */
    int teller;                   /* the member whose outcome is there, or -1 */
    bool is_told;                 /* whether members look for outcomes, and tell them */
    bool in_areas;                /* payloads are too long for cells */
    bool may_lend;                /* some may lie where they were (coll/slate_lend.h), */
    bool is_lent;                 /* and some do */
    uint32_t bytes;
};

/* Whether all members look at each other's cells. */
static inline bool mpr_slate_is_flat(const struct mpr_coll *coll)
{
    return coll->size <= MPR_SLATE_MEMBERS_FEW || mpr_coll_is_crowded();
}

/* Whether there is a slate for a call: for those that block, on most communicators. */
static inline bool mpr_slate_is_there(const struct mpr_coll *coll)
{
    return coll->comm->slate.memory != NULL && coll->schedule == NULL;
}

/* Whether a call whose members write `bytes` bytes each takes place on the slate. */
static inline bool mpr_slate_takes(const struct mpr_coll *coll, MPI_Count bytes)
{
    return mpr_slate_is_there(coll) && bytes <= MPR_SLATE_AREA_BYTES && mpr_slate_is_flat(coll);
}

/* Whether the members are two that have cores of their own. */
static inline bool mpr_slate_is_pair(const struct mpr_coll *coll)
{
    return coll->size == 2 && !mpr_coll_is_crowded();
}

/* Whether a call does not try what lately was not worth while: of the next ones so many do not. */
static inline bool mpr_slate_is_apart(uint32_t *calls_apart)
{
    const bool is_apart = *calls_apart > 0;

    *calls_apart -= is_apart;
    return is_apart;
}

/* Whether there is one that ranks who share cores may use for more than it takes at once. Among
 * many, messages take far more switches. */
static inline bool mpr_slate_is_shared(const struct mpr_coll *coll)
{
    return mpr_slate_is_there(coll) && mpr_coll_is_crowded();
}

/* Like mpr_slate_takes(), for a reduction in which not all hear of all, of `most` bytes at the most
 * where ranks have cores of their own. Where they share cores, those who need not wait get further
 * ahead with short messages. */
static inline bool mpr_slate_takes_talk(const struct mpr_coll *coll, MPI_Count bytes,
                                        MPI_Count most)
{
    return mpr_slate_takes(coll, bytes) &&
           (mpr_coll_is_crowded() ? bytes > MPR_TALK_CROWDED_BYTES
                                  : bytes <= most && coll->size * bytes <= MPR_TALK_ALL_BYTES);
}

/* Whether one that can go along a tree does so on the slate, with `bytes` bytes on each edge. */
static inline bool mpr_slate_takes_tree(const struct mpr_coll *coll, MPI_Count bytes)
{
    return mpr_slate_is_there(coll) && bytes <= MPR_SLATE_CELL_BYTES && !mpr_slate_is_flat(coll);
}

static inline unsigned char *mpr_meeting_payload(const struct mpr_meeting *meeting, int rank)
{
    return meeting->in_areas ? meeting->memory->members[rank].meeting_areas[meeting->round]
                             : meeting->cells[rank].payload;
}

/* The order in which a member looks for the others: each begins with its neighbour, so that they do
 * not all look at one line. */
static inline int mpr_meeting_next(const struct mpr_coll *coll, int rank)
{
    return rank + 1 < coll->size ? rank + 1 : 0;
}

/* The cells for the meeting of that number. A line that others have just read is slow to write, so
 * that few members let theirs rest for some meetings; those of many would not stay in caches. */
static inline struct mpr_slate_cell *mpr_meeting_cells(const struct mpr_coll *coll, uint32_t number)
{
    struct mpr_slate_memory *memory = coll->comm->slate.memory;

    return coll->size <= MPR_SLATE_RESTING_MAX
               ? memory->resting_meetings[number % MPR_SLATE_RESTS]
               : memory->meetings[number % MPR_SLATE_MEETINGS];
}

/* Begins the next meeting. Returns where this member's payload belongs, aligned to 16 bytes. */
static inline unsigned char *mpr_meeting_open(struct mpr_meeting *meeting, struct mpr_coll *coll,
                                              MPI_Count bytes)
{
    struct mpr_slate *slate = &coll->comm->slate;
    uint32_t number = slate->meeting_count++;

    *meeting = (struct mpr_meeting){
        .coll = coll,
        .memory = slate->memory,
        .mark = slate->mark + number,
        .cells = mpr_meeting_cells(coll, number),
        .round = number % MPR_SLATE_MEETINGS,
        .awaited = mpr_meeting_next(coll, coll->rank),
        .teller = -1,
        .in_areas = bytes > MPR_SLATE_CELL_BYTES,
        .bytes = (uint32_t)bytes,
    };
    return mpr_meeting_payload(meeting, coll->rank);
}

/* Shows the payload to the others. */
void mpr_meeting_come(struct mpr_meeting *meeting);

/* Waits until they have all come. False: a death has ended the call, which is noted. */
bool mpr_meeting_await(struct mpr_meeting *meeting);

static inline bool mpr_meeting_hold(struct mpr_meeting *meeting)
{
    mpr_meeting_come(meeting);
    return mpr_meeting_await(meeting);
}

/* To be called before a meeting of which the same comes for all members. Where ranks share cores,
 * whoever first sees that all have come tells the others so, and what has come of it: then not each
 * of them looks at what all have written. */
static inline void mpr_meeting_expect(struct mpr_meeting *meeting)
{
    meeting->is_told = mpr_coll_is_crowded();
}

/* After such a meeting: whether nobody has told its outcome yet, so that this member should. */
static inline bool mpr_meeting_is_to_tell(const struct mpr_meeting *meeting)
{
    return meeting->is_told && meeting->teller < 0;
}

/* Where `rank` writes the outcome of `bytes` bytes that it tells. */
static inline unsigned char *mpr_meeting_outcome(const struct mpr_meeting *meeting, int rank,
                                                 size_t bytes)
{
    return bytes > MPR_SLATE_CELL_BYTES
               ? meeting->memory->members[rank].outcome_areas[meeting->round]
               : meeting->memory->outcomes[meeting->round][rank].payload;
}

/* Shows the outcome that this member has written, if any belongs there. */
void mpr_meeting_tell(const struct mpr_meeting *meeting);

/* A meeting along a tree, instead of mpr_meeting_hold(): each of these waits, or shows something to
 * relatives. Those that wait return false if a death has ended the call, which is noted. First all
 * children show their payloads, then this member shows its own to the parent, and in the end the
 * parent tells its outcome, and this member its own. */
bool mpr_meeting_await_payload(struct mpr_meeting *meeting, int child);
void mpr_meeting_show(const struct mpr_meeting *meeting, int parent);
bool mpr_meeting_await_outcome(struct mpr_meeting *meeting, int parent);
void mpr_meeting_tell_each(const struct mpr_meeting *meeting, const int *children, int child_count);

struct mpr_talk {
    struct mpr_coll *coll;
    struct mpr_slate *slate;
    uint32_t number;
    uint64_t mark;
};

void mpr_talk_open(struct mpr_talk *talk, struct mpr_coll *coll);

/* Instead of bytes: what is said is lent (coll/slate_lend.h), and the payload, in the cell, tells
 * where it lies. */
#define MPR_TALK_LENT ((uint64_t)INT64_MAX)

/* This member's payload, once others have ended the talk that used it before. `bytes` are
 * MPR_SLATE_AREA_BYTES at the most, or MPR_TALK_LENT. NULL: a death has ended the call, which is
 * noted. */
unsigned char *mpr_talk_begin(struct mpr_talk *talk, uint64_t bytes);
void mpr_talk_say(struct mpr_talk *talk);

/* The cell of `rank`, in which it tells how many bytes it says; NULL as above. */
const struct mpr_slate_cell *mpr_talk_hear(struct mpr_talk *talk, int rank);

/* The same of one who may send messages of the call instead: NULL also when one has come. */
const struct mpr_slate_cell *mpr_talk_hear_or_message(struct mpr_talk *talk, int rank);

/* The talk is over for this member, which tells `rank` at once, for that waits for it with
 * mpr_talk_await_ends(): until it is over for all others, or a death has ended the call, which is
 * noted. */
void mpr_talk_end_for(const struct mpr_talk *talk, int rank);
void mpr_talk_await_ends(struct mpr_talk *talk);

/* What `rank` says, until the talk is closed. */
const unsigned char *mpr_talk_payload(const struct mpr_talk *talk, int rank);
void mpr_talk_close(struct mpr_talk *talk);

/* The collectives, for calls that the slate takes: intracommunicators, and bytes that are not 0.
 * Items are passed by their addresses: to copy what was written piece by piece a moment ago makes a
 * processor wait. */

void mpr_slate_barrier(struct mpr_coll *coll);

/* out = all members' `own`, combined. */
void mpr_slate_allreduce(struct mpr_coll *coll, const struct mpr_items *own,
                         const struct mpr_items *out, struct mpr_op *op);

/* Of that the out->count items from the item `first` on, which differ from member to member. */
void mpr_slate_reduce_scatter(struct mpr_coll *coll, const struct mpr_items *own, MPI_Count first,
                              const struct mpr_items *out, struct mpr_op *op);

/* Allreduce of more than a slate takes, `bytes` of each member, where all lend their vectors
 * (coll/slate_lend.h): whether the next one is to be tried so, because that was worth while lately,
 * which all members are to ask once for each; and that one. False: not all have lent theirs. */
bool mpr_slate_tries_to_lend(const struct mpr_coll *coll, MPI_Count bytes);
bool mpr_slate_allreduce_lent(struct mpr_coll *coll, const struct mpr_items *own,
                              const struct mpr_items *out, struct mpr_op *op);

/* Barrier and allreduce along a tree, for calls that mpr_slate_takes_tree() accepts, and operators
 * that commute. */
void mpr_slate_tree_barrier(struct mpr_coll *coll);
void mpr_slate_tree_allreduce(struct mpr_coll *coll, const struct mpr_items *own,
                              const struct mpr_items *out, struct mpr_op *op);

/* Each rank's `own` to all, and to its place in `blocks`, where it may lie already. The largest
 * block has `most` bytes, MPR_SLATE_AREA_BYTES at the most, and together they have `all`. */
void mpr_slate_allgather(struct mpr_coll *coll, const struct mpr_items *own,
                         const struct mpr_blocks *blocks, MPI_Count most, MPI_Count all);

/* The root's items to all. Every broadcast on a communicator with a slate passes here, for the root
 * alone knows how much it sends: false if that is too much for a slate, and goes by messages. */
bool mpr_slate_bcast(struct mpr_coll *coll, const struct mpr_items *items, int root);

/* For calls that mpr_slate_takes_talk() accepts. */
void mpr_slate_reduce(struct mpr_coll *coll, const struct mpr_items *own,
                      const struct mpr_items *out, struct mpr_op *op, int root);
void mpr_slate_scan(struct mpr_coll *coll, const struct mpr_items *own, const struct mpr_items *out,
                    struct mpr_op *op, bool exclusive);

/* Equal blocks; both may be the same. */
void mpr_slate_alltoall(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in);

/* Whether the next exchange, in whose like such meetings were worth while lately, is one on the
 * slate. To be asked once for each by all members. */
bool mpr_slate_takes_exchange(const struct mpr_coll *coll);

/* Blocks that have sizes of their own, of which each member knows only those that it sends and
 * gets. What is too much for meetings goes by messages. The buffers do not overlap. */
void mpr_slate_alltoallv(struct mpr_coll *coll, const struct mpr_blocks *out,
                         const struct mpr_blocks *in);

#endif
