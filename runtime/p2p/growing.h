/* SPDX-License-Identifier: BSD-3-Clause */
/* Growing chunks: published before they are filled, and read while they are.
 *
 * A long chunk is named in its cell first and filled then; after each step its owner says how far
 * it is (R5 of shm/chunk.h), and the receiver reads up to there. So the two copies of a message
 * overlap, which would take turns otherwise, and the message is matched before its data is there.
 *
 * The owner fills the chunk without a break, for the receiver waits for nothing else meanwhile.
 * Where ranks share cores all chunks are full when they are published. */
#ifndef MPR_P2P_GROWING_H
#define MPR_P2P_GROWING_H

#include <stdbool.h>
#include <stdint.h>

#include "p2p/peer.h"
#include "type/type.h"

/* Publishes `cell`, which is filled in and names `chunk`, of ours, and fills the chunk with as many
 * bytes as the cell says from `position` of the packed form of `buffer` on. One of both comes
 * first; if it is the cell, that has MPR_RECORD_GROWING. */
void mpr_growing_send(struct mpr_peer *peer, struct mpr_cell *cell, uint32_t chunk,
                      const struct mpr_type *type, const void *buffer, MPI_Count position);

/* Waits until `wanted` bytes of a growing chunk are there, or its owner is known to be dead.
 * Returns how many there are. */
uint32_t mpr_growing_await(uint32_t owner, uint32_t chunk, uint32_t wanted);

/* Unpacks a growing chunk as it grows: its first `wanted` bytes to `position` of `buffer`. Returns
 * true when all its `bytes` are there, or false when its owner has died before. */
bool mpr_growing_receive(uint32_t owner, uint32_t chunk, uint32_t bytes,
                         const struct mpr_type *type, void *buffer, MPI_Count position,
                         uint32_t wanted);

#endif
