/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves data between a user's buffer and its packed form, from the blocks of the datatype alone.
 *
 * Any number of items is a row of pieces, as each block is, so that packing and unpacking are one
 * walk over a range of a row: the end of a piece, whole pieces, the beginning of a piece; and where
 * a piece has a body, the same in each of its blocks. The bytes are moved by copy_row(), the loop
 * that a user would write by hand. */
#include <stdint.h>

#include "type/type.h"

enum direction { PACK, UNPACK };

/* Pieces with a body are moved block by block in batches of about this many bytes, which the
 * first-level cache keeps from one block to the next. */
enum { BATCH_BYTES = 8192 };

/* Copies `count` pieces of `bytes` bytes, each as its first and its last `part` bytes; these
 * overlap when `part` is less than `bytes`, and are the same when it is not. */
static inline __attribute__((always_inline)) void copy_row(char *restrict to, MPI_Aint to_stride,
                                                           const char *restrict from,
                                                           MPI_Aint from_stride, size_t bytes,
                                                           size_t part, MPI_Count count)
{
#pragma GCC unroll 4
    for (MPI_Count i = 0; i < count; i++) {
        memcpy(to, from, part);
        if (part < bytes) {
            memcpy(to + bytes - part, from + bytes - part, part);
        }
        to += to_stride;
        from += from_stride;
    }
}

/* Copies `count` pieces of `bytes` bytes; short ones by loops that move constant sizes. */
static void copy_pieces(char *restrict to, MPI_Aint to_stride, const char *restrict from,
                        MPI_Aint from_stride, size_t bytes, MPI_Count count)
{
#define COPY_ROW(bytes, part) copy_row(to, to_stride, from, from_stride, bytes, part, count)
    switch (bytes) {
    case 1:
        COPY_ROW(1, 1);
        break;
    case 2:
        COPY_ROW(2, 2);
        break;
    case 3:
        COPY_ROW(3, 2);
        break;
    case 4:
        COPY_ROW(4, 4);
        break;
    case 5 ... 7:
        COPY_ROW(bytes, 4);
        break;
    case 8:
        COPY_ROW(8, 8);
        break;
    case 12: // a number and an index
        COPY_ROW(12, 8);
        break;
    case 9 ... 11:
    case 13 ... 15:
        COPY_ROW(bytes, 8);
        break;
    case 16:
        COPY_ROW(16, 16);
        break;
    case 24: // a point in space
        COPY_ROW(24, 16);
        break;
    case 17 ... 23:
    case 25 ... 32:
        COPY_ROW(bytes, 16);
        break;
    case 33 ... 64:
        COPY_ROW(bytes, 32);
        break;
    default:
        COPY_ROW(bytes, bytes);
    }
#undef COPY_ROW
}

/* Moves `count` runs of `bytes` bytes. */
static void move_runs(enum direction direction, char *memory, MPI_Aint stride, char *packed,
                      MPI_Aint packed_stride, size_t bytes, MPI_Count count)
{
    if (direction == PACK) {
        copy_pieces(packed, packed_stride, memory, stride, bytes, count);
    } else {
        copy_pieces(memory, stride, packed, packed_stride, bytes, count);
    }
}

static void move(enum direction direction, char *memory, char *packed, size_t bytes)
{
    if (direction == PACK) {
        memcpy(packed, memory, bytes);
    } else {
        memcpy(memory, packed, bytes);
    }
}

static void move_pieces(enum direction direction, const struct mpr_block *row, char *memory,
                        char *packed, MPI_Count count);

/* Moves one block of `count` pieces. Where the block is a row of runs, there are two ways to walk
 * through them, along the block or from piece to piece (which is how the members of a struct are
 * copied): the longer one makes the inner loop. */
static void move_block(enum direction direction, const struct mpr_block *row,
                       const struct mpr_block *block, char *memory, char *packed, MPI_Count count)
{
    memory += block->offset;
    packed += block->position;
    if (block->body == NULL && block->count <= count) {
        for (MPI_Count i = 0; i < block->count; i++) {
            move_runs(direction, memory + i * block->stride, row->stride, packed + i * block->bytes,
                      row->bytes, (size_t)block->bytes, count);
        }
        return;
    }
    for (MPI_Count i = 0; i < count; i++) {
        move_pieces(direction, block, memory + i * row->stride, packed + i * row->bytes,
                    block->count);
    }
}

/* Moves `count` whole pieces, the first of which lies at `memory`. */
static void move_pieces(enum direction direction, const struct mpr_block *row, char *memory,
                        char *packed, MPI_Count count)
{
    if (row->body == NULL) {
        move_runs(direction, memory, row->stride, packed, row->bytes, (size_t)row->bytes, count);
        return;
    }
    MPI_Count batch = 1 + BATCH_BYTES / row->bytes;
    while (count > 0) {
        MPI_Count pieces = count < batch ? count : batch;
        for (uint32_t i = 0; i < row->body_count; i++) {
            move_block(direction, row, &row->body[i], memory, packed, pieces);
        }
        memory += pieces * row->stride;
        packed += pieces * row->bytes;
        count -= pieces;
    }
}

