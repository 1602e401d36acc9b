/* SPDX-License-Identifier: BSD-3-Clause */
/* Matching: which receive gets which message (MPI 5.0, 3.5: in the order of both).
 *
 * A receive waits in the posted queue, a message that nobody has asked for in the unexpected queue.
 * Both queues are hash tables keyed by (context, source, tag), wildcards being values like others.
 * A receive stands in the table under its own pattern; a message is looked up under the four
 * patterns that match it, and the receive that was posted first wins. A message stands in the table
 * under all four patterns that match it; a receive looks under its own. So each operation looks at
 * a constant number of buckets, wildcards or not, however long the queues are. */
#ifndef MPR_P2P_MATCH_H
#define MPR_P2P_MATCH_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/list.h"
#include "p2p/envelope.h"
#include "p2p/request.h"

enum { MPR_MATCH_VIEWS = 4 }; /* exact, any tag, any source, any of both */

/* A message that arrived before its receive. */
struct mpr_unexpected {
    struct mpr_list links[MPR_MATCH_VIEWS];
    struct mpr_object object; /* of one that a matched probe has taken out: its handle */
    struct mpr_comm *comm;    /* likewise; a reference */
    struct mpr_envelope envelope;
    int peer; /* world rank of the sender */
    uint8_t kind; /* MPR_RECORD_EAGER or MPR_RECORD_OFFER */
    bool synchronous;
    bool growing;          /* its chunk was not full when it arrived */
    uint32_t chunk;        /* where an eager message rests, or MPR_CHUNK_NONE: in data[] */
    uint64_t peer_request; /* of an offer or a synchronous message */
    uint64_t address;      /* of an offer */
    uint64_t window_offset; /* of an offer */
    MPI_Count bytes;
    unsigned char data[];
};

/* Whether all that a receive has to do is to copy: the data is here, and nobody wants to hear. */
static inline bool mpr_unexpected_is_copy(const struct mpr_unexpected *message)
{
    return message->kind == MPR_RECORD_EAGER && !message->synchronous;
}

/* Puts a receive (its context, source and tag) at the end of the posted queue. */
void mpr_match_post(struct mpr_request *request);

/* Takes a receive out of the posted queue. */
void mpr_match_withdraw(struct mpr_request *request);

/* Takes out the receive that a message with this envelope belongs to, or returns NULL. */
struct mpr_request *mpr_match_arrival(const struct mpr_envelope *envelope);

/* Puts a message at the end of the unexpected queue; its memory then belongs to the queue. */
void mpr_match_keep(struct mpr_unexpected *message);

/* The first unexpected message for a pattern, wildcards included, or NULL. It stays. */
struct mpr_unexpected *mpr_match_find(const struct mpr_envelope *pattern);

/* Takes a message out of the unexpected queue; its memory then belongs to the caller. */
void mpr_match_take(struct mpr_unexpected *message);

/* Shows `visit` each message of the unexpected queue; it may take out the one that it gets. */
void mpr_match_each_kept(void (*visit)(struct mpr_unexpected *message));

/* Lengths of the queues; match.c alone changes them. */
struct mpr_match_counts {
    uint32_t posted;
    uint32_t unexpected;
};
extern MPR_HIDDEN struct mpr_match_counts mpr_match_counts;

/* Whether no receive is posted and no message kept: nothing can come before the next of either. */
static inline bool mpr_match_is_empty(void)
{
    return (mpr_match_counts.posted | mpr_match_counts.unexpected) == 0;
}

#endif
