/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes: a communicator of two, and messages sent straight through it.
 *
 * Frames. A message travels as a frame, its length and then itself, so that the receiver can have a
 * receive posted without knowing what comes: that is twice as quick as to probe first and receive
 * then. Of a message that is too long for a frame the length goes alone, and the message right
 * behind it, received straight into its place. A frame that was received stays in the pipe until
 * somebody has room for its message; a receive that was posted in vain stays for the next call.
 *
 * Flow. The receiver tells the sender of every CREDIT_COUNT messages that it has taken; a sender
 * that is WINDOW_COUNT ahead waits for that. So what is on its way is bounded, and the receiver's
 * answer costs a small part of a message.
 *
 * End. Closing says so twice: by a last frame, which a receiver meets when all data before it are
 * received, and which stays; and by END, which a sender looks for before it sends, and which stays
 * unreceived until the pipe is freed. The communicator is kept until the other end's have come as
 * well, because messages may still be on their way; pipes that were closed here alone are looked
 * after by later calls, which give no credit any more: the sender has END. In MPI_Finalize all
 * pipes are closed, and wait for that.
 *
 * Death of either end: MPI tells the other, after what had been sent is received. */
#include <mp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool/attribute.h"
#include "pool/clock.h"
#include "pool/error.h"
#include "pool/service.h"

enum {
    TAG_FRAME,
    TAG_LONG, /* a message, right behind its frame */
    TAG_CREDIT,
    TAG_END,
    TAG_CREATE = 0x6d70,
    CREDIT_COUNT = 512,
    WINDOW_COUNT = 2 * CREDIT_COUNT,
    FRAME_BYTES = 2048, /* that any MPI sends at once */
    SPIN_STEPS = 64,    /* looks between two at the clock */
    SPIN_NS = 50000,
    NAP_NS = 50000
};

static const char create_name[] = "mp_pipe_create";

struct frame {
    uint64_t bytes; /* of the message; or END_OF_FILE */
    char message[FRAME_BYTES - sizeof(uint64_t)];
};

#define END_OF_FILE UINT64_MAX

struct mp_pipe {
    struct mp_pipe *next; /* of all pipes */
    MPI_Comm comm;
    MPI_Comm user_comm;
    int peer;
    int can_send;
    int can_receive;
    int can_sleep_inside; /* a receive that waits costs no CPU */
    int is_closed;        /* here */
    int peer_died;

    pthread_mutex_t sending;
    int64_t ahead;        /* messages that the other end has not told of */

    pthread_mutex_t receiving;
    int64_t taken;        /* messages that we have not told of */
    MPI_Request receive;  /* of the next frame, when that is posted */
    int has_frame;        /* that nobody has taken */
    struct frame frame;
};

static pthread_mutex_t pipes_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mp_pipe *pipes;
static int is_finalize_known;

/* ---- messages ---- */

static int probe(const struct mp_pipe *pipe, int tag, int *is_there)
{
    *is_there = 0;
    return MPI_Iprobe(pipe->peer, tag, pipe->comm, is_there, MPI_STATUS_IGNORE);
}

static void nap(uint64_t deadline_ns)
{
    uint64_t now_ns = mpp_now_ns();
    uint64_t nap_ns =
        deadline_ns > now_ns && deadline_ns - now_ns < NAP_NS ? deadline_ns - now_ns : NAP_NS;
    struct timespec time = {.tv_nsec = (long)nap_ns};
    nanosleep(&time, NULL);
}

static int has_spun_enough(uint64_t *since_ns)
{
    uint64_t now_ns = mpp_now_ns();
    *since_ns = *since_ns ? *since_ns : now_ns;
    return now_ns - *since_ns >= SPIN_NS;
}

/* Takes in what the other end has told of its receives. */
static int take_credit(struct mp_pipe *pipe)
{
    int is_there = 1;
    int error = MPI_SUCCESS;
    while (!error && is_there) {
        error = probe(pipe, TAG_CREDIT, &is_there);
        if (!error && is_there) {
            error =
                MPI_Recv(NULL, 0, MPI_BYTE, pipe->peer, TAG_CREDIT, pipe->comm, MPI_STATUS_IGNORE);
            pipe->ahead -= CREDIT_COUNT;
        }
    }
    return error;
}

static int is_long(uint64_t bytes)
{
    return bytes > sizeof((struct frame *)0)->message && bytes != END_OF_FILE;
}

