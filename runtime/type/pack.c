/* SPDX-License-Identifier: BSD-3-Clause */
/* Moves data between a user's buffer and its packed form, from the blocks of the datatype alone.
 *
 * Any number of items is a row of pieces, as each block is, so that packing and unpacking are one
 * walk over a range of a row: the end of a piece, whole pieces, the beginning of a piece; and where
 * a piece has a body, the same in each of its blocks. The bytes are moved by copy_row(), the loop
 * that a user would write by hand. */
#include <stdint.h>

#include "base/compiler.h"
#include "base/copy.h"
#include "type/numbers.h"
#include "type/type.h"

enum direction { PACK, UNPACK };

/* Pieces with a body are moved block by block in batches of about this many bytes, which the
 * first-level cache keeps from one block to the next. */
enum { BATCH_BYTES = 8192 };

/* Copies a piece as its first and its last `part` bytes; these overlap when `part` is less than
 * `bytes`, and are the same when it is not. */
static inline __attribute__((always_inline)) void
copy_piece(char *restrict to, const char *restrict from, size_t bytes, size_t part)
{
    mpr_copy(to, from, part);
    if (part < bytes) {
        memcpy(to + bytes - part, from + bytes - part, part);
    }
}

/* Runs LOOP(bytes, part) with sizes that the compiler knows, as far as pieces are short. */
#define BY_SIZE(bytes, LOOP)                                                                       \
    switch (bytes) {                                                                               \
    case 1:                                                                                        \
        LOOP(1, 1);                                                                                \
        break;                                                                                     \
    case 2:                                                                                        \
        LOOP(2, 2);                                                                                \
        break;                                                                                     \
    case 3:                                                                                        \
        LOOP(3, 2);                                                                                \
        break;                                                                                     \
    case 4:                                                                                        \
        LOOP(4, 4);                                                                                \
        break;                                                                                     \
    case 5 ... 7:                                                                                  \
        LOOP(bytes, 4);                                                                            \
        break;                                                                                     \
    case 8:                                                                                        \
        LOOP(8, 8);                                                                                \
        break;                                                                                     \
    case 12: /* a number and an index */                                                           \
        LOOP(12, 8);                                                                               \
        break;                                                                                     \
    case 9 ... 11:                                                                                 \
    case 13 ... 15:                                                                                \
        LOOP(bytes, 8);                                                                            \
        break;                                                                                     \
    case 16:                                                                                       \
        LOOP(16, 16);                                                                              \
        break;                                                                                     \
    case 24: /* a point in space */                                                                \
        LOOP(24, 16);                                                                              \
        break;                                                                                     \
    case 17 ... 23:                                                                                \
    case 25 ... 32:                                                                                \
        LOOP(bytes, 16);                                                                           \
        break;                                                                                     \
    case 33 ... 64:                                                                                \
        LOOP(bytes, 32);                                                                           \
        break;                                                                                     \
    default:                                                                                       \
        LOOP(bytes, bytes);                                                                        \
    }

static inline __attribute__((always_inline)) void copy_row(char *restrict to, MPI_Aint to_stride,
                                                           const char *restrict from,
                                                           MPI_Aint from_stride, size_t bytes,
                                                           size_t part, MPI_Count count)
{
#pragma GCC unroll 4
    for (MPI_Count i = 0; i < count; i++) {
        copy_piece(to, from, bytes, part);
        to += to_stride;
        from += from_stride;
    }
}

static void copy_pieces(char *restrict to, MPI_Aint to_stride, const char *restrict from,
                        MPI_Aint from_stride, size_t bytes, MPI_Count count)
{
#define COPY_ROW(bytes, part) copy_row(to, to_stride, from, from_stride, bytes, part, count)
    BY_SIZE(bytes, COPY_ROW)
#undef COPY_ROW
}

