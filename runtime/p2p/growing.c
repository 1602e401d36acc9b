/* SPDX-License-Identifier: BSD-3-Clause */
/* Filling and reading growing chunks. */
#include "p2p/growing.h"

#include <sched.h>

#include "p2p/data.h"
#include "p2p/wait.h"
#include "shm/death.h"
#include "shm/job.h"

/* A receiver that sees nothing for so many looks lets others run: the owner
 * has been interrupted. */
enum { LOOKS = 512 };

/* Each step costs the way of a line to the receiver and back, and where the data goes past the
 * cache also the time until it has arrived in memory. */
enum { STEP_BYTES = 4096, LONG_BYTES = 16384, LONG_STEP_BYTES = 8192 };

static uint32_t step_bytes(const struct mpr_store *store, uint32_t bytes)
{
    return mpr_store_is_past(store) && bytes >= LONG_BYTES ? LONG_STEP_BYTES : STEP_BYTES;
}

/* Up to here a chunk is full sooner than a reader at its writer's heels, whose core takes lines
 * ahead, lets it be. */
enum { FULL_BYTES_MAX = 4096, FULL_PAST_BYTES_MAX = 2048 };

static bool should_grow(const struct mpr_store *store, uint32_t bytes)
{
    uint32_t most_full = mpr_store_is_past(store) ? FULL_PAST_BYTES_MAX : FULL_BYTES_MAX;

    return bytes > most_full && mpr_wait_may_spin();
}

void mpr_growing_send(struct mpr_peer *peer, struct mpr_cell *cell, uint32_t chunk,
                      const struct mpr_type *type, const void *buffer, MPI_Count position)
{
    unsigned char *data = mpr_chunk_address(&mpr_chunks, chunk);
    const uint32_t bytes = cell->payload_bytes;

    if (!should_grow(&peer->store, bytes)) {
        mpr_store_out(&peer->store, type, buffer, position, data, bytes);
        mpr_peer_publish(peer, cell);
        return;
    }
    cell->flags |= MPR_RECORD_GROWING;
    mpr_peer_publish(peer, cell);
    const uint32_t most = step_bytes(&peer->store, bytes);
    for (uint32_t done = 0, step; done < bytes; done += step) {
        step = bytes - done < most ? bytes - done : most;
        mpr_store_out(&peer->store, type, buffer, position + done, data + done, step);
        mpr_chunk_fill(&mpr_chunks, chunk, done + step);
    }
}

uint32_t mpr_growing_await(uint32_t owner, uint32_t chunk, uint32_t wanted)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    bool is_dead = false;

    for (uint32_t look = 1;; look++) {
        uint32_t filled = mpr_chunk_filled(segment, owner, chunk);
        if (filled >= wanted || is_dead) {
            return filled;
        }
        mpr_pause();
        if (look % LOOKS == 0) {
            is_dead = mpr_death_has_taken(segment, owner); // one more look shows all it has stored
            sched_yield();
        }
    }
}

bool mpr_growing_receive(uint32_t owner, uint32_t chunk, uint32_t bytes,
                         const struct mpr_type *type, void *buffer, MPI_Count position,
                         uint32_t wanted)
{
    const unsigned char *data = mpr_chunk_find(&mpr_job.segment, owner, chunk);

    for (uint32_t done = 0, end; done < wanted; done = end) {
        uint32_t filled = mpr_growing_await(owner, chunk, done + 1);
        if (filled <= done) {
            return false;
        }
        end = filled < wanted ? filled : wanted;
        mpr_data_in(type, buffer, position + done, data + done, end - done);
    }
    return mpr_growing_await(owner, chunk, bytes) == bytes;
}
