/* SPDX-License-Identifier: BSD-3-Clause */
/* Channels: messages on the twins of communicators. */
#include "pool/channel.h"

#include <stdlib.h>
#include <string.h>

#include "pool/attribute.h"
#include "pool/error.h"
#include "pool/object.h"

enum {
    TAG_MESSAGE = 0,
    TAG_DATA = 1,
    SPARE_LETTERS_MAX = 64,
    SLOT_BITS = 20, /* of an object's number; the rest tells those apart that had the same slot */
    GENERATION_MASK = (1 << (32 - SLOT_BITS)) - 1
};

static pthread_once_t keyval_once = PTHREAD_ONCE_INIT;
static int keyval = MPI_KEYVAL_INVALID;

/* ---- letters ---- */

struct letter {
    struct letter *next;
    MPI_Request requests[2];
    size_t room;
    char bytes[];
};

static struct {
    struct letter *outbox; /* MPI has not sent them yet */
    struct letter *spare;
    int spare_count;
} post;

static struct letter *new_letter(size_t bytes)
{
    struct letter *letter = post.spare;
    if (letter && bytes <= letter->room) {
        post.spare = letter->next;
        post.spare_count--;
        return letter;
    }
    size_t room = bytes < MPP_FRAME_BYTES_MAX ? MPP_FRAME_BYTES_MAX : bytes;
    letter = malloc(sizeof *letter + room);
    if (letter) {
        letter->room = room;
    }
    return letter;
}

static void free_letter(struct letter *letter)
{
    if (letter->room > MPP_FRAME_BYTES_MAX || post.spare_count >= SPARE_LETTERS_MAX) {
        free(letter);
        return;
    }
    letter->next = post.spare;
    post.spare = letter;
    post.spare_count++;
}

static int is_sent(struct letter *letter)
{
    int is_sent = 1;
    int error = MPI_Testall(2, letter->requests, &is_sent, MPI_STATUSES_IGNORE);
    return error || is_sent;
}

void mpp_channel_reap(void)
{
    struct letter **link = &post.outbox;
    while (*link) {
        struct letter *letter = *link;
        if (is_sent(letter)) {
            *link = letter->next;
            free_letter(letter);
        } else {
            link = &letter->next;
        }
    }
}

int mpp_channel_has_letters(void)
{
    return post.outbox != NULL;
}

void mpp_channel_drain(void)
{
    while (post.outbox) {
        struct letter *letter = post.outbox;
        post.outbox = letter->next;
        MPI_Waitall(2, letter->requests, MPI_STATUSES_IGNORE);
        free(letter);
    }
    while (post.spare) {
        struct letter *letter = post.spare;
        post.spare = letter->next;
        free(letter);
    }
    post.spare_count = 0;
}

/* Data that do not fit the frame go in a message of their own. */
static int send_letter(struct letter *letter, struct mpp_channel *channel, int rank, size_t bytes)
{
    size_t head = sizeof(struct mpp_message);
    size_t first = head + bytes <= MPP_FRAME_BYTES_MAX ? head + bytes : head;
    letter->requests[1] = MPI_REQUEST_NULL;
    int error = MPI_Isend(letter->bytes, (int)first, MPI_BYTE, rank, TAG_MESSAGE, channel->comm,
                          &letter->requests[0]);
    if (!error && first < head + bytes) {
        error = MPI_Isend(letter->bytes + head, (int)bytes, MPI_BYTE, rank, TAG_DATA, channel->comm,
                          &letter->requests[1]);
    }
    return error;
}

int mpp_post(struct mpp_channel *channel, int rank, const struct mpp_message *message,
             const void *data)
{
    size_t bytes = (size_t)message->bytes;
    struct letter *letter = new_letter(sizeof *message + bytes);
    if (!letter) {
        return MPI_ERR_NO_MEM;
    }
    memcpy(letter->bytes, message, sizeof *message);
    if (bytes) {
        memcpy(letter->bytes + sizeof *message, data, bytes);
    }
    int error = send_letter(letter, channel, rank, bytes);
    if (error || is_sent(letter)) {
        free_letter(letter);
    } else {
        letter->next = post.outbox;
        post.outbox = letter;
    }
    return error;
}

/* ---- taking in ---- */

