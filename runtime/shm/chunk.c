/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of chunks.
 *
 * Units are counted from the pool's end here, in the order in which they are handed out; only the
 * name of a chunk, chunk_of(), counts from the start.
 *
 * The owner learns of a release when it comes by again: the cursor walks from chunk to chunk, over
 * busy ones, and takes in the released ones. It always stands at the first unit of a chunk or at a
 * free unit, because a new chunk is laid into free units only. */
#include "shm/chunk.h"

#include <stdlib.h>

#include "base/error.h"
#include "shm/segment.h"

/* Parts of the pool: of which eager messages may hold half, and a chunk may be one. */
enum { POOL_PARTS = 4, POOL_PARTS_EAGER = 2 };

/* Eager messages begin with so many units. When they have been around so often, twice as many are
 * worth their first touch. */
enum { REACH_UNITS = 16, REACH_LAPS = 16 };

struct mpr_chunk_run {
    uint32_t units; /* 0: no chunk begins at this unit */
    uint32_t use;
    uint32_t reader;
};

static struct mpr_unit_state *states_of(const struct mpr_segment *segment, uint32_t owner)
{
    unsigned char *base = (unsigned char *)segment->header + segment->layout.unit_state_offset;
    return (struct mpr_unit_state *)(void *)base + (uint64_t)owner * segment->geometry.pool_units;
}

static unsigned char *pool_of(const struct mpr_segment *segment, uint32_t owner)
{
    return (unsigned char *)segment->header + segment->layout.pool_offset +
           (uint64_t)owner * segment->geometry.pool_units * MPR_POOL_UNIT_BYTES;
}

/* So many units are handed out from now on, as far as there are as many. */
static void reach_for(struct mpr_chunk_pool *pool, uint32_t units)
{
    pool->reach = units < pool->unit_count ? units : pool->unit_count;
    pool->laps = 0;
}

int mpr_chunk_pool_open(struct mpr_chunk_pool *pool, const struct mpr_segment *segment,
                        uint32_t rank)
{
    *pool = (struct mpr_chunk_pool){
        .states = states_of(segment, rank),
        .base = pool_of(segment, rank),
        .unit_count = segment->geometry.pool_units,
    };
    reach_for(pool, REACH_UNITS);
    pool->runs = calloc(pool->unit_count, sizeof(*pool->runs));
    pool->held = calloc(segment->geometry.slot_count, sizeof(*pool->held));
    if (pool->runs == NULL || pool->held == NULL) {
        mpr_chunk_pool_close(pool);
        return MPR_ERR_NO_MEMORY;
    }
    return MPR_OK;
}

void mpr_chunk_pool_close(struct mpr_chunk_pool *pool)
{
    free(pool->runs);
    free(pool->held);
    pool->runs = NULL;
    pool->held = NULL;
}

uint32_t mpr_chunk_bytes_max(const struct mpr_chunk_pool *pool)
{
    return pool->unit_count / POOL_PARTS * MPR_POOL_UNIT_BYTES;
}

/* The name of the chunk of `units` at `unit`. */
static uint32_t chunk_of(const struct mpr_chunk_pool *pool, uint32_t unit, uint32_t units)
{
    return pool->unit_count - unit - units;
}

/* Counts `units` units in, or out if they are negative. */
static void count(struct mpr_chunk_pool *pool, const struct mpr_chunk_run *run, int units)
{
    if (run->use == MPR_CHUNK_EAGER) {
        pool->eager_units += (uint32_t)units;
    } else {
        pool->transfer_units += (uint32_t)units;
        pool->held[run->reader] += (uint32_t)units;
    }
}

/* Takes the chunk that begins at `unit` in, if it has been read; its units are free then. */
static bool collect(struct mpr_chunk_pool *pool, uint32_t unit)
{
    struct mpr_chunk_run *run = &pool->runs[unit];
    uint32_t chunk = chunk_of(pool, unit, run->units);

    if (atomic_load_explicit(&pool->states[chunk].busy, memory_order_acquire) != 0) { /* A4 */
        return false;
    }
    count(pool, run, -(int)run->units);
    run->units = 0;
    return true;
}

static void collect_all(struct mpr_chunk_pool *pool)
{
    for (uint32_t unit = 0; unit < pool->unit_count;) {
        uint32_t units = pool->runs[unit].units;
        if (units > 0) {
            collect(pool, unit);
        }
        unit += units > 0 ? units : 1;
    }
}

static bool eager_may_have(struct mpr_chunk_pool *pool, uint32_t units)
{
    uint32_t most = pool->unit_count / POOL_PARTS_EAGER;
    if (pool->eager_units + units > most) {
        collect_all(pool);
    }
    return pool->eager_units + units <= most;
}

/* The first unit of a gap of `units` at or after the cursor, walking around the reach once. */
static uint32_t find_gap(struct mpr_chunk_pool *pool, uint32_t units)
{
    uint32_t unit = pool->cursor;
    uint32_t free_units = 0;

    // Once around, and on until a gap that began before the cursor is complete.
    for (uint32_t walked = 0; walked < pool->reach + units;) {
        if (unit == pool->reach) { // a chunk does not go around the end
            unit = 0;
            free_units = 0;
        }
        uint32_t busy_units = pool->runs[unit].units;
        if (busy_units > 0 && !collect(pool, unit)) {
            unit += busy_units;
            walked += busy_units;
            free_units = 0;
            continue;
        }
        unit++;
        walked++;
        if (++free_units == units) {
            return unit - units;
        }
    }
    return MPR_CHUNK_NONE;
}

