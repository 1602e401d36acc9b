/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of requests, and statuses.
 *
 * Requests are made and freed for every message that does not complete at once, so their memory is
 * kept in a list and used again; it never goes back to the system. */
#include "p2p/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* The five reserved words of MPI_Status: the count in two halves, then a word of flags. */
enum { STATUS_BYTES_LOW, STATUS_BYTES_HIGH, STATUS_FLAGS };
enum { STATUS_CANCELLED = 1 };

static int promised_count;
static struct mpr_list ready = {&ready, &ready}; /* composite requests that advance next */
static struct mpr_list free_requests = {&free_requests, &free_requests};

static struct mpr_request *take_memory(void)
{
    if (mpr_list_is_empty(&free_requests)) {
        return malloc(sizeof(struct mpr_request));
    }
    struct mpr_list *link = free_requests.next;
    mpr_list_remove(link);
    return mpr_list_entry(link, struct mpr_request, peer_link);
}

static void keep_memory(struct mpr_request *request)
{
    mpr_list_prepend(&free_requests, &request->peer_link);
}

struct mpr_request *mpr_request_make(const struct mpr_request_class *class, struct mpr_comm *comm)
{
    struct mpr_request *request = take_memory();
    if (request == NULL) {
        return NULL;
    }
    *request = (struct mpr_request){.object.references = 1,
                                    .class = class,
                                    .comm = comm,
                                    .peer = -1,
                                    .source = MPI_ANY_SOURCE,
                                    .tag = MPI_ANY_TAG};
    mpr_list_init(&request->match_link);
    mpr_list_init(&request->peer_link);
    if (mpr_handle_open(MPR_KIND_REQUEST, &request->object) != MPR_OK) {
        keep_memory(request);
        return NULL;
    }
    if (comm != NULL) {
        mpr_comm_retain(comm);
    }
    return request;
}

void mpr_request_set_data(struct mpr_request *request, const void *buffer, MPI_Count count,
                          struct mpr_type *type)
{
    MPI_Aint offset = 0;

    request->bytes = mpr_type_bytes(type, count);
    request->count = count;
    request->type = type;
    if (!type->contiguous && mpr_type_is_run(type, count, &offset)) {
        request->count = request->bytes;
        request->type = mpr_type_byte;
    }
    request->buffer = (void *)((uintptr_t)buffer + (uintptr_t)offset); // a send's is only read
    mpr_type_retain(request->type);
}

struct mpr_request *mpr_request_find(MPI_Request handle)
{
    struct mpr_object *object = mpr_handle_find(MPR_KIND_REQUEST, (uintptr_t)handle);
    return object == NULL ? NULL : mpr_container_of(object, struct mpr_request, object);
}

struct mpr_request *mpr_request_find_held(MPI_Request handle)
{
    struct mpr_request *request = mpr_request_find(handle);
    return request == NULL || request->freed ? NULL : request;
}

void mpr_request_release(struct mpr_request *request)
{
    if (--request->object.references > 0) {
        return;
    }
    mpr_handle_close(MPR_KIND_REQUEST, &request->object);
    if (request->class->destroy != NULL) {
        request->class->destroy(request);
    }
    if (request->comm != NULL) {
        mpr_comm_release(request->comm);
    }
    if (request->type != NULL) {
        mpr_type_release(request->type);
    }
    keep_memory(request);
}

void mpr_request_activate(struct mpr_request *request)
{
    request->object.references++;
    request->active = true;
    request->complete = false;
    request->cancelled = false;
    request->error = MPR_OK;
    request->action = MPR_ACTION_EAGER;
    request->position = 0;
    request->received_bytes = 0;
    request->parent = NULL;
    request->awaited_count = 0;
    if (request->comm != NULL) {
        request->comm->active_count++;
    }
}

void mpr_request_promise(struct mpr_request *request)
{
    request->promised = true;
    promised_count++;
}

void mpr_request_advance_soon(struct mpr_request *request)
{
    if (mpr_list_is_empty(&request->peer_link)) {
        mpr_list_append(&ready, &request->peer_link);
    }
}

void mpr_request_await(struct mpr_request *parent, struct mpr_request *part)
{
    if (!part->complete) {
        part->parent = parent;
        parent->awaited_count++;
    }
}

static void tell_parent(struct mpr_request *parent)
{
    if (--parent->awaited_count == 0) {
        mpr_request_advance_soon(parent);
    }
}

void mpr_request_complete(struct mpr_request *request, int error)
{
    request->error = error;
    request->complete = true;
    if (request->comm != NULL) {
        request->comm->active_count--;
    }
    promised_count -= request->promised;
    request->promised = false;
    if (mpr_unlikely(request->parent != NULL)) {
        tell_parent(request->parent);
    }
    mpr_request_release(request);
}

void mpr_request_cancel(struct mpr_request *request)
{
    if (!request->complete && request->class->cancel != NULL) {
        request->class->cancel(request);
    }
}

/* What becomes ready meanwhile waits for the next pass, so that each pass is bounded. */
int mpr_requests_advance(void)
{
    struct mpr_list due;
    int moved = 0;

    if (mpr_likely(mpr_list_is_empty(&ready))) {
        return 0;
    }
    mpr_list_init(&due);
    mpr_list_append_all(&due, &ready);
    while (!mpr_list_is_empty(&due)) {
        struct mpr_request *request = mpr_list_entry(due.next, struct mpr_request, peer_link);
        mpr_list_remove(&request->peer_link);
        moved += request->class->advance(request);
    }
    return moved;
}

void mpr_request_status(const struct mpr_request *request, MPI_Status *status)
{
    status->MPI_SOURCE = request->source;
    status->MPI_TAG = request->tag;
    mpr_status_set_bytes(status, request->received_bytes);
    mpr_status_set_cancelled(status, request->cancelled);
}

int mpr_request_promised_count(void)
{
    return promised_count;
}

void mpr_status_set_empty(MPI_Status *status)
{
    status->MPI_SOURCE = MPI_ANY_SOURCE;
    status->MPI_TAG = MPI_ANY_TAG;
    mpr_status_set_bytes(status, 0);
    mpr_status_set_cancelled(status, false);
}

void mpr_status_set_proc_null(MPI_Status *status)
{
    mpr_status_set_empty(status);
    status->MPI_SOURCE = MPI_PROC_NULL;
}

MPI_Count mpr_status_bytes(const MPI_Status *status)
{
    MPI_Count bytes;
    memcpy(&bytes, &status->MPI_internal[STATUS_BYTES_LOW], sizeof(bytes));
    return bytes;
}

void mpr_status_set_bytes(MPI_Status *status, MPI_Count bytes)
{
    memcpy(&status->MPI_internal[STATUS_BYTES_LOW], &bytes, sizeof(bytes));
}

bool mpr_status_is_cancelled(const MPI_Status *status)
{
    return (status->MPI_internal[STATUS_FLAGS] & STATUS_CANCELLED) != 0;
}

void mpr_status_set_cancelled(MPI_Status *status, bool cancelled)
{
    status->MPI_internal[STATUS_FLAGS] = cancelled ? STATUS_CANCELLED : 0;
}
