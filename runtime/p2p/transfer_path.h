/* SPDX-License-Identifier: BSD-3-Clause */
/* Between transfer.c and its paths: what each path offers, and what they call back. */
#ifndef MPR_P2P_TRANSFER_PATH_H
#define MPR_P2P_TRANSFER_PATH_H

#include <stdbool.h>

#include "p2p/envelope.h"
#include "p2p/peer.h"
#include "p2p/request.h"

/* The sender's side of CHUNK: copies as much as fits. Takes the request out of the list of active
 * transfers, and completes it, after the last byte. Returns how many chunks were sent. */
int mpr_chunks_advance(struct mpr_request *request);

/* The receiver's side of CMA: whether it can be tried with the peer, and reading a bounded part.
 * Falls back to CHUNK when it is forbidden. Returns 1: it always moves. */
bool mpr_cma_is_allowed(const struct mpr_peer *peer);
int mpr_cma_advance(struct mpr_request *request);

/* The receiver's side of DIRECT: where the message can be read, or NULL, and copying a
 * bounded part. Returns 1. */
const unsigned char *mpr_direct_find(const struct mpr_request *request);
int mpr_direct_advance(struct mpr_request *request);

/* PIPE. There is a pipe where mprun made one for each rank; one transfer at a time uses it. */
void mpr_pipe_start(void);
void mpr_pipe_stop(void);
bool mpr_pipe_is_there(void);
void mpr_pipe_receive(struct mpr_request *request);
void mpr_pipe_send(struct mpr_request *request);
void mpr_pipe_abandon(struct mpr_request *request);
void mpr_pipe_give_up(struct mpr_request *request);
int mpr_pipe_progress(void);

/* transfer.c, for the paths. */
void mpr_transfer_activate(struct mpr_request *request);
void mpr_transfer_accept(struct mpr_request *request, enum mpr_path path);

#endif
