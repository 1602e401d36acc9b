/* SPDX-License-Identifier: BSD-3-Clause */
/* Making layouts.
 *
 * Bounds are computed before blocks, with checks; everything that a block holds lies within them,
 * so that arithmetic on blocks cannot overflow. */
#include "type/layout.h"

#include <stdlib.h>

#include "base/error.h"

/* What has few blocks is copied into what is made of it, as long as that has few blocks, too: a
 * struct within a struct is flat. Anything longer is referred to. */
enum { COPIED_BLOCKS_MAX = 8, FLAT_BLOCKS_MAX = 64, ROOM_FIRST = 4 };

static void note(struct mpr_layout_pool *pool, int error)
{
    if (pool->error == MPR_OK) {
        pool->error = error;
    }
}

MPI_Aint mpr_layout_plus(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b)
{
    MPI_Aint sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        note(pool, MPR_ERR_LIMIT);
    }
    return sum;
}

MPI_Aint mpr_layout_minus(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b)
{
    MPI_Aint difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) {
        note(pool, MPR_ERR_LIMIT);
    }
    return difference;
}

MPI_Aint mpr_layout_times(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b)
{
    MPI_Aint product = 0;
    if (__builtin_mul_overflow(a, b, &product)) {
        note(pool, MPR_ERR_LIMIT);
    }
    return product;
}

void mpr_block_arrays_free(struct mpr_block_array *arrays)
{
    while (arrays != NULL) {
        struct mpr_block_array *next = arrays->next;
        free(arrays);
        arrays = next;
    }
}

struct mpr_layout mpr_layout_of(const struct mpr_type *type)
{
    return (struct mpr_layout){
        .size_bytes = type->size_bytes,
        .element_count = type->element_count,
        .true_lower = type->true_lower_bound,
        .true_upper = type->true_lower_bound + type->true_extent,
        .resized = type->resized,
        .lower_mark = type->lower_bound,
        .upper_mark = type->lower_bound + type->extent,
        .alignment = type->alignment,
        .block_count = type->block_count,
        .blocks = type->blocks,
    };
}

/* ---- Bounds ---- */

static MPI_Aint lesser(MPI_Aint a, MPI_Aint b)
{
    return a < b ? a : b;
}

static MPI_Aint greater(MPI_Aint a, MPI_Aint b)
{
    return a > b ? a : b;
}

MPI_Aint mpr_layout_lower(const struct mpr_layout *layout)
{
    return layout->resized ? layout->lower_mark : layout->true_lower;
}

MPI_Aint mpr_layout_extent(struct mpr_layout_pool *pool, const struct mpr_layout *layout)
{
    if (layout->resized) {
        return mpr_layout_minus(pool, layout->upper_mark, layout->lower_mark);
    }
    MPI_Aint extent = mpr_layout_minus(pool, layout->true_upper, layout->true_lower);
    MPI_Aint alignment = (MPI_Aint)layout->alignment;
    MPI_Aint padding = alignment > 1 ? (alignment - extent % alignment) % alignment : 0;
    return mpr_layout_plus(pool, extent, padding);
}

/* `to` grows by rows of `part` that begin anywhere from `low` to `high`. */
static void extend_bounds(struct mpr_layout_pool *pool, struct mpr_layout *to,
                          const struct mpr_layout *part, MPI_Aint low, MPI_Aint high)
{
    if (part->size_bytes > 0) {
        MPI_Aint lower = mpr_layout_plus(pool, low, part->true_lower);
        MPI_Aint upper = mpr_layout_plus(pool, high, part->true_upper);
        bool first = to->size_bytes == 0;
        to->true_lower = first ? lower : lesser(to->true_lower, lower);
        to->true_upper = first ? upper : greater(to->true_upper, upper);
    }
    if (part->resized) {
        MPI_Aint lower = mpr_layout_plus(pool, low, part->lower_mark);
        MPI_Aint upper = mpr_layout_plus(pool, high, part->upper_mark);
        to->lower_mark = to->resized ? lesser(to->lower_mark, lower) : lower;
        to->upper_mark = to->resized ? greater(to->upper_mark, upper) : upper;
        to->resized = true;
    }
    if (part->alignment > to->alignment) {
        to->alignment = part->alignment;
    }
}

