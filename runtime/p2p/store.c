/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores through the cache or past it, and the measuring of it. */
#include "p2p/store.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/stream.h"
#include "p2p/data.h"
#include "shm/window.h"

enum {
    PIECE_BYTES = 2048,
    SAMPLE_BYTES_MIN = 1024, // of less, half of the time is that of reading the clock
    LINE_PS_MAX = 14000, // what one sample may say: the rank may have been interrupted
    SAMPLES_IN_MEAN = 4,
    CALLS_PER_SAMPLE = 64 // which takes 0.1 us near and 0.9 us far
};

void mpr_store_learn(struct mpr_store *store, uint64_t line_ps)
{
    int sample_ps = line_ps < LINE_PS_MAX ? (int)line_ps : LINE_PS_MAX;

    store->line_ps += (sample_ps - store->line_ps) / SAMPLES_IN_MEAN;
    bool is_doubtful = (sample_ps > MPR_STORE_FAR_PS) != mpr_store_is_past(store);
    store->until_sample = is_doubtful ? 1 : CALLS_PER_SAMPLE;
}

/* Writes a piece through the cache. Its page and its source have been touched before, so that the
 * time is that of taking the lines. */
static void sample(struct mpr_store *store, const unsigned char *piece, unsigned char *chunk,
                   size_t bytes)
{
    *(volatile unsigned char *)chunk = piece[0];
    uint64_t begin_ns = mpr_clock_ns();
    memcpy(chunk, piece, bytes);
    atomic_thread_fence(memory_order_seq_cst);
    uint64_t took_ns = mpr_clock_ns() - begin_ns;

    mpr_store_learn(store, took_ns * 1000 / (bytes / MPR_LINE_BYTES));
}

/* Whether the next piece is to be timed. Whoever sends nothing longer is not to go past the cache
 * for ever: that lines are near shows in a short piece, too. */
static bool sample_is_due(struct mpr_store *store, size_t bytes)
{
    if (!MPR_CAN_STREAM || (bytes < SAMPLE_BYTES_MIN && !mpr_store_is_past(store))) {
        return false;
    }
    return store->until_sample == 0 || --store->until_sample == 0;
}

static size_t store_sample(struct mpr_store *store, const struct mpr_type *type, const void *buffer,
                           MPI_Count position, unsigned char *chunk, size_t bytes)
{
    unsigned char stage[PIECE_BYTES];
    size_t piece = bytes < PIECE_BYTES ? bytes / MPR_LINE_BYTES * MPR_LINE_BYTES : PIECE_BYTES;

    mpr_data_out(type, buffer, position, stage, piece);
    sample(store, stage, chunk, piece);
    return piece;
}

static void store_past(const struct mpr_type *type, const void *buffer, MPI_Count position,
                       unsigned char *chunk, size_t bytes)
{
    unsigned char stage[PIECE_BYTES];

    if (type->contiguous) {
        mpr_stream_copy(chunk, (const unsigned char *)buffer + position, bytes);
    } else {
        for (size_t done = 0, piece; done < bytes; done += piece) {
            piece = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;
            mpr_type_pack(type, buffer, position + (MPI_Count)done, stage, piece);
            mpr_stream_copy(chunk + done, stage, piece);
        }
    }
    mpr_stream_end();
}

void mpr_store_long(struct mpr_store *store, const struct mpr_type *type, const void *buffer,
                    MPI_Count position, unsigned char *chunk, size_t bytes)
{
    if (sample_is_due(store, bytes)) {
        size_t done = store_sample(store, type, buffer, position, chunk, bytes);
        position += (MPI_Count)done;
        chunk += done;
        bytes -= done;
    }
    if (mpr_store_is_past(store) && bytes >= MPR_STORE_LONG_BYTES) {
        store_past(type, buffer, position, chunk, bytes);
    } else {
        mpr_data_out(type, buffer, position, chunk, bytes);
    }
}

void mpr_store_back_long(unsigned char *to, const unsigned char *from, size_t bytes)
{
    static struct mpr_store store;

    if (mpr_window_offset(to, bytes) != MPR_WINDOW_NOWHERE) {
        size_t head = -(uintptr_t)to % MPR_LINE_BYTES;
        memcpy(to, from, head);
        mpr_store_out(&store, mpr_type_byte, from, (MPI_Count)head, to + head, bytes - head);
    } else {
        mpr_copy(to, from, bytes);
    }
}