/* The block of a row's body that holds the byte at `position` of the packed piece. */
static uint32_t find_block(const struct mpr_block *row, MPI_Count position)
{
    uint32_t low = 0;
    uint32_t high = row->body_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (row->body[middle].position <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static void move_range(enum direction direction, const struct mpr_block *row, char *memory,
                       MPI_Count from, char *packed, size_t bytes);

/* Moves the packed bytes [from, from + bytes) of the piece at `memory`, less than all. */
static void move_part(enum direction direction, const struct mpr_block *row, char *memory,
                      MPI_Count from, char *packed, size_t bytes)
{
    if (row->body == NULL) {
        move(direction, memory + from, packed, bytes);
        return;
    }
    for (uint32_t i = find_block(row, from); bytes > 0; i++) {
        const struct mpr_block *block = &row->body[i];
        MPI_Count within = from - block->position;
        size_t left = (size_t)(block->bytes * block->count - within);
        size_t part = left < bytes ? left : bytes;
        move_range(direction, block, memory + block->offset, within, packed, part);
        from += (MPI_Count)part;
        packed += part;
        bytes -= part;
    }
}

/* Moves the packed bytes [from, from + bytes) of a row whose first piece lies at `memory`. */
static void move_range(enum direction direction, const struct mpr_block *row, char *memory,
                       MPI_Count from, char *packed, size_t bytes)
{
    size_t piece_bytes = (size_t)row->bytes;
    size_t skipped = (size_t)from % piece_bytes;

    memory += (MPI_Aint)((size_t)from / piece_bytes) * row->stride;
    if (skipped > 0) {
        size_t head = piece_bytes - skipped < bytes ? piece_bytes - skipped : bytes;
        move_part(direction, row, memory, (MPI_Count)skipped, packed, head);
        memory += row->stride;
        packed += head;
        bytes -= head;
    }
    MPI_Count whole = (MPI_Count)(bytes / piece_bytes);
    move_pieces(direction, row, memory, packed, whole);
    if (bytes % piece_bytes > 0) {
        move_part(direction, row, memory + whole * row->stride, 0, packed + whole * row->bytes,
                  bytes % piece_bytes);
    }
}

/* Moves a range of items: a row of pieces like any other. */
static void transfer(enum direction direction, const struct mpr_type *type, char *memory,
                     MPI_Count position, char *packed, size_t bytes)
{
    const struct mpr_block *first = type->blocks;
    bool is_run = type->block_count == 1 && first->body == NULL && first->count == 1;
    const struct mpr_block items = {.bytes = type->size_bytes,
                                    .stride = type->extent,
                                    .body = is_run ? NULL : first,
                                    .body_count = type->block_count};

    move_range(direction, &items, is_run ? memory + first->offset : memory, position, packed,
               bytes);
}

void mpr_type_pack(const struct mpr_type *type, const void *buffer, MPI_Count position,
                   void *packed, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (type->contiguous) {
        memcpy(packed, (const char *)buffer + position, bytes);
    } else {
        transfer(PACK, type, (char *)buffer, position, packed, bytes);
    }
}

void mpr_type_unpack(const struct mpr_type *type, void *buffer, MPI_Count position,
                     const void *packed, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (type->contiguous) {
        memcpy((char *)buffer + position, packed, bytes);
    } else {
        transfer(UNPACK, type, buffer, position, (char *)packed, bytes);
    }
}

void mpr_type_copy(const struct mpr_type *source_type, const void *source, MPI_Count source_count,
                   const struct mpr_type *target_type, void *target, MPI_Count target_count)
{
    MPI_Count source_bytes = mpr_type_bytes(source_type, source_count);
    MPI_Count target_bytes = mpr_type_bytes(target_type, target_count);
    MPI_Count bytes = source_bytes < target_bytes ? source_bytes : target_bytes;

    if (target_type->contiguous) {
        mpr_type_pack(source_type, source, 0, target, (size_t)bytes);
        return;
    }
    if (source_type->contiguous) {
        mpr_type_unpack(target_type, target, 0, source, (size_t)bytes);
        return;
    }
    // Gaps on both sides: through a stage that stays in the first-level cache.
    char stage[8192];
    for (MPI_Count position = 0; position < bytes;) {
        MPI_Count left = bytes - position;
        size_t part = left < (MPI_Count)sizeof(stage) ? (size_t)left : sizeof(stage);
        mpr_type_pack(source_type, source, position, stage, part);
        mpr_type_unpack(target_type, target, position, stage, part);
        position += (MPI_Count)part;
    }
}
