/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of requests, and statuses.
 *
 * Requests are made and freed for every message that does not complete at once, so their memory is
 * kept in a list and used again; it never goes back to the system. */
#include "p2p/request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "p2p/done.h"

int mpr_request_promised;

static struct mpr_list ready = {&ready, &ready}; /* composite requests that advance next */
static struct mpr_request *free_requests;        /* linked by `parent` */
struct mpr_request *mpr_done_kept;

/* NULL: no memory. */
static MPR_COLD struct mpr_request *make_memory(void)
{
    struct mpr_request *request = calloc(1, sizeof(*request));

    if (request == NULL || mpr_handle_open(MPR_KIND_REQUEST, &request->object) != MPR_OK) {
        free(request);
        return NULL;
    }
    mpr_list_init(&request->match_link);
    mpr_list_init(&request->peer_link);
    return request;
}

/* Requests that are kept are in no list, and keep the slots of their handles. */
static MPR_INLINE struct mpr_request *take_memory(void)
{
    struct mpr_request *request = free_requests;

    if (mpr_unlikely(request == NULL)) {
        return make_memory();
    }
    free_requests = request->parent;
    mpr_handle_wake(MPR_KIND_REQUEST, &request->object);
    return request;
}

static MPR_INLINE void keep_memory(struct mpr_request *request)
{
    mpr_handle_rest(MPR_KIND_REQUEST, &request->object);
    request->parent = free_requests;
    free_requests = request;
}

enum { FLAGS_OFFSET = offsetof(struct mpr_request, action) };

/* All flags, and what a status and the last release look at, one by one: to clear all of a request
 * takes as long as to send a small message. */
struct mpr_request *mpr_request_make(const struct mpr_request_class *class, struct mpr_comm *comm)
{
    struct mpr_request *request = take_memory();
    if (mpr_unlikely(request == NULL)) {
        return NULL;
    }
    memset((char *)request + FLAGS_OFFSET, 0, offsetof(struct mpr_request, error) - FLAGS_OFFSET);
    request->object.references = 1;
    request->class = class;
    request->parent = NULL;
    request->state = NULL;
    request->error = MPR_OK;
    request->type = NULL;
    request->source = MPI_ANY_SOURCE;
    request->tag = MPI_ANY_TAG;
    request->received_bytes = 0;
    request->peer = -1;
    request->awaited_count = 0;
    request->comm = comm;
    if (comm != NULL) {
        mpr_comm_retain(comm);
    }
    return request;
}

struct mpr_request *mpr_done_make(const struct mpr_request_class *class)
{
    struct mpr_request *request = mpr_request_make(class, NULL);

    if (request != NULL) {
        request->born_done = true;
        request->complete = true;
        request->active = true;
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

void mpr_request_destroy(struct mpr_request *request)
{
    if (request->born_done) {
        mpr_done_keep(request);
        return;
    }
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

void mpr_request_tell_parent(struct mpr_request *parent)
{
    if (--parent->awaited_count == 0) {
        mpr_request_advance_soon(parent);
    }
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

void mpr_status_set_empty(MPI_Status *status)
{
    mpr_status_set(status, MPI_ANY_SOURCE, MPI_ANY_TAG, 0);
}

void mpr_status_set_proc_null(MPI_Status *status)
{
    mpr_status_set_empty(status);
    status->MPI_SOURCE = MPI_PROC_NULL;
}