static int send_message(struct mp_pipe *pipe, const void *message, uint64_t bytes)
{
    struct frame frame;
    size_t inside = bytes == END_OF_FILE || is_long(bytes) ? 0 : (size_t)bytes;
    frame.bytes = bytes;
    if (inside) {
        memcpy(frame.message, message, inside);
    }
    int error = MPI_Send(&frame, (int)(sizeof frame.bytes + inside), MPI_BYTE, pipe->peer,
                         TAG_FRAME, pipe->comm);
    if (!error && is_long(bytes)) {
        error = MPI_Send(message, (int)bytes, MPI_BYTE, pipe->peer, TAG_LONG, pipe->comm);
    }
    return error;
}

/* Waits in MPI for a frame. */
static int wait_inside(struct mp_pipe *pipe)
{
    int error = pipe->receive != MPI_REQUEST_NULL
                    ? MPI_Wait(&pipe->receive, MPI_STATUS_IGNORE)
                    : MPI_Recv(&pipe->frame, FRAME_BYTES, MPI_BYTE, pipe->peer, TAG_FRAME,
                               pipe->comm, MPI_STATUS_IGNORE);
    pipe->has_frame = !error;
    return error;
}

/* Looks a few times whether a frame has come. */
static int look(struct mp_pipe *pipe)
{
    int error = MPI_SUCCESS;
    if (pipe->receive == MPI_REQUEST_NULL) {
        error = MPI_Irecv(&pipe->frame, FRAME_BYTES, MPI_BYTE, pipe->peer, TAG_FRAME, pipe->comm,
                          &pipe->receive);
    }
    for (int step = 0; step < SPIN_STEPS && !error && !pipe->has_frame; step++) {
        error = MPI_Test(&pipe->receive, &pipe->has_frame, MPI_STATUS_IGNORE);
    }
    pipe->has_frame &= !error;
    return error;
}

/* Waits for a frame; there is none when the time is up. */
static int wait_for_frame(struct mp_pipe *pipe, uint64_t deadline_ns)
{
    uint64_t since_ns = 0;
    if (pipe->has_frame) {
        return MPI_SUCCESS;
    }
    if (deadline_ns == MPP_NEVER && pipe->can_sleep_inside) {
        return wait_inside(pipe);
    }
    int error = look(pipe);
    while (!error && !pipe->has_frame && !mpp_is_past(deadline_ns)) {
        if (has_spun_enough(&since_ns)) {
            nap(deadline_ns);
        }
        error = look(pipe);
    }
    return error;
}

/* Takes the message of the frame, which is not the end, into a place with room for it. */
static int take_message(struct mp_pipe *pipe, void *place)
{
    uint64_t bytes = pipe->frame.bytes;
    pipe->has_frame = 0;
    if (is_long(bytes)) {
        return MPI_Recv(place, (int)bytes, MPI_BYTE, pipe->peer, TAG_LONG, pipe->comm,
                        MPI_STATUS_IGNORE);
    }
    if (bytes) {
        memcpy(place, pipe->frame.message, (size_t)bytes);
    }
    return MPI_SUCCESS;
}

static int give_credit(struct mp_pipe *pipe)
{
    if (++pipe->taken < CREDIT_COUNT) {
        return MPI_SUCCESS;
    }
    pipe->taken = 0;
    return MPI_Send(NULL, 0, MPI_BYTE, pipe->peer, TAG_CREDIT, pipe->comm);
}

/* ---- life ---- */

static int is_at_end(const struct mp_pipe *pipe)
{
    return pipe->has_frame && pipe->frame.bytes == END_OF_FILE;
}

/* Receives and forgets a message. Without memory for it, it stays. Returns whether it did not. */
static int drop_message(struct mp_pipe *pipe)
{
    char *place = malloc(is_long(pipe->frame.bytes) ? (size_t)pipe->frame.bytes : FRAME_BYTES);
    if (place) {
        pipe->peer_died = take_message(pipe, place) != MPI_SUCCESS;
        free(place);
    }
    return place != NULL;
}

/* Drops what comes for a pipe that is closed here. Returns whether nothing comes any more. */
static int drain(struct mp_pipe *pipe)
{
    while (!pipe->peer_died && !is_at_end(pipe)) {
        if (!pipe->has_frame) {
            pipe->peer_died = look(pipe) != MPI_SUCCESS;
        }
        if (!pipe->peer_died && (!pipe->has_frame || (!is_at_end(pipe) && !drop_message(pipe)))) {
            return 0;
        }
    }
    return 1;
}

