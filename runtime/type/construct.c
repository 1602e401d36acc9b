/* SPDX-License-Identifier: BSD-3-Clause */
/* One function for each constructor: from its arguments to a layout (MPI 5.0, 5.1). */
#include "type/construct.h"

#include <stdlib.h>

#include "base/error.h"

/* `count` items of `type` in a row. */
static struct mpr_layout repeat_items(struct mpr_layout_pool *pool, const struct mpr_type *type,
                                      MPI_Count count)
{
    struct mpr_layout item = mpr_layout_of(type);
    return mpr_layout_repeat(pool, &item, count, 0, type->extent);
}

static struct mpr_layout describe_same(struct mpr_layout_pool *pool,
                                       const struct mpr_contents *contents)
{
    (void)pool;
    return mpr_layout_of(contents->types[0]);
}

static struct mpr_layout describe_contiguous(struct mpr_layout_pool *pool,
                                             const struct mpr_contents *contents)
{
    return repeat_items(pool, contents->types[0], contents->counts[0]);
}

/* Strides of vectors and displacements of indexed types count items, those of the h-forms bytes. */
static MPI_Aint unit_of(const struct mpr_contents *contents)
{
    switch (contents->combiner) {
    case MPI_COMBINER_VECTOR:
    case MPI_COMBINER_INDEXED:
    case MPI_COMBINER_INDEXED_BLOCK:
        return contents->types[0]->extent;
    default:
        return 1;
    }
}

static struct mpr_layout describe_vector(struct mpr_layout_pool *pool,
                                         const struct mpr_contents *contents)
{
    const MPI_Count *counts = contents->counts;
    struct mpr_layout block = repeat_items(pool, contents->types[0], counts[1]);
    MPI_Aint stride = mpr_layout_times(pool, counts[2], unit_of(contents));

    return mpr_layout_repeat(pool, &block, counts[0], 0, stride);
}

/* Blocks of items of one type; *lengths is the first one's length, and the next one's lies
 * `length_step` further on. */
static struct mpr_layout describe_blocks(struct mpr_layout_pool *pool,
                                         const struct mpr_contents *contents,
                                         const MPI_Count *lengths, int length_step,
                                         const MPI_Count *displacements)
{
    const struct mpr_type *type = contents->types[0];
    struct mpr_layout item = mpr_layout_of(type);
    MPI_Aint unit = unit_of(contents);
    struct mpr_layout_sum sum;

    mpr_layout_sum_begin(&sum, pool);
    for (MPI_Count i = 0; i < contents->counts[0]; i++) {
        MPI_Aint offset = mpr_layout_times(pool, displacements[i], unit);
        mpr_layout_sum_add(&sum, &item, lengths[i * length_step], offset, type->extent);
    }
    return mpr_layout_sum_end(&sum);
}

static struct mpr_layout describe_indexed(struct mpr_layout_pool *pool,
                                          const struct mpr_contents *contents)
{
    const MPI_Count *lengths = contents->counts + 1;
    return describe_blocks(pool, contents, lengths, 1, lengths + contents->counts[0]);
}

static struct mpr_layout describe_indexed_block(struct mpr_layout_pool *pool,
                                                const struct mpr_contents *contents)
{
    return describe_blocks(pool, contents, contents->counts + 1, 0, contents->counts + 2);
}

static struct mpr_layout describe_struct(struct mpr_layout_pool *pool,
                                         const struct mpr_contents *contents)
{
    const MPI_Count count = contents->counts[0];
    const MPI_Count *lengths = contents->counts + 1;
    const MPI_Count *displacements = lengths + count;
    struct mpr_layout_sum sum;

    mpr_layout_sum_begin(&sum, pool);
    for (MPI_Count i = 0; i < count; i++) {
        const struct mpr_type *type = contents->types[i];
        struct mpr_layout item = mpr_layout_of(type);
        mpr_layout_sum_add(&sum, &item, lengths[i], displacements[i], type->extent);
    }
    return mpr_layout_sum_end(&sum);
}

static struct mpr_layout describe_resized(struct mpr_layout_pool *pool,
                                          const struct mpr_contents *contents)
{
    struct mpr_layout layout = mpr_layout_of(contents->types[0]);

    layout.resized = true;
    layout.lower_mark = contents->counts[0];
    layout.upper_mark = mpr_layout_plus(pool, contents->counts[0], contents->counts[1]);
    return layout;
}

