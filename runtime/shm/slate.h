/* SPDX-License-Identifier: BSD-3-Clause */
/* Slates: memory on which the members of a communicator write what they have for each other.
 *
 * A small collective on messages is several messages one after the other, and where ranks share
 * cores each of them may cost a switch. On a slate each member writes once, into a cell of its own,
 * and reads the cells of all others: whoever comes last finds everything there.
 *
 * Operations are of two kinds, each numbered by itself, from 0 on, alike in all members:
 *
 *     meetings    every member writes, and waits for all the others (barrier, allreduce ...)
 *     talks       those who have something write it and go on; those who need it wait for it
 *                 (bcast, reduce ...)
 *
 * What comes of a meeting may be the same for all members. Then one that has seen that all have
 * come may write it into its outcome, for those who have not seen it yet: one of many reads what
 * all have written, and not each. Several may do so at the same time; a hint tells the others of
 * one of them.
 *
 * Many members that have cores of their own meet along a tree instead: each reads the cells of its
 * children only, in which these have written what comes from all below them; and the outcome of its
 * parent, once the root has told its own. Who has heard that has heard, by way of the root, that
 * all have come, as one who has read all cells.
 *
 * A cell's mark tells which operation of which communicator the cell is about. Marks are only ever
 * compared for being equal: what an earlier operation or communicator has left is just not it.
 *
 * Who owns what: cells, areas, outcomes and count of a member are written by that member alone. It
 * may write
 *   - its cell (and area) of meeting n, which is that of meeting n - 2 or, of few members, of
 *     n - MPR_SLATE_RESTS, once it has ended meeting n - 1: then all others have written theirs of
 *     n - 1, and so have read all of n - 2 and before;
 *   - its outcome of meeting n, and the hint, after that: nobody who needs those of n - 2 is left,
 *     and all that others may write to the hint of n - 2 they have written before n - 1;
 *   - its cell of talk n, which is that of talk n - MPR_SLATE_TALKS, once it knows that all others
 *     have ended that: by their counts, or by a meeting that all came to after it; and its area of
 *     talk n, once they have ended talk n - MPR_SLATE_TALK_AREAS. Counts are told so often that two
 *     of them lie in any such row of talks. Whoever is behind all others waits for nobody's count,
 *     so that they cannot all wait.
 *
 *     label  store                              load
 *     S1/T1  writer: cell.mark, release         reader: cell.mark, acquire
 *            the cell, and the part of the area that belongs to it, are whole
 *     S2/T2  reader: ended, release             writer: ended, acquire
 *            so many talks are over here: nothing of them is read any more
 *     S3/T3  leaving member: users, release     who claims the slate: users, acquire
 *            the slate's last communicator is over: nothing on it is read any more
 *
 * A slate belongs to a communicator from its making to its end in the last member. Context ids, of
 * which marks are made, come back after 2^30 further communicators at the earliest (shm/context.h),
 * so that marks of communicators that have shared a slate differ. There are fewer slates than
 * communicators may be; those that get none use messages.
 *
 * Nothing takes two stores to become valid, so that a member may die at any instruction:
 *
 *     before its mark            its cell and area are nothing: those who wait for it end the
 *                                operation when they hear of the death (shm/death.h)
 *     after it                   they are whole, and stay: others may still read them, and end well
 *     before it tells an outcome others find out by themselves
 *     before it wakes others     the launcher wakes everybody, and they find the mark, or the death
 *     before its count           who waits for room hears of the death instead
 *     while it reads             nothing is changed by reading; nobody writes there any more, for
 *                                it never says that it has ended
 *     before it leaves           its use of the slate stays, which serves no other communicator
 *     between claim and use      the same
 *
 * Whoever has not heard of the death goes on by the same rules, and hears of it where it would wait
 * for the dead.
 *
 * Memory of slates that nobody uses is not touched and costs nothing. All zero is the valid start:
 * no mark is 0. tests/model checks all this with small slates. */
#ifndef MPR_SHM_SLATE_H
#define MPR_SHM_SLATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct mpr_geometry;
struct mpr_segment;

enum {
    MPR_SLATE_COUNT = 48,
    MPR_SLATE_MEMBERS_MAX = 256,  /* of a communicator that can have one */
    MPR_SLATE_CELL_BYTES = 112,   /* that lie in a cell; the first 48 in the line of its mark */
    MPR_SLATE_AREA_BYTES = 8192,  /* that lie in an area: more is for messages */
    MPR_SLATE_MEETINGS = 2,       /* cells of a member for meetings, */
    MPR_SLATE_RESTS = 16,         /* or so many that rest in between, */
    MPR_SLATE_RESTING_MAX = 32,   /* where members are no more than that, */
    MPR_SLATE_RESTING_GAP = 2,    /* with cells that nobody uses between those of two meetings; */
    MPR_SLATE_TALKS = 32,         /* and for talks; */
    MPR_SLATE_TALK_AREAS = 8,     /* its areas for talks */
    MPR_SLATE_MATES_MAX = 9       /* that a member knows to run on its CPU, itself among them */
};

