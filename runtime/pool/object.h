/* SPDX-License-Identifier: BSD-3-Clause */
/* What queues, locks and shared values have in common: an object lives at its home rank, and the
 * other members of its communicator call it there.
 *
 * Life of a call. The caller makes a waiter and a ticket: who it is, and what it wants. At home the
 * ticket goes straight to the object's class; elsewhere it travels in a message. The class answers
 * it at once, or lets it wait in a line and answers it later. The answer fills in the waiter and
 * wakes it. Every ticket is answered exactly once, so that its token may be the waiter's address:
 *
 *     the caller's time is up   it cancels, and waits for the answer all the same: home answers a
 *                               ticket that still waits with "time is up"; where the answer was on
 *                               its way already, that stands, and what it brings is not lost
 *     the caller dies           home hears of it and drops its tickets
 *     home dies                 the caller hears of it, which is its answer
 *
 * Ownership. All state of all objects, at home and elsewhere, belongs to whoever holds
 * mpp_sync_lock(). Classes are called with it held and never block. Messages between two ranks are
 * taken in in order. */
#ifndef MPP_OBJECT_H
#define MPP_OBJECT_H

#include <mp.h>

#include "pool/service.h"

/* Results of calls, as they travel: error classes have different numbers in different processes. */
enum {
    MPP_OK = 0,
    MPP_NO_MEMORY = -1
    /* 1 + enum mp_error */
};

#define MPP_RESULT(kind) (1 + (kind))

/* A call, while its caller waits. */
struct mpp_ticket {
    struct mpp_ticket *next;
    uint64_t token;     /* the caller's waiter */
    int64_t value;      /* argument */
    int32_t rank;       /* of the caller */
    uint16_t operation; /* the class's own number */
    int16_t result;     /* what it is to be answered in the end */
};

/* Tickets in order; zero is empty. */
struct mpp_line {
    struct mpp_ticket *first;
    struct mpp_ticket *last;
};

struct mpp_object;

struct mpp_class {
    const char *name;

    /* At home: answers the ticket, or lines a copy of it up. The data are the caller's. */
    void (*serve)(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes);

    /* At home: a waiting ticket's time is up; it was taken out of `waiting` and belongs to this
     * function. Null: it is answered so. */
    void (*give_up)(struct mpp_object *object, struct mpp_ticket *ticket);

    /* At home: a member has died; its tickets in `waiting` are gone already. May be null. */
    void (*bury)(struct mpp_object *object, int rank);

    /* A message of the class's own. Null: it has none. */
    void (*hear)(struct mpp_object *object, int source, const struct mpp_message *message,
                 const void *data);

    /* Sends what was held back. Null: never holds anything back. */
    void (*flush)(struct mpp_object *object);
};

struct mpp_object {
    const struct mpp_class *class;
    struct mpp_channel *channel;
    uint32_t id;            /* the same in all members */
    int rank;
    int home;
    int home_died;
    int is_due;             /* holds something back */
    int dead_count;         /* at home: members that died before they left */
    struct mpp_line leaving; /* at home: members in mpp_object_close() */
    struct mpp_line waiting;
};

/* Opens the channel for an object that is to be made, and checks where its
 * handle goes and its home. */
int mpp_object_prepare(MPI_Comm comm, int home, const void *place, struct mpp_channel **channel,
                       const char *function);

/* Makes an object known to all members of the channel, collectively; `facts` are numbers that must
 * be the same in all of them. A rank without memory for its part passes a null object or is_able =
 * 0: when one does, or the facts differ, all of them fail. Calls come from now on, until
 * mpp_object_close(). Takes over the caller's reference of the channel, in failure too. */
int mpp_object_open(struct mpp_object *object, const struct mpp_class *class,
                    struct mpp_channel *channel, int home, const int64_t *facts, int fact_count,
                    int is_able, const char *function);

/* Waits for all members that live, at home, and takes the object from their tables: nothing
 * comes for it any more. */
int mpp_object_close(struct mpp_object *object, const char *function);

/* ---- calling; takes the lock ---- */

struct mpp_call {
    uint16_t operation;
    int64_t value;    /* argument */
    const void *data; /* and more of it */
    size_t bytes;
    void *answer;     /* room for the answer's data */
    size_t room;
    double timeout;
    size_t answer_bytes; /* results */
    int64_t answer_value;
};

/* Calls the object at its home and waits for the answer. Returns the result as it travels. The
 * variants: with the lock held already, which is let go of while waiting. */
int mpp_object_call(struct mpp_object *object, struct mpp_call *call);
int mpp_object_call_locked(struct mpp_object *object, struct mpp_call *call);

/* The error of a result: keeps the text. */
int mpp_object_error(const struct mpp_object *object, int result, const char *function);

/* ---- for classes; the lock is held ---- */

/* Answers a call. The data are copied. */
void mpp_answer(struct mpp_object *object, const struct mpp_ticket *ticket, int result,
                int64_t value, const void *data, size_t bytes);

/* Lets a copy of the ticket wait at the end of a line. Returns whether it does: without
 * memory it is answered so. */
int mpp_line_up(struct mpp_object *object, struct mpp_line *line, const struct mpp_ticket *ticket);

/* Puts a ticket that was taken out of a line at the end of another. */
void mpp_line_append(struct mpp_line *line, struct mpp_ticket *ticket);

/* The first one, out of the line, to be freed with free(); or null. */
struct mpp_ticket *mpp_line_take(struct mpp_line *line);

/* Answers all who wait in the line. */
void mpp_line_answer_all(struct mpp_object *object, struct mpp_line *line, int result);

/* Forgets the tickets of a rank that has died. */
void mpp_line_bury(struct mpp_line *line, int rank);

/* Sends a message of the class's own. Returns MPI's error. */
int mpp_tell(struct mpp_object *object, int rank, const struct mpp_message *message,
             const void *data);

/* Something is held back: the service flushes it soon, when nobody does so before. */
void mpp_object_hold(struct mpp_object *object);

/* ---- what the service hands on ---- */

void mpp_object_take(struct mpp_channel *channel, int source, const struct mpp_message *message,
                     const void *data);
void mpp_object_bury(struct mpp_object *object, int rank);

/* A number of the calling thread, never 0. */
uint64_t mpp_thread_number(void);

#endif