static struct mpr_layout describe(struct mpr_layout_pool *pool, const struct mpr_contents *contents)
{
    switch (contents->combiner) {
    case MPI_COMBINER_CONTIGUOUS:
        return describe_contiguous(pool, contents);
    case MPI_COMBINER_VECTOR:
    case MPI_COMBINER_HVECTOR:
        return describe_vector(pool, contents);
    case MPI_COMBINER_INDEXED:
    case MPI_COMBINER_HINDEXED:
        return describe_indexed(pool, contents);
    case MPI_COMBINER_INDEXED_BLOCK:
    case MPI_COMBINER_HINDEXED_BLOCK:
        return describe_indexed_block(pool, contents);
    case MPI_COMBINER_STRUCT:
        return describe_struct(pool, contents);
    case MPI_COMBINER_SUBARRAY:
        return mpr_layout_subarray(pool, contents);
    case MPI_COMBINER_DARRAY:
        return mpr_layout_darray(pool, contents);
    case MPI_COMBINER_RESIZED:
        return describe_resized(pool, contents);
    case MPI_COMBINER_DUP:
    default:
        return describe_same(pool, contents);
    }
}

/* ---- Types ---- */

static void set_layout(struct mpr_type *type, const struct mpr_layout *layout, MPI_Aint extent)
{
    MPI_Aint offset;

    type->size_bytes = layout->size_bytes;
    type->lower_bound = mpr_layout_lower(layout);
    type->extent = extent;
    type->true_lower_bound = layout->true_lower;
    type->true_extent = layout->true_upper - layout->true_lower;
    type->element_count = layout->element_count;
    type->alignment = layout->alignment;
    type->resized = layout->resized;
    type->block_count = layout->block_count;
    type->blocks = layout->blocks;
    type->contiguous = mpr_type_is_run(type, 2, &offset) && offset == 0;
    mpr_type_set_items(type);
}

static int open(struct mpr_type *type, struct mpr_type **opened)
{
    int error = mpr_handle_open(MPR_KIND_TYPE, &type->object);
    if (error != MPR_OK) {
        mpr_type_release(type);
        return error;
    }
    *opened = type;
    return MPR_OK;
}

int mpr_type_make(struct mpr_contents *contents, struct mpr_type **made)
{
    struct mpr_type *type = malloc(sizeof(*type));
    if (type == NULL) {
        mpr_contents_free(contents);
        return MPR_ERR_NO_MEMORY;
    }
    struct mpr_layout_pool pool = {0};
    struct mpr_layout layout = describe(&pool, contents);
    MPI_Aint extent = mpr_layout_extent(&pool, &layout);

    *type = (struct mpr_type){.object.references = 1, .contents = contents, .arrays = pool.arrays};
    if (pool.error != MPR_OK) {
        mpr_type_release(type);
        return pool.error;
    }
    set_layout(type, &layout, extent);
    // A duplicate is as ready as what it was made of (MPI 5.0, 5.1.10).
    type->committed = contents->combiner == MPI_COMBINER_DUP && contents->types[0]->committed;
    return open(type, made);
}

int mpr_type_clone(struct mpr_type *original, struct mpr_type **made)
{
    struct mpr_type *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *copy = *original;
    copy->object = (struct mpr_object){.references = 1};
    copy->original = original;
    copy->arrays = NULL;
    copy->attributes = (struct mpr_attributes){0};
    copy->name[0] = '\0';
    mpr_type_retain(original);
    return open(copy, made);
}

/* A type that goes may take with it those it was made of, and so on: one after the other, not one
 * within the other, because such chains may be long. */
void mpr_type_destroy(struct mpr_type *type)
{
    static struct mpr_type *doomed;
    static bool is_under_way;

    type->doomed_next = doomed;
    doomed = type;
    if (is_under_way) {
        return;
    }
    is_under_way = true;
    while ((type = doomed) != NULL) {
        doomed = type->doomed_next;
        mpr_attributes_clear(&type->attributes);
        if (type->original != NULL) {
            mpr_type_release(type->original);
        } else {
            mpr_contents_free(type->contents);
            mpr_block_arrays_free(type->arrays);
        }
        free(type);
    }
    is_under_way = false;
}
