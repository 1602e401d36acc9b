/* SPDX-License-Identifier: BSD-3-Clause */
/* Point-to-point between threads, simple enough to be trusted. */
#include "tests/unit/coll/fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/tunables.h"
#include "comm/levels.h"
#include "p2p/borrow.h"
#include "p2p/bury.h"
#include "p2p/mates.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/record.h"
#include "p2p/resend.h"
#include "p2p/send.h"
#include "p2p/wait.h"
#include "shm/job.h"

enum { RANKS_MAX = 64 };

/* A message that no receive has matched yet. */
struct message {
    struct mpr_list link;
    int source;
    int tag;
    MPI_Count bytes;
    struct mpr_request *send; /* to be completed by the receive; NULL: complete already */
    unsigned char data[];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    enum fake_sends sends;
    uint64_t random;
    unsigned generation; /* counts what has moved */
    int waiting_count;   /* ranks that wait since then */
    int running_count;   /* ranks that have not returned */
    bool deadlocked;
    bool has_slates;
    struct mpr_list messages[RANKS_MAX]; /* by receiver, in order of arrival */
    struct mpr_list receives[RANKS_MAX]; /* posted, by receiver */
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

struct rank_thread {
    pthread_t thread;
    struct mpr_comm comm;
    fake_body *body;
    const void *argument;
};

/* --- Waiting ---------------------------------------------------------------------------------- */

static void note_move(void)
{
    fake.generation++;
    fake.waiting_count = 0;
    pthread_cond_broadcast(&fake.moved);
}

static void find_deadlock(void)
{
    if (fake.running_count > 0 && fake.waiting_count == fake.running_count) {
        fake.deadlocked = true;
        pthread_cond_broadcast(&fake.moved);
    }
}

static void wait_for_move(void)
{
    unsigned generation = fake.generation;
    fake.waiting_count++;
    find_deadlock();
    while (fake.generation == generation && !fake.deadlocked) {
        pthread_cond_wait(&fake.moved, &fake.lock);
    }
}

static bool next_send_is_eager(void)
{
    fake.random = fake.random * 6364136223846793005u + 1442695040888963407u;
    return fake.sends == FAKE_SENDS_EAGER ||
           (fake.sends == FAKE_SENDS_MIXED && (fake.random >> 40) % 2 == 0);
}

/* --- Slates ----------------------------------------------------------------------------------- */

/* Crowded, so that nobody spins: the threads take turns. */
static struct mpr_segment_header header = {.cpus_usable = 1, .crowded = 1};

/* All doorbells are armed, so that whoever rings is heard of here. */
static struct mpr_rank_control controls[RANKS_MAX];
static struct mpr_peer peers[RANKS_MAX];
static int world_ranks[RANKS_MAX];
static MPR_ALIGNED(4096) unsigned char
    slate_memory[sizeof(struct mpr_slate_memory) + RANKS_MAX * sizeof(struct mpr_slate_member)];

struct mpr_peer *mpr_peers = peers;
bool mpr_doorbell_needs_fence;

void mpr_doorbell_wake(struct mpr_rank_control *control)
{
    (void)control;
    note_move();
}

struct mpr_wait mpr_wait_begin_for(bool (*has_come)(void *state), void *state)
{
    return (struct mpr_wait){.has_come = has_come, .state = state};
}

bool mpr_wait_give_way(void)
{
    return false;
}

/* Threads have no CPUs that they know. */
void mpr_mates_tell_cpu(void)
{
}

bool mpr_mates_are_few(void)
{
    return false;
}

int mpr_mates_count(void)
{
    return 1;
}

bool mpr_mates_include(const struct mpr_rank_control *control)
{
    (void)control;
    return false;
}

/* Whoever waits has written before, which others may wait for. Nothing but a death ends such a
 * wait: so a deadlock is the end of the test. */
void mpr_wait_step(struct mpr_wait *wait)
{
    if (wait->idle_steps++ == 0) {
        note_move();
    }
    if (!wait->has_come(wait->state)) {
        wait_for_move();
    }
    if (fake.deadlocked) {
        fprintf(stderr, "deadlock on a slate\n");
        abort();
    }
}

void mpr_wait_end(struct mpr_wait *wait)
{
    (void)wait;
}

/* The threads read in each other's memory. What could wait for its receive may be lent. */
bool mpr_window_is_used;

uint64_t mpr_window_offset(const void *address, uint64_t bytes)
{
    (void)address;
    (void)bytes;
    return MPR_WINDOW_NOWHERE;
}

bool mpr_window_open(uint32_t slot)
{
    (void)slot;
    return true;
}

void mpr_resend_forget(const void *buffer, uint64_t bytes)
{
    (void)buffer;
    (void)bytes;
}

uint64_t mpr_record_place(const void *buffer, MPI_Count bytes, const struct mpr_type *type)
{
    return bytes > 0 && type->contiguous && !next_send_is_eager() ? (uint64_t)(uintptr_t)buffer
                                                                  : MPR_WINDOW_NOWHERE;
}

const unsigned char *mpr_window_find(uint32_t slot, uint64_t offset, uint64_t bytes)
{
    (void)slot;
    (void)bytes;
    return (const unsigned char *)(uintptr_t)offset;
}

uint32_t mpr_deaths_heard;

/* Nobody dies. */
int mpr_bury(void)
{
    return 0;
}

/* No two runs have the same context, so that each finds there what the one before has left. */
static void give_slate(struct mpr_comm *comm)
{
    static uint64_t context;

    if (fake.has_slates && mpr_slate_suits(comm->size)) {
        context += comm->rank == 0;
        comm->slate.memory = (struct mpr_slate_memory *)slate_memory;
        comm->slate.mark = context << 32;
    }
}

static void slates_start(void)
{
    mpr_job.control = &controls[0];
    mpr_job.segment.header = &header;
    for (int rank = 0; rank < RANKS_MAX; rank++) {
        world_ranks[rank] = rank;
        peers[rank].control = &controls[rank];
        atomic_store(&controls[rank].doorbell, 1);
    }
}

/* --- Messages --------------------------------------------------------------------------------- */

static void complete(struct mpr_request *request, int error)
{
    mpr_request_complete(request, error);
    note_move();
}

/* What a send still waits for may be borrowed. */
static void lend(struct message *message, struct mpr_request *receive)
{
    receive->buffer = message->data;
    receive->has_borrowed = true;
    receive->state = message;
    complete(receive, 0);
}

int mpr_borrow_return(struct mpr_request *request)
{
    struct message *message = request->state;
    if (request->has_borrowed) {
        request->has_borrowed = false;
        complete(message->send, 0);
        free(message);
    }
    return 0;
}

static void deliver(struct message *message, struct mpr_request *receive)
{
    if (receive->may_borrow && message->send != NULL && message->bytes == receive->bytes) {
        lend(message, receive);
        return;
    }
    MPI_Count room = receive->bytes;
    MPI_Count bytes = message->bytes < room ? message->bytes : room;
    mpr_type_unpack(receive->type, receive->buffer, 0, message->data, (size_t)bytes);
    if (message->send != NULL) {
        complete(message->send, 0);
    }
    complete(receive, message->bytes > room ? MPR_ERR_TRUNCATE : 0);
    free(message);
}

static const struct mpr_request_class message_class = {0};

static struct mpr_request *request_make(struct mpr_comm *comm)
{
    struct mpr_request *request = mpr_request_make(&message_class, comm);
    if (request == NULL) {
        abort();
    }
    mpr_request_activate(request);
    return request;
}

static void post(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                 struct mpr_comm *comm, bool is_eager, struct mpr_request **request)
{
    MPI_Count bytes = mpr_type_bytes(type, count);
    struct message *message = malloc(sizeof(*message) + (size_t)bytes);
    if (message == NULL) {
        abort();
    }
    *request = request_make(comm);
    *message = (struct message){.source = comm->rank, .tag = tag, .bytes = bytes};
    mpr_type_pack(type, buffer, 0, message->data, (size_t)bytes);
    if (is_eager) {
        complete(*request, 0);
    } else {
        message->send = *request;
    }

    struct mpr_list *link, *next;
    mpr_list_each(link, next, &fake.receives[dest])
    {
        struct mpr_request *receive = mpr_list_entry(link, struct mpr_request, match_link);
        if (receive->source == comm->rank && receive->tag == tag) {
            mpr_list_remove(link);
            deliver(message, receive);
            return;
        }
    }
    mpr_list_append(&fake.messages[dest], &message->link);
    note_move();
}

int mpr_send_start(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    (void)plane;
    (void)mode;
    post(buffer, count, type, dest, tag, comm, next_send_is_eager(), request);
    return 0;
}

bool mpr_send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                      struct mpr_comm *comm, enum mpr_plane plane)
{
    (void)plane;
    struct mpr_request *request;
    bool is_eager = next_send_is_eager();

    if (is_eager) {
        post(buffer, count, type, dest, tag, comm, true, &request);
        mpr_request_release(request);
    }
    return is_eager;
}

