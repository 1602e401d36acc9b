/* SPDX-License-Identifier: BSD-3-Clause */
/* Attached buffers and the pieces in them. */
#include "p2p/bsend.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/list.h"
#include "p2p/p2p.h"
#include "p2p/send.h"
#include "p2p/wait.h"

/* Where pieces begin: at addresses that suit any basic type. */
enum { PIECE_ALIGNMENT = 16 };

/* A message on its way; its data follow. Pieces stand in the order of their addresses. */
struct piece {
    struct mpr_list link;
    size_t bytes; /* this header included */
    struct mpr_request *request;
    MPR_ALIGNED(PIECE_ALIGNMENT) unsigned char data[];
};
_Static_assert(sizeof(struct piece) + 2 * PIECE_ALIGNMENT <= MPI_BSEND_OVERHEAD,
               "the standard's allowance covers what a piece needs");

struct mpr_attached {
    void *buffer; /* as the user gave it */
    MPI_Count bytes;
    unsigned char *begin; /* aligned */
    size_t room;
    struct mpr_list pieces;
};

static struct mpr_attached *process_attached;

static struct mpr_attached **place_of(struct mpr_comm *comm)
{
    return comm != NULL ? &comm->attached : &process_attached;
}

static bool is_automatic(const struct mpr_attached *attached)
{
    return attached->buffer == MPI_BUFFER_AUTOMATIC;
}

int mpr_bsend_attach(struct mpr_comm *comm, void *buffer, MPI_Count bytes)
{
    struct mpr_attached **place = place_of(comm);
    if (*place != NULL) {
        return MPR_ERR_ARGUMENT;
    }
    struct mpr_attached *attached = malloc(sizeof(*attached));
    if (attached == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    uintptr_t address = (uintptr_t)buffer;
    size_t skip = mpr_round_up(address, PIECE_ALIGNMENT) - address;
    *attached = (struct mpr_attached){
        .buffer = buffer,
        .bytes = bytes,
        .begin = (unsigned char *)buffer + skip,
        .room = (size_t)bytes > skip ? (size_t)bytes - skip : 0,
    };
    mpr_list_init(&attached->pieces);
    *place = attached;
    return MPR_OK;
}

static struct piece *piece_at(struct mpr_list *link)
{
    return mpr_list_entry(link, struct piece, link);
}

static void remove_piece(const struct mpr_attached *attached, struct piece *piece)
{
    mpr_request_release(piece->request);
    mpr_list_remove(&piece->link);
    if (is_automatic(attached)) {
        free(piece);
    }
}

static void reclaim(struct mpr_attached *attached)
{
    struct mpr_list *link;
    struct mpr_list *next;

    mpr_list_each(link, next, &attached->pieces) {
        if (piece_at(link)->request->complete) {
            remove_piece(attached, piece_at(link));
        }
    }
}

/* The first gap of `bytes` between the pieces; *before is the link that the new piece precedes. */
static struct piece *find_gap(struct mpr_attached *attached, size_t bytes,
                              struct mpr_list **before)
{
    unsigned char *gap = attached->begin;
    struct mpr_list *link = attached->pieces.next;

    for (; link != &attached->pieces; link = link->next) {
        struct piece *piece = piece_at(link);
        if ((size_t)((unsigned char *)piece - gap) >= bytes) {
            break;
        }
        gap = (unsigned char *)piece + piece->bytes;
    }
    *before = link;
    if (link == &attached->pieces && (size_t)(gap - attached->begin) + bytes > attached->room) {
        return NULL;
    }
    return (struct piece *)(void *)gap;
}

static struct piece *make_piece(struct mpr_attached *attached, size_t data_bytes)
{
    size_t bytes = mpr_round_up(sizeof(struct piece) + data_bytes, PIECE_ALIGNMENT);
    struct mpr_list *before = &attached->pieces;

    reclaim(attached);
    struct piece *piece =
        is_automatic(attached) ? malloc(bytes) : find_gap(attached, bytes, &before);
    if (piece != NULL) {
        piece->bytes = bytes;
        mpr_list_append(before, &piece->link); // before `before`
    }
    return piece;
}

int mpr_bsend(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
              struct mpr_comm *comm)
{
    struct mpr_attached *attached = comm->attached != NULL ? comm->attached : process_attached;

    if (dest == MPI_PROC_NULL ||
        mpr_send_at_once(buffer, count, type, dest, tag, comm, MPR_PLANE_POINT)) {
        return MPR_OK;
    }
    MPI_Count bytes = mpr_type_bytes(type, count);
    struct piece *piece = attached != NULL ? make_piece(attached, (size_t)bytes) : NULL;
    if (piece == NULL) {
        return MPR_ERR_NO_SPACE;
    }
    mpr_type_pack(type, buffer, 0, piece->data, (size_t)bytes);
    int code = mpr_send_start(piece->data, bytes, mpr_type_byte, dest, tag, comm, MPR_PLANE_POINT,
                              MPR_SEND_STANDARD, &piece->request);
    if (code != MPR_OK) {
        mpr_list_remove(&piece->link);
        if (is_automatic(attached)) {
            free(piece);
        }
    }
    return code;
}

/* Other threads may reclaim pieces while this one waits, so that no single piece is waited for. */
void mpr_bsend_flush(struct mpr_comm *comm)
{
    struct mpr_attached *attached = *place_of(comm);
    struct mpr_wait wait = mpr_wait_begin(-1);

    if (attached == NULL) {
        return;
    }
    reclaim(attached);
    while (!mpr_list_is_empty(&attached->pieces)) {
        mpr_wait_step(&wait);
        reclaim(attached);
    }
    mpr_wait_end(&wait);
}

int mpr_bsend_detach(struct mpr_comm *comm, void **buffer, MPI_Count *bytes)
{
    struct mpr_attached **place = place_of(comm);
    struct mpr_attached *attached = *place;

    if (attached == NULL) {
        return MPR_ERR_ARGUMENT;
    }
    mpr_bsend_flush(comm);
    *buffer = attached->buffer;
    *bytes = attached->bytes;
    *place = NULL;
    free(attached);
    return MPR_OK;
}
