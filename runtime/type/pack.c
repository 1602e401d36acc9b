/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves data between a user's buffer and its packed form, from the blocks of the datatype alone.
 *
 * Packing and unpacking are one walk over a range: the end of an item, whole items, the beginning
 * of an item. The bytes are moved by copy_row(), the loop that a user would write by hand: over the
 * pieces of a block or, where a block is one piece (the members of a struct), over the same piece
 * of many items. */
#include <stdint.h>

#include "type/type.h"

enum direction { PACK, UNPACK };

/* Items are moved block by block in batches of about this many bytes, which the first-level cache
 * keeps from one block to the next. */
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

static void move_pieces(enum direction direction, char *memory, MPI_Aint stride, char *packed,
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

/* Moves whole items. */
static void move_items(enum direction direction, const struct mpr_type *type, char *memory,
                       char *packed, MPI_Count count)
{
    MPI_Count batch = type->block_count == 1 ? count : 1 + BATCH_BYTES / type->size_bytes;

    while (count > 0) {
        MPI_Count items = count < batch ? count : batch;
        for (uint32_t i = 0; i < type->block_count; i++) {
            const struct mpr_block *block = &type->blocks[i];
            char *to_memory = memory + block->offset;
            char *to_packed = packed + block->position;
            if (block->count == 1) {
                move_pieces(direction, to_memory, type->extent, to_packed, type->size_bytes,
                            (size_t)block->bytes, items);
                continue;
            }
            for (MPI_Count item = 0; item < items; item++) {
                move_pieces(direction, to_memory + item * type->extent, block->stride,
                            to_packed + item * type->size_bytes, block->bytes, (size_t)block->bytes,
                            block->count);
            }
        }
        memory += items * type->extent;
        packed += items * type->size_bytes;
        count -= items;
    }
}

/* The block that holds the byte at `position` of the packed item. */
static uint32_t find_block(const struct mpr_type *type, MPI_Count position)
{
    uint32_t low = 0;
    uint32_t high = type->block_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (type->blocks[middle].position <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Moves the packed bytes [from, from + bytes) of one block. */
static void move_part_of_block(enum direction direction, const struct mpr_block *block,
                               char *memory, MPI_Count from, char *packed, size_t bytes)
{
    size_t piece_bytes = (size_t)block->bytes;
    size_t skipped = (size_t)from % piece_bytes;

    memory += block->offset + (MPI_Aint)((size_t)from / piece_bytes) * block->stride;
    if (skipped > 0) {
        size_t head = piece_bytes - skipped < bytes ? piece_bytes - skipped : bytes;
        move(direction, memory + skipped, packed, head);
        memory += block->stride;
        packed += head;
        bytes -= head;
    }
    MPI_Count whole = (MPI_Count)(bytes / piece_bytes);
    move_pieces(direction, memory, block->stride, packed, block->bytes, piece_bytes, whole);
    if (bytes % piece_bytes > 0) {
        move(direction, memory + whole * block->stride, packed + whole * block->bytes,
             bytes % piece_bytes);
    }
}

/* Moves the packed bytes [from, from + bytes) of one item. */
static void move_part_of_item(enum direction direction, const struct mpr_type *type, char *memory,
                              MPI_Count from, char *packed, size_t bytes)
{
    for (uint32_t i = find_block(type, from); bytes > 0; i++) {
        const struct mpr_block *block = &type->blocks[i];
        MPI_Count within = from - block->position;
        size_t left = (size_t)(block->bytes * block->count - within);
        size_t part = left < bytes ? left : bytes;
        move_part_of_block(direction, block, memory, within, packed, part);
        from += (MPI_Count)part;
        packed += part;
        bytes -= part;
    }
}

static void transfer(enum direction direction, const struct mpr_type *type, char *memory,
                     MPI_Count position, char *packed, size_t bytes)
{
    size_t size = (size_t)type->size_bytes;
    size_t skipped = (size_t)position % size;

    memory += (MPI_Aint)((size_t)position / size) * type->extent;
    if (skipped > 0) {
        size_t head = size - skipped < bytes ? size - skipped : bytes;
        move_part_of_item(direction, type, memory, (MPI_Count)skipped, packed, head);
        memory += type->extent;
        packed += head;
        bytes -= head;
    }
    size_t whole = bytes / size;
    move_items(direction, type, memory, packed, (MPI_Count)whole);
    move_part_of_item(direction, type, memory + (MPI_Aint)whole * type->extent, 0,
                      packed + whole * size, bytes % size);
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
