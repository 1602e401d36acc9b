/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages between objects, and who takes them in.
 *
 * Channels. Each communicator that objects are made on has a twin of its own, a channel, and one
 * receive from any source posted on it. A message is a head, with up to MPP_FRAME_BYTES including
 * what follows; longer data travel in a second message right behind it.
 *
 * Polling. One thread at a time has the role of the poller, which alone may test the posted
 * receives: a thread that waits in a call; or, when nobody has polled for a millisecond or all who
 * wait have gone to sleep, the service thread, so that a rank which computes still serves what it
 * is home to. Under mprun the service thread then sleeps in MPI_Waitany and costs nothing; a thread
 * that wants the role wakes it by a message to itself. With other libraries, where a waiting thread
 * would burn a CPU, it polls with naps in between.
 *
 * Waiting. A thread that waits polls for SPIN_NS, for the sake of latency, then sleeps on a
 * condition of its own until the answer or its deadline, and leaves the polling to the service.
 *
 * Sending never blocks: a letter that MPI has not taken at once is kept in the outbox and reaped by
 * later polls; so no two ranks can wait for each other to receive.
 *
 * One lock, mpp_sync_lock(), protects everything here and in all objects. It is not held inside MPI
 * calls that may wait. The service starts with the first channel and ends in MPI_Finalize. */
#ifndef MPP_SERVICE_H
#define MPP_SERVICE_H

#include <mp.h>
#include <pthread.h>
#include <stdint.h>

struct mpp_object;

enum { MPP_FRAME_BYTES_MAX = 4096 };

/* What messages begin with. */
struct mpp_message {
    uint32_t object;
    uint16_t operation;
    int16_t result;
    uint64_t token;
    int64_t value;
    uint64_t bytes; /* of the data that follow */
};

_Static_assert(sizeof(struct mpp_message) == 32, "with 8 bytes of data it fits the smallest cell");

struct mpp_channel {
    MPI_Comm comm;
    MPI_Comm user_comm;  /* MPI_COMM_NULL once it is freed */
    int rank;
    int size;
    int reference_count; /* the communicator's, and one for each object */
    int everybody_died;  /* nothing comes any more */
    char *is_dead;       /* of each rank: its death was told */
    uint32_t slot_count;
    struct mpp_slot *slots;
    char *frame;         /* of the posted receive */
};

/* Where objects are found. All members choose the first one that is free. */
struct mpp_slot {
    struct mpp_object *object; /* null: free */
    uint32_t generation;
};

/* The channel of a communicator, made at the first use, collectively; starts the service. The
 * caller gets a reference. Errors have a text for `function`. */
int mpp_channel_open(MPI_Comm comm, struct mpp_channel **channel, const char *function);
void mpp_channel_retain(struct mpp_channel *channel);
void mpp_channel_release(struct mpp_channel *channel);

/* Enters an object, and takes it out; the lock is held. The same order of calls gives the same
 * numbers in all members. Entering returns 0 without memory. */
uint32_t mpp_channel_enter(struct mpp_channel *channel, struct mpp_object *object);
void mpp_channel_leave(struct mpp_channel *channel, uint32_t id);
struct mpp_object *mpp_channel_find(struct mpp_channel *channel, uint32_t id);

void mpp_sync_lock(void);
void mpp_sync_unlock(void);

/* ---- the following are called with the lock held ---- */

/* Sends a message with message->bytes of data, which are copied. Returns MPI's error. */
int mpp_post(struct mpp_channel *channel, int rank, const struct mpp_message *message,
             const void *data);

/* A thread that waits. Zero it, set `object` and the room for an answer. */
struct mpp_waiter {
    struct mpp_waiter *next;
    struct mpp_waiter *next_in_line; /* of an object's own */
    struct mpp_object *object;
    int is_done;
    int is_asleep;
    int result;
    int64_t value;
    void *data;
    size_t room;
    size_t bytes;
    pthread_cond_t woken; /* valid while asleep */
};

/* Lets it be found when the object's home dies. */
void mpp_waiter_enter(struct mpp_waiter *waiter);
void mpp_waiter_leave(struct mpp_waiter *waiter);

/* Waits, with the lock free meanwhile, until it is done or the deadline.
 * Returns whether it is done. */
int mpp_wait(struct mpp_waiter *waiter, uint64_t deadline_ns);

/* Marks it as done and wakes it. */
void mpp_waiter_finish(struct mpp_waiter *waiter);

/* Ends the waits of those who need the home of this object, which died. */
void mpp_waiters_bury(struct mpp_object *object, int result);

/* One poll, unless another thread does so; for callers that are quick enough never to wait. */
void mpp_poll_once(void);

/* Has the service thread leave MPI, if it sleeps there: it flushes what is due soon. */
void mpp_service_rouse(void);

/* Whether a thread that waits inside this MPI costs no CPU; needs no lock. */
int mpp_can_sleep_inside(void);

/* Waits for a request of the caller's while serving; takes and lets go of the lock itself. */
int mpp_wait_request(MPI_Request *request);

#endif