void mpp_channel_post_receive(struct mpp_channel *channel, MPI_Request *request)
{
    *request = MPI_REQUEST_NULL;
    if (!channel->everybody_died &&
        MPI_Irecv(channel->frame, MPP_FRAME_BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, TAG_MESSAGE,
                  channel->comm, request)) {
        channel->everybody_died = 1;
    }
}

static void bury(struct mpp_channel *channel, int rank)
{
    if (channel->is_dead[rank] || rank == channel->rank) {
        return;
    }
    channel->is_dead[rank] = 1;
    for (uint32_t i = 0; i < channel->slot_count; i++) {
        if (channel->slots[i].object) {
            mpp_object_bury(channel->slots[i].object, rank);
        }
    }
}

/* Data that were sent in a message of their own are right behind; null when
 * their sender died over it. */
static void *receive_data(struct mpp_channel *channel, int source, size_t bytes)
{
    char *data = malloc(bytes);
    mpp_sync_unlock();
    int error = data ? MPI_Recv(data, (int)bytes, MPI_BYTE, source, TAG_DATA, channel->comm,
                                MPI_STATUS_IGNORE)
                     : MPI_ERR_NO_MEM;
    mpp_sync_lock();
    if (error) {
        free(data);
        return NULL;
    }
    return data;
}

static void take_message(struct mpp_channel *channel, int source)
{
    struct mpp_message message;
    memcpy(&message, channel->frame, sizeof message);
    if (sizeof message + message.bytes <= MPP_FRAME_BYTES_MAX) {
        mpp_object_take(channel, source, &message, channel->frame + sizeof message);
        return;
    }
    void *data = receive_data(channel, source, (size_t)message.bytes);
    if (data) {
        mpp_object_take(channel, source, &message, data);
        free(data);
    }
}

void mpp_channel_take(struct mpp_channel *channel, int error, const MPI_Status *status)
{
    if (!error) {
        take_message(channel, status->MPI_SOURCE);
    } else if (mpp_is_death(error) && status->MPI_SOURCE >= 0) {
        bury(channel, status->MPI_SOURCE);
    } else {
        channel->everybody_died = 1;
        for (int rank = 0; rank < channel->size; rank++) {
            bury(channel, rank);
        }
    }
}

void mpp_channel_flush(struct mpp_channel **channels, int count)
{
    for (int i = 0; i < count; i++) {
        for (uint32_t k = 0; k < channels[i]->slot_count; k++) {
            struct mpp_object *object = channels[i]->slots[k].object;
            if (object && object->is_due) {
                object->class->flush(object);
            }
        }
    }
}

/* ---- objects ---- */

static uint32_t free_slot(const struct mpp_channel *channel)
{
    uint32_t slot = 0;
    while (slot < channel->slot_count && channel->slots[slot].object) {
        slot++;
    }
    return slot;
}

uint32_t mpp_channel_enter(struct mpp_channel *channel, struct mpp_object *object)
{
    uint32_t slot = free_slot(channel);
    if (slot >> SLOT_BITS) {
        return 0;
    }
    if (slot == channel->slot_count) {
        size_t bytes = (size_t)(slot + 1) * sizeof(struct mpp_slot);
        struct mpp_slot *slots = realloc(channel->slots, bytes);
        if (!slots) {
            return 0;
        }
        channel->slots = slots;
        channel->slot_count++;
        slots[slot] = (struct mpp_slot){0};
    }
    struct mpp_slot *taken = &channel->slots[slot];
    taken->object = object;
    taken->generation = taken->generation % GENERATION_MASK + 1;
    mpp_service_begin_object();
    return taken->generation << SLOT_BITS | slot;
}

void mpp_channel_leave(struct mpp_channel *channel, uint32_t id)
{
    channel->slots[id & ((1U << SLOT_BITS) - 1)].object = NULL;
    mpp_service_end_object();
}

struct mpp_object *mpp_channel_find(struct mpp_channel *channel, uint32_t id)
{
    uint32_t slot = id & ((1U << SLOT_BITS) - 1);
    if (slot >= channel->slot_count || channel->slots[slot].generation != id >> SLOT_BITS) {
        return NULL;
    }
    return channel->slots[slot].object;
}

/* ---- life ---- */

void mpp_channel_retain(struct mpp_channel *channel)
{
    mpp_sync_lock();
    channel->reference_count++;
    mpp_sync_unlock();
}