static void free_pipe(struct mp_pipe *pipe)
{
    if (!pipe->peer_died && !take_credit(pipe)) {
        MPI_Recv(NULL, 0, MPI_BYTE, pipe->peer, TAG_END, pipe->comm, MPI_STATUS_IGNORE);
    }
    MPI_Comm_free(&pipe->comm);
    pthread_mutex_destroy(&pipe->sending);
    pthread_mutex_destroy(&pipe->receiving);
    free(pipe);
}

/* Frees the pipes that are closed at both ends. The lock is held. */
static void reap(void)
{
    struct mp_pipe **link = &pipes;
    while (*link) {
        struct mp_pipe *pipe = *link;
        if (pipe->is_closed && drain(pipe)) {
            *link = pipe->next;
            free_pipe(pipe);
        } else {
            link = &pipe->next;
        }
    }
}

static void close_end(struct mp_pipe *pipe)
{
    if (!pipe->is_closed) {
        send_message(pipe, NULL, END_OF_FILE);
        MPI_Send(NULL, 0, MPI_BYTE, pipe->peer, TAG_END, pipe->comm);
        pipe->is_closed = 1;
    }
}

/* Called by MPI_Finalize, in all ranks. */
static int close_all(MPI_Comm comm, int key, void *value, void *state)
{
    (void)comm;
    (void)key;
    (void)value;
    (void)state;
    pthread_mutex_lock(&pipes_lock);
    for (struct mp_pipe *pipe = pipes; pipe; pipe = pipe->next) {
        close_end(pipe);
    }
    while (pipes) {
        reap();
    }
    pthread_mutex_unlock(&pipes_lock);
    return MPI_SUCCESS;
}

static int make_comm(MPI_Comm comm, int a, int b, MPI_Comm *made)
{
    MPI_Group all;
    MPI_Group two;
    int ranks[] = {a, b};
    int error = MPI_Comm_group(comm, &all);
    if (error) {
        return error;
    }
    error = MPI_Group_incl(all, 2, ranks, &two);
    MPI_Group_free(&all);
    if (error) {
        return error;
    }
    error = MPI_Comm_create_group(comm, two, TAG_CREATE, made);
    MPI_Group_free(&two);
    return error ? error : MPI_Comm_set_errhandler(*made, MPI_ERRORS_RETURN);
}

/* Enters it among all pipes, and makes it ready. */
static int start(struct mp_pipe *pipe)
{
    pthread_mutex_init(&pipe->sending, NULL);
    pthread_mutex_init(&pipe->receiving, NULL);
    pthread_mutex_lock(&pipes_lock);
    reap();
    int error = mpp_attribute_at_finalize(close_all, &is_finalize_known);
    if (!error) {
        pipe->next = pipes;
        pipes = pipe;
    }
    pthread_mutex_unlock(&pipes_lock);
    return error;
}

/* Checks the ends; *rank is ours in comm. */
static int check_ends(MPI_Comm comm, int a, int b, const void *place, int *rank)
{
    int size = 0;
    int error = mpp_error_start();
    if (error) {
        return error;
    }
    if (comm == MPI_COMM_NULL) {
        return mpp_misuse(MP_ERROR_MEMBER, comm, create_name,
                          "the communicator is MPI_COMM_NULL: this rank is not a member");
    }
    if (MPI_Comm_rank(comm, rank) || MPI_Comm_size(comm, &size)) {
        return MPI_ERR_COMM;
    }
    if (!place || a < 0 || b < 0 || a >= size || b >= size || a == b) {
        return mpp_bad_argument(
            comm, create_name,
            "ends %d and %d of a communicator of %d: two different ranks, please, and a "
            "place for the pipe; threads of one rank can use a queue",
            a, b, size);
    }
    if (*rank != a && *rank != b) {
        return mpp_misuse(MP_ERROR_MEMBER, comm, create_name,
                          "rank %d is none of the ends %d and %d: only they call this", *rank, a,
                          b);
    }
    return MPI_SUCCESS;
}

int mp_pipe_create(MPI_Comm comm, int a, int b, int duplex, mp_pipe **pipe)
{
    int rank = 0;
    int error = check_ends(comm, a, b, pipe, &rank);
    if (error) {
        return error;
    }
    struct mp_pipe *made = calloc(1, sizeof *made);
    if (!made) {
        return mpp_no_memory(comm, create_name, sizeof *made);
    }
    made->user_comm = comm;
    made->peer = rank == a;
    made->can_send = duplex || rank == a;
    made->can_receive = duplex || rank == b;
    made->can_sleep_inside = mpp_can_sleep_inside();
    made->receive = MPI_REQUEST_NULL;
    error = make_comm(comm, a, b, &made->comm);
    error = error ? error : start(made);
    if (error) {
        free(made);
        return mpp_from_mpi(error, create_name);
    }
    *pipe = made;
    return MPI_SUCCESS;
}

