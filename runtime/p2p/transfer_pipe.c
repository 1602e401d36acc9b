/* SPDX-License-Identifier: BSD-3-Clause */
/* The PIPE path: the sender maps its pages into the receiver's pipe (vmsplice), the receiver reads
 * them into place. One copy, and no permission is needed but that to use a pipe one has inherited.
 *
 * mprun makes the pipes, one for each rank to receive from, when this path is asked for. A pipe
 * carries the bytes of one transfer at a time: the receiver accepts the next one only when it has
 * read the last byte, so that no header is needed within the pipe.
 *
 * Both ends run on the I/O engine: the receiver submits a read straight into the user's buffer, the
 * sender polls for room and then splices. An operation of the engine does not ring the doorbell of
 * its own process, so each side rings the other's after it has put something into the pipe or taken
 * something out; a rank thus sleeps in one place only. The pages in the pipe are the sender's own,
 * which is why its send completes at DONE and not before.
 *
 * io_uring completes an operation within the thread that submitted it. When that thread is busy
 * elsewhere, another one may be rung, look, find nothing and sleep on: so where several threads
 * call, the engine is the one on plain system calls, which looks at the pipe itself.
 *
 * Falling back: a sender that cannot splice (seccomp) sends chunks although PIPE was accepted. The
 * first chunk tells the receiver, whose read has not seen a byte, to give the pipe up.
 *
 * When one side dies, or a death ends the collective that a transfer belongs to, the transfer is
 * given up. A receiver whose pipe may hold a part of it never uses that pipe again; a sender whose
 * pages lie in the pipe of a dead receiver need not care, since nobody will read them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/engine.h"
#include "base/lock.h"
#include "p2p/peer.h"
#include "p2p/transfer.h"
#include "p2p/transfer_path.h"
#include "shm/job.h"

enum { ENGINE_OPS = 8, COMPLETIONS_PER_PASS = 8, READ_MAX_BYTES = 1 << 30 };

static struct mpr_engine *engine;
static bool is_broken; /* no engine, or vmsplice is forbidden */
static int completed;  /* operations since the pass began */

/* Receiving: one transfer reads, others wait for the pipe. */
static struct mpr_request *reader;
static struct mpr_engine_op read_op;
static struct mpr_list waiting_for_pipe;

/* Sending: each transfer has an operation of its own, for as long as it has the receiver's pipe. */
struct sender {
    struct mpr_list link;
    struct mpr_engine_op poll_op;
    struct mpr_request *request;
};
static struct mpr_list senders; /* in use */
static struct mpr_list idle_senders;

static void start_next_reader(void);

void mpr_pipe_start(void)
{
    mpr_list_init(&waiting_for_pipe);
    mpr_list_init(&senders);
    mpr_list_init(&idle_senders);
}

static bool engine_is_there(void)
{
    if (engine == NULL && !is_broken) {
        enum mpr_engine_choice choice = mpr_callers_may_change
                                            ? MPR_ENGINE_SYNC
                                            : (enum mpr_engine_choice)mpr_tunables.engine;
        is_broken = mpr_engine_create(&engine, choice, ENGINE_OPS) != 0;
    }
    return engine != NULL;
}

void mpr_pipe_stop(void)
{
    struct mpr_list *link;
    struct mpr_list *next;

    mpr_engine_destroy(engine);
    engine = NULL;
    mpr_list_each(link, next, &idle_senders) {
        mpr_list_remove(link);
        free(mpr_list_entry(link, struct sender, link));
    }
}

bool mpr_pipe_is_there(void)
{
    return !is_broken && mpr_job.control->pipe_read_fd >= 0 && engine_is_there();
}

/* ---- Receiving ---------------------------------------------------------------------------- */

static void read_more(void)
{
    MPI_Count left = reader->message_bytes - reader->position;
    size_t bytes = left < READ_MAX_BYTES ? (size_t)left : READ_MAX_BYTES;
    mpr_engine_read(engine, &read_op, mpr_job.control->pipe_read_fd,
                    (char *)reader->buffer + reader->position, bytes);
}

static void read_completed(struct mpr_engine_op *op, int result)
{
    struct mpr_request *request = reader;

    (void)op;
    completed++;
    if (request == NULL) { // abandoned or given up, and now cancelled
        start_next_reader();
        return;
    }
    if (result > 0) {
        request->position += result;
        mpr_doorbell_ring(mpr_peers[request->peer].control);
    }
    if (request->position < request->message_bytes) {
        read_more();
        return;
    }
    reader = NULL;
    mpr_transfer_finish_receive(request);
    start_next_reader();
}

static struct mpr_request *take_waiting(void)
{
    struct mpr_list *link = waiting_for_pipe.next;
    mpr_list_remove(link);
    return mpr_list_entry(link, struct mpr_request, peer_link);
}

