/* SPDX-License-Identifier: BSD-3-Clause */
/* Chains of blocks. One empty block is kept, so that a fifo that fills and
 * empties does not allocate. */
#include "pool/fifo.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 65536 };

struct mpp_block {
    struct mpp_block *next;
    size_t room;
    size_t begin; /* of the first record */
    size_t end;   /* of the last */
    char bytes[] __attribute__((aligned(16)));
};

void mpp_record_write(void *place, const void *data, size_t bytes)
{
    uint64_t length = bytes;
    memset((char *)place + mpp_record_bytes(bytes) - sizeof length, 0, sizeof length);
    memcpy(place, &length, sizeof length);
    if (bytes) {
        memcpy((char *)place + sizeof length, data, bytes);
    }
}

static struct mpp_block *new_block(struct mpp_fifo *fifo, size_t bytes)
{
    struct mpp_block *block = fifo->spare;
    if (block && bytes <= block->room) {
        fifo->spare = NULL;
    } else {
        size_t room = bytes < BLOCK_BYTES ? BLOCK_BYTES : bytes;
        block = malloc(sizeof *block + room);
        if (!block) {
            return NULL;
        }
        block->room = room;
    }
    block->next = NULL;
    block->begin = 0;
    block->end = 0;
    return block;
}

static void retire(struct mpp_fifo *fifo, struct mpp_block *block)
{
    if (fifo->spare || block->room > BLOCK_BYTES) {
        free(block);
    } else {
        fifo->spare = block;
    }
}

/* Leaves behind the blocks that were read to the end, but for the last. */
static void drop_read_blocks(struct mpp_fifo *fifo)
{
    while (fifo->first != fifo->last && fifo->first->begin == fifo->first->end) {
        struct mpp_block *block = fifo->first;
        fifo->first = block->next;
        retire(fifo, block);
    }
}

/* Where so many bytes go at the end; null without memory. */
static char *reserve(struct mpp_fifo *fifo, size_t bytes)
{
    struct mpp_block *last = fifo->last;
    if (last && last->begin == last->end) {
        last->begin = 0;
        last->end = 0;
    }
    if (!last || last->room - last->end < bytes) {
        struct mpp_block *block = new_block(fifo, bytes);
        if (!block) {
            return NULL;
        }
        *(last ? &last->next : &fifo->first) = block;
        fifo->last = block;
        drop_read_blocks(fifo);
    }
    char *place = fifo->last->bytes + fifo->last->end;
    fifo->last->end += bytes;
    return place;
}

int mpp_fifo_push_run(struct mpp_fifo *fifo, const void *run, size_t bytes)
{
    char *place = reserve(fifo, bytes);
    if (place) {
        memcpy(place, run, bytes);
    }
    return place != NULL;
}

int mpp_fifo_push(struct mpp_fifo *fifo, const void *data, size_t bytes)
{
    char *place = reserve(fifo, mpp_record_bytes(bytes));
    if (place) {
        mpp_record_write(place, data, bytes);
    }
    return place != NULL;
}

const void *mpp_fifo_front(const struct mpp_fifo *fifo, size_t *bytes)
{
    const struct mpp_block *block = fifo->first;
    uint64_t length;
    memcpy(&length, block->bytes + block->begin, sizeof length);
    *bytes = (size_t)length;
    return block->bytes + block->begin + sizeof length;
}

void mpp_fifo_pop(struct mpp_fifo *fifo)
{
    size_t bytes;
    mpp_fifo_front(fifo, &bytes);
    fifo->first->begin += mpp_record_bytes(bytes);
    drop_read_blocks(fifo);
}

void mpp_fifo_free(struct mpp_fifo *fifo)
{
    while (fifo->first) {
        struct mpp_block *block = fifo->first;
        fifo->first = block->next;
        free(block);
    }
    free(fifo->spare);
    *fifo = (struct mpp_fifo){0};
}