/* ---- Blocks ---- */

/* The offset `count` strides further on; it may be one behind everything that there is. */
static MPI_Aint advance(MPI_Aint offset, MPI_Count count, MPI_Aint stride)
{
    return (MPI_Aint)((uint64_t)offset + (uint64_t)count * (uint64_t)stride);
}

static bool is_run(const struct mpr_block *block)
{
    return block->body == NULL && block->count == 1 && block->offsets == NULL;
}

static bool grow(struct mpr_layout_sum *sum)
{
    if (sum->layout.block_count < sum->room) {
        return true;
    }
    size_t room = sum->room == 0 ? ROOM_FIRST : 2 * sum->room;
    struct mpr_block_array *array =
        room > UINT32_MAX ? NULL
                          : realloc(sum->array, sizeof(*array) + room * sizeof(struct mpr_block));
    if (array == NULL) {
        note(sum->pool, MPR_ERR_NO_MEMORY);
        return false;
    }
    sum->array = array;
    sum->room = room;
    return true;
}

/* The last block is as long as it gets. */
static void settle_last(struct mpr_layout_sum *sum)
{
    if (sum->last.count > 0 && grow(sum)) {
        sum->array->blocks[sum->layout.block_count++] = sum->last;
    }
    sum->last.count = 0;
}

/* A run that begins where the last piece of the last block ends. */
static bool join_runs(struct mpr_layout_sum *sum, const struct mpr_block *run)
{
    struct mpr_block *last = &sum->last;
    MPI_Aint piece = advance(last->offset, last->count - 1, last->stride);

    if (last->body != NULL || last->offsets != NULL || !is_run(run) ||
        run->offset != advance(piece, 1, last->bytes)) {
        return false;
    }
    struct mpr_block joined = {.offset = piece, .bytes = last->bytes + run->bytes, .count = 1};
    last->count--;
    settle_last(sum);
    *last = joined;
    return true;
}

/* A row of the same pieces that goes on where the last one stops. */
static bool join_rows(struct mpr_block *last, const struct mpr_block *row)
{
    MPI_Aint stride = last->count > 1 ? last->stride : advance(row->offset, -1, last->offset);

    if (row->offsets != NULL || last->offsets != NULL || row->bytes != last->bytes ||
        row->body != last->body || row->offset != advance(last->offset, last->count, stride) ||
        (row->count > 1 && row->stride != stride)) {
        return false;
    }
    last->stride = stride;
    last->count += row->count;
    return true;
}

static void add_block(struct mpr_layout_sum *sum, struct mpr_block block)
{
    if (block.body == NULL && block.offsets == NULL && block.stride == block.bytes) {
        block.bytes *= block.count;
        block.count = 1;
    }
    if (block.count == 1) {
        block.stride = 0;
    }
    if (sum->last.count > 0 && (join_runs(sum, &block) || join_rows(&sum->last, &block))) {
        return;
    }
    settle_last(sum);
    sum->last = block;
}

/* A row of layouts that have one block is a row of what this block is a row of, if it can be. */
static struct mpr_block make_row(const struct mpr_layout *part, MPI_Count count, MPI_Aint offset,
                                 MPI_Aint stride)
{
    struct mpr_block row = part->blocks[0];

    if (part->block_count == 1) {
        row.offset += offset;
        if (count == 1) {
            return row;
        }
        if (row.count == 1 && row.offsets == NULL) {
            row.count = count;
            row.stride = stride;
            return row;
        }
        if (row.offsets == NULL && stride == advance(0, row.count, row.stride)) {
            row.count *= count;
            return row;
        }
    }
    return (struct mpr_block){.offset = offset,
                              .bytes = part->size_bytes,
                              .count = count,
                              .stride = stride,
                              .body = part->blocks,
                              .body_count = part->block_count};
}