/* Moves `count` runs of `bytes` bytes. */
static void move_runs(enum direction direction, char *memory, MPI_Aint stride, char *packed,
                      MPI_Aint packed_stride, size_t bytes, MPI_Count count)
{
    const bool are_numbers = (bytes == 8 || bytes == 4) && packed_stride == (MPI_Aint)bytes;

    if (are_numbers && direction == PACK) {
        mpr_numbers_pack(packed, memory, stride, bytes, count);
    } else if (are_numbers) {
        mpr_numbers_unpack(memory, stride, packed, bytes, count);
    } else if (direction == PACK) {
        copy_pieces(packed, packed_stride, memory, stride, bytes, count);
    } else {
        copy_pieces(memory, stride, packed, packed_stride, bytes, count);
    }
}

static inline __attribute__((always_inline)) void
copy_list(enum direction direction, char *restrict memory, const MPI_Aint *restrict offsets,
          char *restrict packed, size_t bytes, size_t part, MPI_Count count)
{
#pragma GCC unroll 4
    for (MPI_Count i = 0; i < count; i++) {
        if (direction == PACK) {
            copy_piece(packed, memory + offsets[i], bytes, part);
        } else {
            copy_piece(memory + offsets[i], packed, bytes, part);
        }
        packed += bytes;
    }
}

/* Moves `count` runs of `bytes` bytes that lie anywhere. */
static void move_list(enum direction direction, char *memory, const MPI_Aint *offsets, char *packed,
                      size_t bytes, MPI_Count count)
{
#define PACK_LIST(bytes, part)   copy_list(PACK, memory, offsets, packed, bytes, part, count)
#define UNPACK_LIST(bytes, part) copy_list(UNPACK, memory, offsets, packed, bytes, part, count)
    if (direction == PACK) {
        BY_SIZE(bytes, PACK_LIST)
    } else {
        BY_SIZE(bytes, UNPACK_LIST)
    }
#undef PACK_LIST
#undef UNPACK_LIST
}

static void move(enum direction direction, char *memory, char *packed, size_t bytes)
{
    if (direction == PACK) {
        mpr_copy(packed, memory, bytes);
    } else {
        mpr_copy(memory, packed, bytes);
    }
}

/* Where a row has its piece `index`, from its first address. */
static MPI_Aint place_of(const struct mpr_block *row, MPI_Count index)
{
    return row->offsets != NULL ? row->offsets[index] : (MPI_Aint)index * row->stride;
}

static void move_pieces(enum direction direction, const struct mpr_block *row, char *memory,
                        MPI_Count first, char *packed, MPI_Count count);

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
            move_runs(direction, memory + place_of(block, i), row->stride,
                      packed + i * block->bytes, row->bytes, (size_t)block->bytes, count);
        }
        return;
    }
    for (MPI_Count i = 0; i < count; i++) {
        move_pieces(direction, block, memory + i * row->stride, 0, packed + i * row->bytes,
                    block->count);
    }
}

/* Copies what is short without a jump for each size: sizes that change from run to run would make
 * the processor guess wrong. */
static inline __attribute__((always_inline)) void copy_run(char *restrict to,
                                                           const char *restrict from, size_t bytes)
{
    if (bytes - 8 <= 8) {
        memcpy(to, from, 8);
        memcpy(to + bytes - 8, from + bytes - 8, 8);
    } else if (bytes - 17 <= 47) {
        memcpy(to, from, 16);
        memcpy(to + bytes - 16, from + bytes - 16, 16);
        if (bytes > 32) {
            memcpy(to + 16, from + 16, 16);
            memcpy(to + bytes - 32, from + bytes - 32, 16);
        }
    } else if (bytes - 4 <= 3) {
        memcpy(to, from, 4);
        memcpy(to + bytes - 4, from + bytes - 4, 4);
    } else {
        mpr_copy(to, from, bytes);
    }
}

static inline __attribute__((always_inline)) void
move_item(enum direction direction, const struct mpr_block *row, char *memory, char *packed)
{
    for (const struct mpr_block *block = row->body, *end = block + row->body_count; block < end;
         block++) {
        if (block->body != NULL || block->count > 1) {
            move_block(direction, row, block, memory, packed, 1);
        } else if (direction == PACK) {
            copy_run(packed + block->position, memory + block->offset, (size_t)block->bytes);
        } else {
            copy_run(memory + block->offset, packed + block->position, (size_t)block->bytes);
        }
    }
}