int mp_pipe_close(mp_pipe **pipe)
{
    if (!pipe || !*pipe) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the pipe is a null pointer");
    }
    pthread_mutex_lock(&pipes_lock);
    close_end(*pipe);
    reap();
    pthread_mutex_unlock(&pipes_lock);
    *pipe = NULL;
    return MPI_SUCCESS;
}

/* ---- use ---- */

static int closed(const char *function)
{
    return mpp_state(MP_ERROR_CLOSED, function, "the other end of the pipe is closed");
}

/* Whether the other end is closed; waits while we are too far ahead of it. */
static int prepare_to_send(struct mp_pipe *pipe, int *is_end)
{
    uint64_t since_ns = 0;
    int error = probe(pipe, TAG_END, is_end);
    while (!error && !*is_end && pipe->ahead >= WINDOW_COUNT) {
        error = take_credit(pipe);
        if (!error && pipe->ahead >= WINDOW_COUNT) {
            error = probe(pipe, TAG_END, is_end);
            if (has_spun_enough(&since_ns)) {
                nap(MPP_NEVER);
            }
        }
    }
    return error;
}

int mp_pipe_send(mp_pipe *pipe, const void *data, size_t bytes)
{
    int is_end = 0;
    if (!pipe || (!data && bytes)) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__,
                                "the pipe, or the data, is a null pointer");
    }
    if (!pipe->can_send || bytes > INT32_MAX) {
        return mpp_bad_argument(pipe->user_comm, __func__,
                                pipe->can_send ? "%zu bytes: a message has up to 2 GiB"
                                               : "this end only receives (message of %zu bytes)",
                                bytes);
    }
    pthread_mutex_lock(&pipe->sending);
    int error = prepare_to_send(pipe, &is_end);
    if (!error && !is_end) {
        error = send_message(pipe, data, bytes);
        pipe->ahead++;
    }
    pthread_mutex_unlock(&pipe->sending);
    if (error) {
        return mpp_from_mpi(error, __func__);
    }
    return is_end ? closed(__func__) : MPI_SUCCESS;
}

/* The message of the frame, into the caller's place, when there is room. */
static int receive_into(struct mp_pipe *pipe, void *data, size_t room, size_t *bytes)
{
    uint64_t length = pipe->frame.bytes;
    if (bytes) {
        *bytes = (size_t)length;
    }
    if (length > room) {
        return mpp_state(MP_ERROR_SIZE, "mp_pipe_recv",
                         "the message has %llu bytes, the room %zu: it stays for a call with more",
                         (unsigned long long)length, room);
    }
    int error = take_message(pipe, data);
    error = error ? error : give_credit(pipe);
    return error ? mpp_from_mpi(error, "mp_pipe_recv") : MPI_SUCCESS;
}

static int check_receiver(const struct mp_pipe *pipe, const void *place, const char *function)
{
    if (!pipe || !place) {
        return mpp_bad_argument(MPI_COMM_NULL, function, "the pipe, or a place, is a null pointer");
    }
    return pipe->can_receive ? MPI_SUCCESS
                             : mpp_bad_argument(pipe->user_comm, function, "this end only sends");
}

int mp_pipe_recv(mp_pipe *pipe, void *data, size_t room, size_t *bytes, double timeout)
{
    int error = check_receiver(pipe, data ? data : pipe, __func__);
    if (error) {
        return error;
    }
    pthread_mutex_lock(&pipe->receiving);
    error = wait_for_frame(pipe, mpp_deadline_ns(timeout));
    if (error) {
        error = mpp_from_mpi(error, __func__);
    } else if (!pipe->has_frame) {
        error = mpp_state(MP_ERROR_TIMEOUT, __func__, "no message within %g s", timeout);
    } else {
        error = is_at_end(pipe) ? closed(__func__) : receive_into(pipe, data, room, bytes);
    }
    pthread_mutex_unlock(&pipe->receiving);
    return error;
}

int mp_pipe_poll(mp_pipe *pipe, double timeout, int *ready)
{
    int error = check_receiver(pipe, ready, __func__);
    if (error) {
        return error;
    }
    pthread_mutex_lock(&pipe->receiving);
    error = wait_for_frame(pipe, mpp_deadline_ns(timeout));
    *ready = pipe->has_frame;
    pthread_mutex_unlock(&pipe->receiving);
    return error ? mpp_from_mpi(error, __func__) : MPI_SUCCESS;
}