static void start_next_reader(void)
{
    while (is_broken && !mpr_list_is_empty(&waiting_for_pipe)) {
        mpr_transfer_accept(take_waiting(), MPR_PATH_CHUNK);
    }
    if (mpr_list_is_empty(&waiting_for_pipe)) {
        return;
    }
    reader = take_waiting();
    mpr_transfer_accept(reader, MPR_PATH_PIPE);
    read_op.complete = read_completed;
    read_more();
}

void mpr_pipe_receive(struct mpr_request *request)
{
    mpr_list_append(&waiting_for_pipe, &request->peer_link);
    if (reader == NULL && !mpr_engine_op_is_active(&read_op)) {
        start_next_reader();
    }
}

void mpr_pipe_abandon(struct mpr_request *request)
{
    request->path = MPR_PATH_CHUNK;
    reader = NULL;
    is_broken = true;
    mpr_engine_cancel(engine, &read_op);
}

/* Waits until the kernel does not write to the reader's buffer any more. What is left in the pipe
 * has no reader: it is not used again, and those who have waited for it go another way. */
static void stop_reading(void)
{
    reader = NULL;
    is_broken = true;
    mpr_engine_cancel(engine, &read_op);
    while (mpr_engine_op_is_active(&read_op)) {
        mpr_engine_run(engine, MPR_ENGINE_FOREVER, COMPLETIONS_PER_PASS);
    }
}

void mpr_pipe_give_up(struct mpr_request *request)
{
    struct mpr_list *link;
    struct mpr_list *next;

    if (request == reader) {
        stop_reading();
        return;
    }
    mpr_list_each(link, next, &senders) {
        struct sender *sender = mpr_list_entry(link, struct sender, link);
        if (sender->request == request) {
            sender->request = NULL; // retires when the engine has given its operation back
            mpr_engine_cancel(engine, &sender->poll_op);
        }
    }
}

/* ---- Sending ------------------------------------------------------------------------------ */

static void retire(struct sender *sender)
{
    mpr_list_remove(&sender->link);
    mpr_list_append(&idle_senders, &sender->link);
}

static void fall_back(struct mpr_request *request)
{
    is_broken = true;
    request->path = MPR_PATH_CHUNK;
    mpr_transfer_activate(request);
}

/* Puts into the pipe what fits now. Returns 0 or a negative errno (-EAGAIN: the pipe is full). */
static int splice_some(struct mpr_request *request)
{
    const struct mpr_rank_control *control = mpr_peers[request->peer].control;
    MPI_Count left = request->bytes - request->position;
    struct iovec part = {(char *)request->buffer + request->position,
                         left < READ_MAX_BYTES ? (size_t)left : READ_MAX_BYTES};
    ssize_t bytes = vmsplice(control->pipe_write_fd, &part, 1, SPLICE_F_NONBLOCK);

    if (bytes < 0) {
        return -errno;
    }
    request->position += bytes;
    return 0;
}

/* Fills the pipe and waits for room again, until the last byte is in it. */
static void splice_on(struct sender *sender)
{
    struct mpr_request *request = sender->request;
    struct mpr_rank_control *control = mpr_peers[request->peer].control;
    int code = 0;

    while (request->position < request->bytes && code == 0) {
        code = splice_some(request);
    }
    if (code != 0 && code != -EAGAIN && code != -EINTR) {
        retire(sender);
        fall_back(request);
        return;
    }
    mpr_doorbell_ring(control);
    if (request->position == request->bytes) {
        retire(sender); // the request completes when the receiver says DONE
        return;
    }
    mpr_engine_poll(engine, &sender->poll_op, control->pipe_write_fd, POLLOUT);
}

static void room_in_pipe(struct mpr_engine_op *op, int result)
{
    struct sender *sender = mpr_container_of(op, struct sender, poll_op);

    (void)result;
    completed++;
    if (sender->request == NULL) {
        retire(sender);
    } else {
        splice_on(sender);
    }
}

static struct sender *take_sender(void)
{
    if (!mpr_list_is_empty(&idle_senders)) {
        struct mpr_list *link = idle_senders.next;
        mpr_list_remove(link);
        return mpr_list_entry(link, struct sender, link);
    }
    struct sender *sender = calloc(1, sizeof(*sender));
    if (sender != NULL) {
        sender->poll_op.complete = room_in_pipe;
    }
    return sender;
}

void mpr_pipe_send(struct mpr_request *request)
{
    struct sender *sender = engine_is_there() ? take_sender() : NULL;

    if (sender == NULL) {
        fall_back(request);
        return;
    }
    sender->request = request;
    mpr_list_append(&senders, &sender->link);
    splice_on(sender);
}

int mpr_pipe_progress(void)
{
    completed = 0;
    if (engine != NULL &&
        (mpr_engine_op_is_active(&read_op) || !mpr_list_is_empty(&senders))) {
        mpr_engine_run(engine, 0, COMPLETIONS_PER_PASS);
    }
    return completed;
}
