/* SPDX-License-Identifier: BSD-3-Clause */
/* A remote worker as the root sees it: what it was given, what it answers, and what happens when it
 * dies. Called with the pool's lock held. */
#ifndef MPP_LINK_H
#define MPP_LINK_H

#include <mpi.h>
#include <stdint.h>

#include "pool/buffer.h"
#include "pool/frame.h"
#include "pool/work.h"

enum { MPP_LINK_CHUNKS = 16 };

enum mpp_link_state {
    MPP_LINK_STARTING, /* has been greeted */
    MPP_LINK_READY,    /* takes tasks */
    MPP_LINK_ENDING,   /* was told to end */
    MPP_LINK_GONE      /* ended, or dead: nothing comes from it any more */
};

/* A chunk that the worker has. */
struct mpp_sent {
    struct mpp_chunk chunk;
    MPI_Request payload;       /* its inputs, on their way */
    struct mpp_buffer scratch; /* where they lie, when they had to be put together */
};

struct mpp_link {
    struct mp_pool *pool;
    MPI_Request *receive; /* of its next frame */
    MPI_Comm comm;        /* where it is `rank` */
    int rank;
    int number;           /* its rank as tasks see it */
    int is_spawned;       /* comm is an intercommunicator of its own */
    enum mpp_link_state state;
    int ready_error;      /* what it said of its initializer: an mp error kind, or -1 */
    int ready_code;
    int64_t pid;          /* on this host; 0: it is on another */
    int is_overdue;       /* was ended because a task took too long */
    int is_stopped;       /* was told to begin nothing more */

    int definition_count; /* that it has been told */
    struct mpp_sent chunks[MPP_LINK_CHUNKS]; /* under way, in order; a ring */
    int chunk_first;
    int chunk_count;
    int64_t under_way;    /* tasks in them */
    int64_t done_count;
    uint64_t busy_since_ns; /* when it began the first of them, at the earliest */

    struct mpp_buffer scratch;
    char frame[MPP_FRAME_BYTES] __attribute__((aligned(16)));
};

/* Greets a worker. Returns MPI's error. */
int mpp_link_open(struct mpp_link *link, struct mp_pool *pool, MPI_Request *receive, MPI_Comm comm,
                  int rank, int number, int is_spawned);

/* Gives it chunks, as many as it should have. Returns whether it got any. */
int mpp_link_feed(struct mpp_link *link);

/* Its next frame has been received with this error (or success): takes it in. */
void mpp_link_take(struct mpp_link *link, int error);

/* Ends its process when its task has taken longer than its work allows. */
void mpp_link_check_time(struct mpp_link *link, uint64_t now_ns);

/* Tells it to begin nothing more of what it has; the chunks come back undone. */
void mpp_link_stop(struct mpp_link *link);

/* Tells it to end; it says goodbye when it has. */
void mpp_link_end(struct mpp_link *link);

/* Ends its process now, where that is possible. Returns whether it is. */
int mpp_link_kill(struct mpp_link *link);

void mpp_link_free(struct mpp_link *link);

#endif
