/* SPDX-License-Identifier: BSD-3-Clause */
/* An attached buffer, divided into pieces: one for each buffered message that is on its way.
 *
 * A piece is taken first fit, in the order of addresses, and is free again when its send is
 * complete, which is looked at whenever something is asked of the buffer. */
#ifndef MPR_P2P_BSEND_PIECES_H
#define MPR_P2P_BSEND_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "p2p/request.h"

/* Where pieces begin: at addresses that suit any basic type. */
enum { MPR_PIECE_ALIGNMENT = 16 };

/* A message on its way; its data follow. */
struct mpr_piece {
    struct mpr_list link;
    size_t bytes;    /* this header included */
    uint64_t number; /* pieces are numbered as they are taken */
    struct mpr_request *request;
    MPR_ALIGNED(MPR_PIECE_ALIGNMENT) unsigned char data[];
};
_Static_assert(sizeof(struct mpr_piece) + 2 * MPR_PIECE_ALIGNMENT <= MPI_BSEND_OVERHEAD,
               "the standard's allowance covers what a piece needs");

struct mpr_attached {
    void *buffer; /* as the user gave it, or MPI_BUFFER_AUTOMATIC: pieces come from malloc */
    MPI_Count bytes;
    unsigned char *begin; /* aligned */
    size_t room;
    struct mpr_list pieces;
    uint64_t piece_count; /* taken so far */
    int references;       /* of the place where it is attached, and of those that wait for pieces */
};

/* NULL: no memory. One reference, the caller's. */
struct mpr_attached *mpr_attached_make(void *buffer, MPI_Count bytes);
void mpr_attached_release(struct mpr_attached *attached);

/* A piece for a message of `data_bytes`, without its request, or NULL: no room now. */
struct mpr_piece *mpr_piece_take(struct mpr_attached *attached, MPI_Count data_bytes);

/* The piece's room is free again; the piece has no request any more. */
void mpr_piece_return(const struct mpr_attached *attached, struct mpr_piece *piece);

/* Whether all pieces with numbers below `end` have left. */
bool mpr_pieces_have_left(struct mpr_attached *attached, uint64_t end);

#endif