/* Slate 0 is that of the world that mprun starts, and never handed out. For others the number says
 * that they have none. */
#define MPR_SLATE_WORLD UINT32_C(0)
#define MPR_SLATE_NONE  UINT32_C(0)

struct mpr_slate_cell {
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint64_t mark;
    /* Those that are said in a talk: in the cell, in the area, or by messages. In a meeting of two
     * with payloads in areas, whether the member finds the other far. */
    uint64_t bytes;
    MPR_ALIGNED(16) unsigned char payload[MPR_SLATE_CELL_BYTES];
};

/* The hint: who has told the outcome of a meeting. What counts is the mark of that outcome. */
struct mpr_slate_teller {
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t rank;
};

struct mpr_slate_count {
    /* The mark of the first talk that is not over. */
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint64_t ended;
    /* The mark of operation 0, once the member can read in the windows of all others. */
    _Atomic uint64_t reads;
};

/* What is a member's alone. */
struct mpr_slate_member {
    MPR_ALIGNED(4096) struct mpr_slate_cell talks[MPR_SLATE_TALKS];
    unsigned char meeting_areas[MPR_SLATE_MEETINGS][MPR_SLATE_AREA_BYTES];
    unsigned char outcome_areas[MPR_SLATE_MEETINGS][MPR_SLATE_AREA_BYTES];
    unsigned char talk_areas[MPR_SLATE_TALK_AREAS][MPR_SLATE_AREA_BYTES];
};

/* One slate; members by their rank. What all look at lies together. At a power of two from one
 * meeting to the next, all of a member's resting cells would share few lines of a cache. */
struct mpr_slate_memory {
    struct mpr_slate_cell
        resting_meetings[MPR_SLATE_RESTS][MPR_SLATE_RESTING_MAX + MPR_SLATE_RESTING_GAP];
    struct mpr_slate_cell meetings[MPR_SLATE_MEETINGS][MPR_SLATE_MEMBERS_MAX];
    struct mpr_slate_cell outcomes[MPR_SLATE_MEETINGS][MPR_SLATE_MEMBERS_MAX];
    struct mpr_slate_teller tellers[MPR_SLATE_MEETINGS];
    struct mpr_slate_count counts[MPR_SLATE_MEMBERS_MAX];
    struct mpr_slate_member members[]; /* as many as a communicator of the job can have */
};

/* Which slates are in use: by how many members. In front of the slates. */
struct mpr_slate_table {
    _Atomic uint32_t users[MPR_SLATE_COUNT];
};

/* What a member knows of its communicator's slate. */
struct mpr_slate {
    struct mpr_slate_memory *memory; /* NULL: none */
    uint32_t number;
    uint64_t mark; /* of operation 0 */
    uint32_t meeting_count; /* that have begun */
    uint32_t talk_count;    /* the same */
    uint32_t talks_over;    /* that are known to be over for all members */
    uint32_t exchanges_apart; /* so many of the next exchanges go by messages, */
    uint32_t lends_apart;     /* and so many of the next calls that were lent for */
    bool is_far; /* one of two members found the other far when they last met so */
    bool has_opened;     /* this member has tried to open the others' windows */
    bool is_read_by_all; /* all members are known to read in each other's windows */
    bool is_lent_by_all; /* all had their payloads there when they last could have */
    int mate_count; /* 0: not known, too many, or others run there, too */
    int mates[MPR_SLATE_MATES_MAX];
};

/* Bytes of the table and all slates in the segment; 0 for a rank that is alone. */
uint64_t mpr_slates_bytes(const struct mpr_geometry *geometry);

/* Whether a communicator of `size` processes can have one. */
static inline bool mpr_slate_suits(int size)
{
    return size >= 2 && size <= MPR_SLATE_MEMBERS_MAX;
}

/* Claims a slate for a communicator of `users` processes: its number, or MPR_SLATE_NONE. */
uint32_t mpr_slate_claim(const struct mpr_segment *segment, uint32_t users);

/* `users` of the processes no longer use the slate. Harmless for MPR_SLATE_NONE. */
void mpr_slate_drop(const struct mpr_segment *segment, uint32_t number, uint32_t users);

/* The view of a member of the communicator with this context id. */
struct mpr_slate mpr_slate_open(const struct mpr_segment *segment, uint32_t number,
                                uint32_t context);

#endif
