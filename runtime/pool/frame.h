/* SPDX-License-Identifier: BSD-3-Clause */
/* What the root of a pool and a worker say to each other.
 *
 *     root                            worker
 *     hello, argument       ->                          once: initializer and its argument
 *                           <-        copy              a shared argument cannot be reached:
 *                                                       hello again
 *                           <-        ready             once: whether the initializer succeeded
 *     define                ->                          a function, before its first chunk
 *     chunk, inputs         ->                          a range of tasks; several may be under way
 *                           <-        result, outputs, failures      in the order of the chunks
 *                           <-        refusal         in place of a result: no memory for it, or
 *                                                     for the inputs
 *     stop                  ->                          overtakes chunks: none is begun any more
 *     end                   ->
 *                           <-        bye             the worker returns
 *
 * Each frame is one message of at most MPP_FRAME_BYTES: a head, and the payload when there is room
 * for it; otherwise the payload follows as a message of its own (MPP_TAG_PAYLOAD). Frames are small
 * enough to be sent eagerly by any MPI; the root never waits in a send of a payload, because the
 * worker may be waiting in one of its own. Messages between two ranks stay in order, so nothing
 * else tells what belongs together. All ranks run the same program on machines of the same kind:
 * numbers travel as they lie in memory. */
#ifndef MPP_FRAME_H
#define MPP_FRAME_H

#include <mp.h>
#include <stdint.h>

#include "pool/address.h"
#include "pool/shared.h"

enum { MPP_FRAME_BYTES = 2048 };

enum mpp_tag { MPP_TAG_FRAME = 1, MPP_TAG_PAYLOAD, MPP_TAG_FAILURES, MPP_TAG_WAKE, MPP_TAG_STOP };

enum mpp_frame_kind {
    MPP_HELLO = 1,
    MPP_COPY,
    MPP_READY,
    MPP_DEFINE,
    MPP_CHUNK,
    MPP_RESULT,
    MPP_REFUSAL,
    MPP_END,
    MPP_BYE
};

/* Every frame begins with these. */
struct mpp_head {
    uint32_t kind;
    uint32_t payload_bytes_low; /* see mpp_payload_bytes */
    uint32_t payload_bytes_high;
    uint32_t definition;        /* define, chunk */
};

struct mpp_hello {
    struct mpp_head head; /* the payload is the argument, unless that is shared */
    struct mpp_shared_name shared;
    struct mpp_address initializer;
    struct mpp_address finalizer;
    int32_t has_initializer;
    int32_t has_finalizer;
    int32_t rank;         /* the worker's, for mp_task_rank */
    int32_t cpu_budget;   /* how many CPUs it may use */
};

enum { MPP_READY_NO_MEMORY = MP_ERROR_COUNT }; /* for the argument */

struct mpp_ready {
    struct mpp_head head;
    int64_t pid;
    int32_t error;        /* an mp error kind, MPP_READY_NO_MEMORY, or -1 when all is well */
    int32_t code;         /* what the initializer returned */
    char host[64];        /* whose number pid is */
};

struct mpp_define {
    struct mpp_head head;
    struct mpp_address function;
    uint64_t output_bytes;
    int32_t stop_on_failure;
};

struct mpp_chunk_frame {
    struct mpp_head head; /* the payload is the inputs */
    int64_t first;
    uint32_t count;
    uint32_t attempt;
};

struct mpp_result_frame {
    struct mpp_head head; /* the payload is the outputs */
    uint64_t elapsed_ns;
    uint32_t begun_count;
    uint32_t failure_count; /* of which a message MPP_TAG_FAILURES follows when there are any */
};

struct mpp_end {
    struct mpp_head head;
    int32_t was_stopped; /* a message MPP_TAG_STOP was sent before */
};

static inline struct mpp_head mpp_head(enum mpp_frame_kind kind, uint64_t payload_bytes)
{
    return (struct mpp_head){.kind = kind,
                             .payload_bytes_low = (uint32_t)payload_bytes,
                             .payload_bytes_high = (uint32_t)(payload_bytes >> 32)};
}

static inline uint64_t mpp_payload_bytes(const struct mpp_head *head)
{
    return head->payload_bytes_low | (uint64_t)head->payload_bytes_high << 32;
}

#endif
