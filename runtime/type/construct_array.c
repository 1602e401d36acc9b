/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of arrays: the subarray, and what a distributed array leaves to one process (MPI 5.0, 5.1.3
 * and 5.1.4).
 *
 * Both go through the dimensions from the one whose items lie side by side to the outermost.
 * `reach` is the distance between neighbours in the present dimension; at the end it is the whole
 * array's extent, which is the type's. */
#include "base/error.h"
#include "type/construct.h"

/* The dimension that is the `step`-th, counted from the innermost. */
static int dimension(int step, int dimension_count, int order)
{
    return order == MPI_ORDER_FORTRAN ? step : dimension_count - 1 - step;
}

/* The type reaches over the whole array. */
static struct mpr_layout span(struct mpr_layout layout, MPI_Aint extent)
{
    layout.resized = true;
    layout.lower_mark = 0;
    layout.upper_mark = extent;
    return layout;
}

struct mpr_layout mpr_layout_subarray(struct mpr_layout_pool *pool,
                                      const struct mpr_contents *contents)
{
    const int dimension_count = contents->integers[0];
    const int order = contents->integers[1];
    const MPI_Count *sizes = contents->counts;
    const MPI_Count *subsizes = sizes + dimension_count;
    const MPI_Count *starts = subsizes + dimension_count;
    struct mpr_layout layout = mpr_layout_of(contents->types[0]);
    MPI_Aint reach = contents->types[0]->extent;

    for (int step = 0; step < dimension_count; step++) {
        int d = dimension(step, dimension_count, order);
        MPI_Aint offset = mpr_layout_times(pool, starts[d], reach);
        layout = mpr_layout_repeat(pool, &layout, subsizes[d], offset, reach);
        reach = mpr_layout_times(pool, sizes[d], reach);
    }
    return span(layout, reach);
}

/* One dimension of a distributed array. */
struct share {
    MPI_Count size;  /* of the array */
    MPI_Count block; /* items that are dealt out at a time */
    MPI_Count count; /* of processes */
    MPI_Count index; /* of this process */
};

static struct share find_share(const struct mpr_contents *contents, int d, int index)
{
    const int dimension_count = contents->integers[2];
    const int *distributions = contents->integers + 3;
    const int *arguments = distributions + dimension_count;
    const int *process_counts = arguments + dimension_count;
    struct share share = {contents->counts[d], arguments[d], process_counts[d], index};

    if (distributions[d] == MPI_DISTRIBUTE_NONE) {
        share.block = share.size;
    } else if (arguments[d] == MPI_DISTRIBUTE_DFLT_DARG) {
        share.block = distributions[d] == MPI_DISTRIBUTE_CYCLIC
                          ? 1
                          : share.size / share.count + (share.size % share.count != 0);
    }
    if (share.block > share.size) {
        share.block = share.size;
    }
    return share;
}

/* Items are dealt out in blocks, round after round (a block distribution has one round): whole
 * blocks, and maybe the beginning of one more at the end of the array. */
static struct mpr_layout deal(struct mpr_layout_pool *pool, const struct mpr_layout *item,
                              const struct share *share, MPI_Aint reach)
{
    MPI_Count first = mpr_layout_times(pool, share->index, share->block);
    MPI_Count round = mpr_layout_times(pool, share->count, share->block);
    if (pool->error != MPR_OK) {
        return *item;
    }
    MPI_Count left = first < share->size ? share->size - first : 0;
    MPI_Count whole = left / round;
    MPI_Count rest = left % round;
    if (rest >= share->block) {
        whole++;
        rest = 0;
    }

    struct mpr_layout block = mpr_layout_repeat(pool, item, share->block, 0, reach);
    struct mpr_layout_sum sum;
    mpr_layout_sum_begin(&sum, pool);
    mpr_layout_sum_add(&sum, &block, whole, mpr_layout_times(pool, first, reach),
                       mpr_layout_times(pool, round, reach));
    mpr_layout_sum_add(&sum, item, rest, mpr_layout_times(pool, first + whole * round, reach),
                       reach);
    return mpr_layout_sum_end(&sum);
}

struct mpr_layout mpr_layout_darray(struct mpr_layout_pool *pool,
                                    const struct mpr_contents *contents)
{
    const int dimension_count = contents->integers[2];
    const int order = contents->integers[contents->integer_count - 1];
    const int *process_counts = contents->integers + 3 + 2 * dimension_count;
    struct mpr_layout layout = mpr_layout_of(contents->types[0]);
    MPI_Aint reach = contents->types[0]->extent;

    for (int step = 0; step < dimension_count; step++) {
        int d = dimension(step, dimension_count, order);
        // The processes form a grid in row-major order, whatever the array's order is.
        int index = contents->integers[1];
        for (int inner = dimension_count - 1; inner > d; inner--) {
            index /= process_counts[inner];
        }
        struct share share = find_share(contents, d, index % process_counts[d]);
        layout = deal(pool, &layout, &share, reach);
        reach = mpr_layout_times(pool, share.size, reach);
    }
    return span(layout, reach);
}