/* The same, with as much more of the pool as it takes. */
static uint32_t find_room(struct mpr_chunk_pool *pool, uint32_t units)
{
    uint32_t unit = find_gap(pool, units);

    while (unit == MPR_CHUNK_NONE && pool->reach < pool->unit_count) {
        reach_for(pool, 2 * pool->reach);
        unit = find_gap(pool, units);
    }
    return unit;
}

static uint32_t units_for(uint32_t bytes)
{
    return (bytes + MPR_POOL_UNIT_BYTES - 1) / MPR_POOL_UNIT_BYTES;
}

uint32_t mpr_chunk_take(struct mpr_chunk_pool *pool, uint32_t bytes, enum mpr_chunk_use use,
                        uint32_t reader)
{
    uint32_t units = units_for(bytes);

    if (use == MPR_CHUNK_EAGER && !eager_may_have(pool, units)) {
        return MPR_CHUNK_NONE;
    }
    if (use == MPR_CHUNK_TRANSFER) {
        reach_for(pool, pool->unit_count);
    }
    uint32_t unit = find_room(pool, units);
    if (unit == MPR_CHUNK_NONE) {
        return MPR_CHUNK_NONE;
    }
    if (unit < pool->cursor && ++pool->laps == REACH_LAPS) {
        reach_for(pool, 2 * pool->reach);
    }
    pool->runs[unit] = (struct mpr_chunk_run){units, use, reader};
    count(pool, &pool->runs[unit], (int)units);
    pool->cursor = unit + units;
    uint32_t chunk = chunk_of(pool, unit, units);
    atomic_store_explicit(&pool->states[chunk].busy, 1, memory_order_relaxed);
    return chunk;
}

/* Whether there are chunks of transfers: these come back. */
static bool has_transfers(struct mpr_chunk_pool *pool)
{
    collect_all(pool);
    return pool->transfer_units > 0;
}

/* A reader that computes keeps what it has been given until it comes by. So none is given more than
 * is left for the others then. */
static bool is_share(const struct mpr_chunk_pool *pool, uint32_t units, uint32_t reader)
{
    uint32_t free_units = pool->unit_count - pool->eager_units - pool->transfer_units;

    return pool->held[reader] == 0 || pool->held[reader] + units <= free_units;
}

static bool transfer_may_have(struct mpr_chunk_pool *pool, uint32_t units, uint32_t reader)
{
    if (!is_share(pool, units, reader)) {
        collect_all(pool);
    }
    return is_share(pool, units, reader);
}

/* Eager messages that rest may leave no gap of the length that is wanted, for as long as they do.
 * But they leave half of all units. */
uint32_t mpr_chunk_take_piece(struct mpr_chunk_pool *pool, uint32_t *bytes, uint32_t reader)
{
    if (!transfer_may_have(pool, units_for(*bytes), reader)) {
        return MPR_CHUNK_NONE;
    }
    uint32_t chunk = mpr_chunk_take(pool, *bytes, MPR_CHUNK_TRANSFER, reader);
    while (chunk == MPR_CHUNK_NONE && *bytes > MPR_POOL_UNIT_BYTES && !has_transfers(pool)) {
        uint32_t half = *bytes / 2;
        *bytes = half > MPR_POOL_UNIT_BYTES ? half : MPR_POOL_UNIT_BYTES;
        chunk = mpr_chunk_take(pool, *bytes, MPR_CHUNK_TRANSFER, reader);
    }
    return chunk;
}

void mpr_chunk_reclaim(struct mpr_chunk_pool *pool, uint32_t reader)
{
    for (uint32_t unit = 0; unit < pool->unit_count; unit++) {
        const struct mpr_chunk_run *run = &pool->runs[unit];
        if (run->units > 0 && run->reader == reader) {
            uint32_t chunk = chunk_of(pool, unit, run->units);
            atomic_store_explicit(&pool->states[chunk].busy, 0, memory_order_relaxed);
        }
    }
}

const unsigned char *mpr_chunk_find(const struct mpr_segment *segment, uint32_t owner,
                                    uint32_t chunk)
{
    return pool_of(segment, owner) + (uint64_t)chunk * MPR_POOL_UNIT_BYTES;
}

void mpr_chunk_release(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk)
{
    atomic_store_explicit(&states_of(segment, owner)[chunk].busy, 0, memory_order_release); /* R4 */
}

uint32_t mpr_chunk_filled(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk)
{
    uint32_t busy = atomic_load_explicit(&states_of(segment, owner)[chunk].busy,
                                         memory_order_acquire); /* A5 */
    return busy - 1;
}

bool mpr_chunk_pool_is_valid(const struct mpr_chunk_pool *pool)
{
    uint32_t used[] = {[MPR_CHUNK_TRANSFER] = 0, [MPR_CHUNK_EAGER] = 0};
    uint32_t unit = 0;

    // Chunks lie one after the other, and none goes beyond the end.
    while (unit < pool->unit_count) {
        uint32_t units = pool->runs[unit].units;
        for (uint32_t inner = unit + 1; inner < unit + units; inner++) {
            if (inner >= pool->unit_count || pool->runs[inner].units != 0) {
                return false;
            }
        }
        used[pool->runs[unit].use] += units;
        unit += units > 0 ? units : 1;
    }
    return unit == pool->unit_count && used[MPR_CHUNK_EAGER] == pool->eager_units &&
           used[MPR_CHUNK_TRANSFER] == pool->transfer_units && pool->cursor <= pool->reach &&
           pool->reach <= pool->unit_count;
}