static void free_memory(struct mpp_channel *channel)
{
    free(channel->slots);
    free(channel->is_dead);
    free(channel->frame);
    free(channel);
}

void mpp_channel_release(struct mpp_channel *channel)
{
    mpp_sync_lock();
    int is_last = --channel->reference_count == 0;
    mpp_sync_unlock();
    if (is_last) {
        mpp_service_remove(channel);
        MPI_Comm_free(&channel->comm);
        free_memory(channel);
    }
}

/* The user has freed the communicator. */
static int forget_comm(MPI_Comm comm, int key, void *value, void *state)
{
    struct mpp_channel *channel = value;
    (void)comm;
    (void)key;
    (void)state;
    channel->user_comm = MPI_COMM_NULL;
    mpp_channel_release(channel);
    return MPI_SUCCESS;
}

static void make_keyval(void)
{
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, forget_comm, &keyval, NULL);
}

static int start_channel(MPI_Comm comm, struct mpp_channel *channel)
{
    int error = MPI_Comm_dup(comm, &channel->comm);
    if (!error) {
        error = MPI_Comm_set_errhandler(channel->comm, MPI_ERRORS_RETURN);
    }
    return error ? error : mpp_service_add(channel);
}

static int make_channel(MPI_Comm comm, struct mpp_channel **made, const char *function)
{
    struct mpp_channel *channel = calloc(1, sizeof *channel);
    if (!channel) {
        return mpp_no_memory(comm, function, sizeof *channel);
    }
    channel->user_comm = comm;
    channel->reference_count = 1;
    MPI_Comm_rank(comm, &channel->rank);
    MPI_Comm_size(comm, &channel->size);
    channel->frame = malloc(MPP_FRAME_BYTES_MAX);
    channel->is_dead = calloc((size_t)channel->size, 1);
    if (!channel->frame || !channel->is_dead) {
        free_memory(channel);
        return mpp_no_memory(comm, function, MPP_FRAME_BYTES_MAX);
    }
    int error = start_channel(comm, channel);
    if (error) {
        free_memory(channel);
        return mpp_from_mpi(error, function);
    }
    *made = channel;
    return MPI_SUCCESS;
}

/* Another thread may have made one meanwhile, which is kept then. */
static int keep_channel(MPI_Comm comm, struct mpp_channel **channel, const char *function)
{
    void *kept = NULL;
    int error = mpp_attribute_keep(comm, keyval, *channel, &kept);
    if (error || kept != *channel) {
        mpp_channel_release(*channel);
    }
    *channel = kept;
    return error ? mpp_from_mpi(error, function) : MPI_SUCCESS;
}

/* What the communicator must be like. */
static int check_comm(MPI_Comm comm, const char *function)
{
    int level = MPI_THREAD_SINGLE;
    int is_inter = 0;
    int error = mpp_error_start();
    if (error) {
        return error;
    }
    if (comm == MPI_COMM_NULL) {
        return mpp_misuse(MP_ERROR_MEMBER, comm, function,
                          "the communicator is MPI_COMM_NULL: this rank is not a member");
    }
    MPI_Query_thread(&level);
    if (level < MPI_THREAD_MULTIPLE) {
        return mpp_misuse(
            MP_ERROR_THREADS, comm, function,
            "needs MPI_THREAD_MULTIPLE: start with mp_init, or ask MPI_Init_thread for it");
    }
    error = MPI_Comm_test_inter(comm, &is_inter);
    if (error) {
        return mpp_from_mpi(error, function);
    }
    return is_inter ? mpp_bad_argument(comm, function, "the communicator is an intercommunicator")
                    : MPI_SUCCESS;
}

int mpp_channel_open(MPI_Comm comm, struct mpp_channel **channel, const char *function)
{
    int error = check_comm(comm, function);
    if (error) {
        return error;
    }
    int is_there = 0;
    pthread_once(&keyval_once, make_keyval);
    error = MPI_Comm_get_attr(comm, keyval, channel, &is_there);
    if (error) {
        return mpp_from_mpi(error, function);
    }
    if (!is_there) {
        error = make_channel(comm, channel, function);
        error = error ? error : keep_channel(comm, channel, function);
    }
    if (!error) {
        mpp_channel_retain(*channel);
    }
    return error;
}