static void move_bodies(enum direction direction, const struct mpr_block *row, char *memory,
                        char *packed, MPI_Count count)
{
    if (count == 1 && direction == PACK) {
        move_item(PACK, row, memory, packed);
        return;
    }
    if (count == 1) {
        move_item(UNPACK, row, memory, packed);
        return;
    }
    for (uint32_t i = 0; i < row->body_count; i++) {
        move_block(direction, row, &row->body[i], memory, packed, count);
    }
}

/* Moves `count` whole pieces of the row at `memory`, from piece `first` on. */
static void move_pieces(enum direction direction, const struct mpr_block *row, char *memory,
                        MPI_Count first, char *packed, MPI_Count count)
{
    size_t bytes = (size_t)row->bytes;

    if (row->body == NULL && row->offsets != NULL) {
        move_list(direction, memory, row->offsets + first, packed, bytes, count);
        return;
    }
    if (row->body == NULL) {
        move_runs(direction, memory + first * row->stride, row->stride, packed, row->bytes, bytes,
                  count);
        return;
    }
    MPI_Count batch = row->offsets != NULL ? 1 : 1 + BATCH_BYTES / row->bytes;
    for (MPI_Count end = first + count; first < end; first += batch) {
        MPI_Count pieces = end - first < batch ? end - first : batch;
        move_bodies(direction, row, memory + place_of(row, first), packed, pieces);
        packed += pieces * row->bytes;
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

/* A short message takes no longer than some divisions: most pieces have a size that needs none. */
static size_t divide(size_t bytes, size_t piece_bytes)
{
    return mpr_is_power_of_two(piece_bytes) ? bytes >> __builtin_ctzl(piece_bytes)
                                            : bytes / piece_bytes;
}

/* Moves the packed bytes [from, from + bytes) of the row at `memory`. */
static void move_range(enum direction direction, const struct mpr_block *row, char *memory,
                       MPI_Count from, char *packed, size_t bytes)
{
    size_t piece_bytes = (size_t)row->bytes;
    size_t index = divide((size_t)from, piece_bytes);
    size_t skipped = (size_t)from - index * piece_bytes;

    if (skipped > 0) {
        size_t head = piece_bytes - skipped < bytes ? piece_bytes - skipped : bytes;
        move_part(direction, row, memory + place_of(row, (MPI_Count)index), (MPI_Count)skipped,
                  packed, head);
        index++;
        packed += head;
        bytes -= head;
    }
    size_t whole = divide(bytes, piece_bytes);
    size_t tail = bytes - whole * piece_bytes;
    move_pieces(direction, row, memory, (MPI_Count)index, packed, (MPI_Count)whole);
    if (tail > 0) {
        move_part(direction, row, memory + place_of(row, (MPI_Count)(index + whole)), 0,
                  packed + bytes - tail, tail);
    }
}

/* Moves a range of items: a row of pieces like any other, which may lie in a single item. The row
 * is not put together here: to store and load it would make a short message wait until the stores
 * before it, into lines that the receiver has, are done. */
static void transfer(enum direction direction, const struct mpr_type *type, char *memory,
                     MPI_Count position, char *packed, size_t bytes)
{
    bool is_in_block =
        type->block_count == 1 && position + (MPI_Count)bytes <= type->size_bytes;
    const struct mpr_block *row = is_in_block ? type->blocks : &type->items;

    move_range(direction, row, memory + row->offset, position, packed, bytes);
}

void mpr_type_pack(const struct mpr_type *type, const void *buffer, MPI_Count position,
                   void *packed, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (type->contiguous) {
        mpr_copy(packed, (const char *)buffer + position, bytes);
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
        mpr_copy((char *)buffer + position, packed, bytes);
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