static void add_blocks(struct mpr_layout_sum *sum, const struct mpr_layout *part, MPI_Count count,
                       MPI_Aint offset, MPI_Aint stride)
{
    bool is_copied = count == 1 && part->block_count <= COPIED_BLOCKS_MAX &&
                     sum->layout.block_count < FLAT_BLOCKS_MAX;
    if (!is_copied) {
        add_block(sum, make_row(part, count, offset, stride));
        return;
    }
    for (uint32_t i = 0; i < part->block_count; i++) {
        struct mpr_block block = part->blocks[i];
        block.offset += offset;
        add_block(sum, block);
    }
}

/* ---- Sums ---- */

void mpr_layout_sum_begin(struct mpr_layout_sum *sum, struct mpr_layout_pool *pool)
{
    *sum = (struct mpr_layout_sum){.pool = pool, .layout = {.alignment = 1}};
}

void mpr_layout_sum_add(struct mpr_layout_sum *sum, const struct mpr_layout *part, MPI_Count count,
                        MPI_Aint offset, MPI_Aint stride)
{
    struct mpr_layout_pool *pool = sum->pool;
    struct mpr_layout *layout = &sum->layout;

    if (count == 0) {
        return;
    }
    MPI_Aint reach = mpr_layout_times(pool, (MPI_Aint)(count - 1), stride);
    MPI_Aint low = mpr_layout_plus(pool, offset, lesser(reach, 0));
    MPI_Aint high = mpr_layout_plus(pool, offset, greater(reach, 0));
    extend_bounds(pool, layout, part, low, high);

    MPI_Count bytes = mpr_layout_times(pool, count, part->size_bytes);
    layout->size_bytes = mpr_layout_plus(pool, layout->size_bytes, bytes);
    MPI_Count elements = mpr_layout_times(pool, count, part->element_count);
    layout->element_count = mpr_layout_plus(pool, layout->element_count, elements);
    if (pool->error == MPR_OK && bytes > 0) {
        add_blocks(sum, part, count, offset, stride);
    }
}

/* Hands the blocks to the pool. */
static void keep_blocks(struct mpr_layout_sum *sum)
{
    struct mpr_layout *layout = &sum->layout;
    struct mpr_block_array *array = mpr_blocks_list(sum->array, &layout->block_count);

    if (array == sum->array) {
        size_t bytes = sizeof(*array) + layout->block_count * sizeof(struct mpr_block);
        struct mpr_block_array *cut = realloc(array, bytes);
        array = cut != NULL ? cut : array;
    }
    array->next = sum->pool->arrays;
    sum->pool->arrays = array;
    layout->blocks = array->blocks;

    MPI_Count position = 0;
    for (uint32_t i = 0; i < layout->block_count; i++) {
        array->blocks[i].position = position;
        position += array->blocks[i].bytes * array->blocks[i].count;
    }
}

struct mpr_layout mpr_layout_sum_end(struct mpr_layout_sum *sum)
{
    struct mpr_block last = sum->last;
    struct mpr_layout *layout = &sum->layout;

    if (layout->block_count == 0 && last.body != NULL && last.count == 1 && last.offset == 0) {
        // Nothing but a reference: it is what it refers to.
        layout->blocks = last.body;
        layout->block_count = last.body_count;
        return *layout;
    }
    settle_last(sum);
    if (layout->block_count > 0) {
        keep_blocks(sum);
    }
    return *layout;
}

struct mpr_layout mpr_layout_repeat(struct mpr_layout_pool *pool, const struct mpr_layout *part,
                                    MPI_Count count, MPI_Aint offset, MPI_Aint stride)
{
    struct mpr_layout_sum sum;

    mpr_layout_sum_begin(&sum, pool);
    mpr_layout_sum_add(&sum, part, count, offset, stride);
    return mpr_layout_sum_end(&sum);
}
