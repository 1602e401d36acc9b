/* SPDX-License-Identifier: BSD-3-Clause */
/* First fit between the pieces that are still there. */
#include "p2p/bsend_pieces.h"

#include <stdlib.h>

static struct mpr_piece *piece_at(struct mpr_list *link)
{
    return mpr_list_entry(link, struct mpr_piece, link);
}

static bool is_automatic(const struct mpr_attached *attached)
{
    return attached->buffer == MPI_BUFFER_AUTOMATIC;
}

struct mpr_attached *mpr_attached_make(void *buffer, MPI_Count bytes)
{
    struct mpr_attached *attached = malloc(sizeof(*attached));
    if (attached == NULL) {
        return NULL;
    }
    uintptr_t address = (uintptr_t)buffer;
    size_t skip = mpr_round_up(address, MPR_PIECE_ALIGNMENT) - address;
    *attached = (struct mpr_attached){
        .buffer = buffer,
        .bytes = bytes,
        .begin = (unsigned char *)buffer + skip,
        .room = (size_t)bytes > skip ? (size_t)bytes - skip : 0,
        .references = 1,
    };
    mpr_list_init(&attached->pieces);
    return attached;
}

void mpr_attached_release(struct mpr_attached *attached)
{
    if (--attached->references == 0) {
        free(attached);
    }
}

void mpr_piece_return(const struct mpr_attached *attached, struct mpr_piece *piece)
{
    mpr_list_remove(&piece->link);
    if (is_automatic(attached)) {
        free(piece);
    }
}

static void reclaim(struct mpr_attached *attached)
{
    struct mpr_list *link;
    struct mpr_list *next;

    mpr_list_each(link, next, &attached->pieces)
    {
        struct mpr_piece *piece = piece_at(link);
        if (piece->request->complete) {
            mpr_request_release(piece->request);
            mpr_piece_return(attached, piece);
        }
    }
}

/* The first gap of `bytes` between the pieces; *before is the link that the new piece precedes. */
static struct mpr_piece *find_gap(struct mpr_attached *attached, size_t bytes,
                                  struct mpr_list **before)
{
    unsigned char *gap = attached->begin;
    struct mpr_list *link = attached->pieces.next;

    for (; link != &attached->pieces; link = link->next) {
        struct mpr_piece *piece = piece_at(link);
        if ((size_t)((unsigned char *)piece - gap) >= bytes) {
            break;
        }
        gap = (unsigned char *)piece + piece->bytes;
    }
    *before = link;
    if (link == &attached->pieces && (size_t)(gap - attached->begin) + bytes > attached->room) {
        return NULL;
    }
    return (struct mpr_piece *)(void *)gap;
}

struct mpr_piece *mpr_piece_take(struct mpr_attached *attached, MPI_Count data_bytes)
{
    size_t bytes = mpr_round_up(sizeof(struct mpr_piece) + (size_t)data_bytes, MPR_PIECE_ALIGNMENT);
    struct mpr_list *before = &attached->pieces;

    reclaim(attached);
    struct mpr_piece *piece =
        is_automatic(attached) ? malloc(bytes) : find_gap(attached, bytes, &before);
    if (piece != NULL) {
        piece->bytes = bytes;
        piece->number = attached->piece_count++;
        mpr_list_append(before, &piece->link); // in front of `before`
    }
    return piece;
}

bool mpr_pieces_have_left(struct mpr_attached *attached, uint64_t end)
{
    reclaim(attached);
    for (struct mpr_list *link = attached->pieces.next; link != &attached->pieces;
         link = link->next) {
        if (piece_at(link)->number < end) {
            return false;
        }
    }
    return true;
}