/* The first message that matches, or NULL. */
static struct message *find_message(int rank, int source, int tag)
{
    struct mpr_list *link, *next;
    mpr_list_each(link, next, &fake.messages[rank])
    {
        struct message *message = mpr_list_entry(link, struct message, link);
        if ((message->source == source || source == MPI_ANY_SOURCE) && message->tag == tag) {
            return message;
        }
    }
    return NULL;
}

/* None is in a ring here: all are kept. */
bool mpr_probe_next(int source, int tag, const struct mpr_comm *comm, enum mpr_plane plane)
{
    (void)plane;
    return find_message(comm->rank, source, tag) != NULL;
}

bool mpr_probe_kept(int tag, const struct mpr_comm *comm, enum mpr_plane plane)
{
    (void)plane;
    return find_message(comm->rank, MPI_ANY_SOURCE, tag) != NULL;
}

/* A receive that stands in the queue, unless its message is there. */
static void match(struct mpr_request *receive)
{
    int rank = receive->comm->rank;
    struct message *message = find_message(rank, receive->source, receive->tag);
    if (message != NULL) {
        mpr_list_remove(&message->link);
        deliver(message, receive);
    } else {
        mpr_list_append(&fake.receives[rank], &receive->match_link);
    }
}

static struct mpr_request *receive_make(void *buffer, MPI_Count count, struct mpr_type *type,
                                        int source, int tag, struct mpr_comm *comm)
{
    struct mpr_request *receive = request_make(comm);
    mpr_request_set_data(receive, buffer, count, type);
    receive->source = source;
    receive->tag = tag;
    return receive;
}

