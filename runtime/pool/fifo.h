/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of bytes, first in, first out: a chain of blocks, so that memory follows what is in it.
 * Zero is empty. A record is its length and its bytes, padded to 8; runs of records travel
 * as they lie. */
#ifndef MPP_FIFO_H
#define MPP_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct mpp_block;

struct mpp_fifo {
    struct mpp_block *first;
    struct mpp_block *last;
    struct mpp_block *spare;
};

static inline size_t mpp_record_bytes(size_t bytes)
{
    return sizeof(uint64_t) + ((bytes + 7) & ~(size_t)7);
}

/* Writes a record of `bytes` to a place with room for mpp_record_bytes(). */
void mpp_record_write(void *place, const void *data, size_t bytes);

/* Adds a run of records of `bytes` together. Returns whether there was memory. */
int mpp_fifo_push_run(struct mpp_fifo *fifo, const void *run, size_t bytes);

/* Adds a record. Returns whether there was memory. */
int mpp_fifo_push(struct mpp_fifo *fifo, const void *data, size_t bytes);

/* The first record, which stays until it is popped. The fifo must not be empty. */
const void *mpp_fifo_front(const struct mpp_fifo *fifo, size_t *bytes);
void mpp_fifo_pop(struct mpp_fifo *fifo);

void mpp_fifo_free(struct mpp_fifo *fifo);

#endif
