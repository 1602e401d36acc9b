/* SPDX-License-Identifier: BSD-3-Clause */
/* What the cells of a ring say: the kinds of records between two ranks, and their bodies.
 *
 *     kind    body                                   payload
 *     EAGER   words[0] sender's request (SYNC only)  the message: in the cell, in the ring's area
 *             words[1] chunk (CHUNK only)            (MPR_CELL_AREA), or in a chunk
 *     OFFER   words[0] sender's request              none yet (SYNC: only the receive that matches
 *                                                    may take it)
 *             words[1] message bytes
 *             words[2] address of the data in the sender, 0 where it is not one run of bytes
 *             words[3] its offset in the sender's window, or MPR_WINDOW_NOWHERE
 *     ACCEPT  words[0] sender's request              none
 *             words[1] receiver's request
 *             words[2] enum mpr_path
 *     CHUNK   words[0] receiver's request            the next part of the message
 *             words[1] chunk
 *     DONE    words[0] sender's request              none: the receive has begun (SYNC), or has
 *                                                    taken all of the data
 *     RETRACT words[0] sender's request              none: its message is to be dropped
 *     RETRACTED  the same                            none: it was; p2p/retract.h
 *
 * EAGER and OFFER carry the envelope (context, tag, source) and are matched; the others name their
 * request. Requests travel as handles, so that a stale one is found out. */
#ifndef MPR_P2P_ENVELOPE_H
#define MPR_P2P_ENVELOPE_H

#include "shm/ring.h"

enum mpr_record_kind {
    MPR_RECORD_EAGER,
    MPR_RECORD_OFFER,
    MPR_RECORD_ACCEPT,
    MPR_RECORD_CHUNK,
    MPR_RECORD_DONE,
    MPR_RECORD_RETRACT,
    MPR_RECORD_RETRACTED
};

/* In mpr_cell.flags, beside MPR_CELL_AREA. */
enum {
    MPR_RECORD_SYNC = 0x01,
    MPR_RECORD_IN_CHUNK = 0x02,
    MPR_RECORD_GROWING = 0x04 /* the chunk is still being filled: p2p/growing.h */
};

/* Data that is this short neither rests in a chunk until it is asked for, nor is it offered because
 * there is no chunk. */
enum { MPR_SHORT_BYTES = 2048 };

/* How the data of an offered message travels. */
enum mpr_path {
    MPR_PATH_NONE,
    MPR_PATH_SELF,  /* within one process: copied from buffer to buffer */
    MPR_PATH_CHUNK, /* by the sender, through its chunks */
    MPR_PATH_CMA,   /* by the receiver, with process_vm_readv */
    MPR_PATH_DIRECT, /* by the receiver, out of the sender's window */
    MPR_PATH_PIPE   /* by both, through the receiver's pipe */
};

/* What identifies a message to a receive. `source` is the rank in the communicator. */
struct mpr_envelope {
    uint32_t context;
    int source;
    int tag;
};

/* Whether the cell is a message, with an envelope. */
static inline bool mpr_record_is_message(const struct mpr_cell *cell)
{
    return cell->kind == MPR_RECORD_EAGER || cell->kind == MPR_RECORD_OFFER;
}

/* How long such a message is. */
static inline uint64_t mpr_record_message_bytes(const struct mpr_cell *cell)
{
    return cell->kind == MPR_RECORD_EAGER ? cell->payload_bytes : cell->body.words[1];
}

static inline struct mpr_envelope mpr_envelope_of(const struct mpr_cell *cell)
{
    return (struct mpr_envelope){cell->context, (int)cell->source, cell->tag};
}

#endif