/* Every send has a request here. */
int mpr_send_begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    return mpr_send_start(buffer, count, type, dest, tag, comm, plane, mode, request);
}

int mpr_recv_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request)
{
    (void)plane;
    *request = receive_make(buffer, count, type, source, tag, comm);
    match(*request);
    return 0;
}

bool mpr_recv_if_there(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                       struct mpr_comm *comm, enum mpr_plane plane)
{
    struct message *message = find_message(comm->rank, source, tag);
    if (message == NULL || message->bytes > mpr_type_bytes(type, count) ||
        !mpr_list_is_empty(&fake.receives[comm->rank])) {
        return false;
    }
    struct mpr_request *request;
    mpr_recv_start(buffer, count, type, source, tag, comm, plane, &request);
    mpr_request_release(request);
    return true;
}

int mpr_borrow_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request)
{
    (void)plane;
    *request = receive_make(buffer, count, type, source, tag, comm);
    (*request)->may_borrow = true;
    match(*request);
    return 0;
}

/* Messages are delivered when they are sent or asked for. */
int mpr_progress(void)
{
    return mpr_requests_advance();
}

int mpr_request_wait(struct mpr_request *request)
{
    while (!request->complete && !fake.deadlocked) {
        if (mpr_progress() > 0) {
            note_move();
        } else {
            wait_for_move();
        }
    }
    return request->complete ? request->error : MPR_ERR_PEER;
}

int mpr_request_wait_all(struct mpr_request **requests, int count)
{
    int error = 0;
    for (int i = 0; i < count; i++) {
        if (requests[i] == NULL) {
            continue;
        }
        int result = mpr_request_wait(requests[i]);
        error = error != 0 ? error : result;
        if (requests[i]->complete) {
            mpr_request_release(requests[i]);
        }
        requests[i] = NULL;
    }
    return error;
}

int mpr_send(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode)
{
    struct mpr_request *request;
    mpr_send_start(buffer, count, type, dest, tag, comm, plane, mode, &request);
    return mpr_request_wait_all(&request, 1);
}

int mpr_recv(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status)
{
    (void)status;
    struct mpr_request *request;
    mpr_recv_start(buffer, count, type, source, tag, comm, plane, &request);
    return mpr_request_wait_all(&request, 1);
}

int mpr_sendrecv(const void *send_buffer, MPI_Count send_count, struct mpr_type *send_type,
                 int dest, int send_tag, void *recv_buffer, MPI_Count recv_count,
                 struct mpr_type *recv_type, int source, int recv_tag, struct mpr_comm *comm,
                 enum mpr_plane plane, MPI_Status *status)
{
    (void)status;
    struct mpr_request *requests[2] = {NULL, NULL};
    if (source != MPI_PROC_NULL) {
        mpr_recv_start(recv_buffer, recv_count, recv_type, source, recv_tag, comm, plane,
                       &requests[0]);
    }
    if (dest != MPI_PROC_NULL) {
        mpr_send_start(send_buffer, send_count, send_type, dest, send_tag, comm, plane,
                       MPR_SEND_STANDARD, &requests[1]);
    }
    return mpr_request_wait_all(requests, 2);
}

/* --- Ranks ------------------------------------------------------------------------------------ */

static void *rank_main(void *argument)
{
    struct rank_thread *self = argument;
    pthread_mutex_lock(&fake.lock);
    self->body(&self->comm, self->argument);
    fake.running_count--;
    find_deadlock();
    pthread_mutex_unlock(&fake.lock);
    return NULL;
}

static bool is_drained(int size)
{
    bool drained = true;
    for (int rank = 0; rank < size; rank++) {
        drained = drained && mpr_list_is_empty(&fake.messages[rank]) &&
                  mpr_list_is_empty(&fake.receives[rank]);
    }
    return drained;
}

/* The group of all ranks; its levels are made anew for each size. */
static struct mpr_group everybody = {.parting = MPR_PARTING_NO};

void fake_set_parted(bool parted)
{
    everybody.parting = parted ? MPR_PARTING_YES : MPR_PARTING_NO;
}

static void locate_everybody(int size)
{
    struct mpr_domains domains[RANKS_MAX] = {{{0}}};

    for (int rank = 0; rank < size; rank++) {
        domains[rank].numbers[MPR_DOMAIN_SOCKET] = (uint16_t)(rank % 2);
        domains[rank].numbers[MPR_DOMAIN_CACHE] = (uint16_t)(rank % 5);
    }
    free(everybody.levels);
    everybody.levels = mpr_levels_make(domains, size);
}

bool fake_run(int size, enum fake_sends sends, fake_body *body, const void *argument)
{
    static struct rank_thread threads[RANKS_MAX];
    locate_everybody(size);
    pthread_mutex_lock(&fake.lock);
    fake.sends = sends;
    fake.waiting_count = 0;
    fake.running_count = size;
    fake.deadlocked = false;
    slates_start();
    for (int rank = 0; rank < size; rank++) {
        mpr_list_init(&fake.messages[rank]);
        mpr_list_init(&fake.receives[rank]);
        threads[rank] = (struct rank_thread){.body = body, .argument = argument};
        threads[rank].comm.object.references = 1;
        threads[rank].comm.rank = rank;
        threads[rank].comm.size = size;
        threads[rank].comm.world_ranks = world_ranks;
        give_slate(&threads[rank].comm);
        threads[rank].comm.group = &everybody;
        if (pthread_create(&threads[rank].thread, NULL, rank_main, &threads[rank]) != 0) {
            abort();
        }
    }
    pthread_mutex_unlock(&fake.lock);
    for (int rank = 0; rank < size; rank++) {
        pthread_join(threads[rank].thread, NULL);
        free(threads[rank].comm.family);
    }
    return !fake.deadlocked && is_drained(size);
}

void fake_set_slates(bool slates)
{
    fake.has_slates = slates;
}

void fake_set_crowded(bool crowded)
{
    mpr_tunables.crowded = crowded ? MPR_CROWDED_YES : MPR_CROWDED_NO;
}
