/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes made at random by every constructor in both forms, each beside its type map: found by
 * going through the constructor's definition item by item (MPI 5.0, 5.1).
 *
 * Plain MPI and C alone. Errors of MPI are not expected here: a test for them makes its own types.
 */
#ifndef MPR_TESTS_TYPERANDOM_H
#define MPR_TESTS_TYPERANDOM_H

#include "tests/lib/typemap.h"

// --- Constructors -------------------------------------------------------------------------------

static inline MPI_Aint mapped_small(int limit)
{
    return (MPI_Aint)mpitest_random_below((uint64_t)limit);
}

/* Positive or negative; seldom 0. */
static inline MPI_Aint mapped_signed(int limit)
{
    return mapped_small(2 * limit + 1) - limit;
}

/* How often `part` may be repeated at most, so that nothing gets too large. */
static inline int mapped_room(const struct typemap *part, int wanted)
{
    int entries = part->count > 0 ? part->count : 1;
    int room = TYPEMAP_ENTRIES_MAX / 8 / entries;
    return wanted < room ? wanted : room;
}

/* The longest side of an array of `part` in up to three dimensions. */
static inline int mapped_side(const struct typemap *part)
{
    int room = mapped_room(part, 216);
    return room == 216 ? 6 : room >= 27 ? 3 : room >= 8 ? 2 : 1;
}

static inline void map_vector(struct typemap *map, const struct typemap *part, int count,
                              int length, MPI_Aint stride)
{
    MPI_Aint extent = typemap_extent(part);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < length; j++) {
            typemap_add(map, part, i * stride + j * extent);
        }
    }
}

static inline void make_contiguous(struct mapped_type *made, const struct mapped_type *part)
{
    int count = mapped_room(&part->map, (int)mapped_small(9));
    map_vector(&made->map, &part->map, 1, count, 0);
    if (mapped_small(2)) {
        MPI_Type_contiguous(count, part->type, &made->type);
    } else {
        MPI_Type_contiguous_c(count, part->type, &made->type);
    }
}

static inline void make_vector(struct mapped_type *made, const struct mapped_type *part)
{
    int count = mapped_room(&part->map, 1 + (int)mapped_small(6));
    int length = count > 0 ? mapped_room(&part->map, (int)mapped_small(5)) / count + 1 : 1;
    int stride = (int)mapped_signed(2 * length + 2);
    MPI_Aint bytes = stride * typemap_extent(&part->map);
    bool in_bytes = mapped_small(2), large = mapped_small(2);

    if (in_bytes) {
        bytes += mapped_signed(16);
    }
    map_vector(&made->map, &part->map, count, length, bytes);
    if (in_bytes && large) {
        MPI_Type_create_hvector_c(count, length, bytes, part->type, &made->type);
    } else if (in_bytes) {
        MPI_Type_create_hvector(count, length, bytes, part->type, &made->type);
    } else if (large) {
        MPI_Type_vector_c(count, length, stride, part->type, &made->type);
    } else {
        MPI_Type_vector(count, length, stride, part->type, &made->type);
    }
}

/* Blocks of different lengths, or of one. */
static inline void make_indexed(struct mapped_type *made, const struct mapped_type *part)
{
    int lengths[TYPEMAP_PLACES_MAX], places[TYPEMAP_PLACES_MAX];
    MPI_Aint offsets[TYPEMAP_PLACES_MAX];
    MPI_Count large_lengths[TYPEMAP_PLACES_MAX], large_offsets[TYPEMAP_PLACES_MAX];
    int most = mapped_small(2) ? TYPEMAP_PARTS_MAX : TYPEMAP_PLACES_MAX;
    int count = mapped_room(&part->map, (int)mapped_small(most + 1));
    bool in_bytes = mapped_small(2), large = mapped_small(2), equal = mapped_small(2);
    MPI_Aint extent = typemap_extent(&part->map);
    int length = mapped_room(&part->map, (int)mapped_small(4)), next = 0;

    for (int i = 0; i < count; i++) {
        lengths[i] = equal ? length : mapped_room(&part->map, (int)mapped_small(4));
        places[i] = mapped_small(3) ? next : (int)mapped_signed(8 * most);
        next = places[i] + lengths[i] + (int)mapped_small(2);
        offsets[i] = places[i] * extent + (in_bytes ? mapped_small(2) * mapped_signed(20) : 0);
        large_lengths[i] = lengths[i];
        large_offsets[i] = in_bytes ? offsets[i] : places[i];
        for (int j = 0; j < lengths[i]; j++) {
            typemap_add(&made->map, &part->map, offsets[i] + j * extent);
        }
    }
    if (equal && in_bytes && large) {
        MPI_Type_create_hindexed_block_c(count, length, large_offsets, part->type, &made->type);
    } else if (equal && in_bytes) {
        MPI_Type_create_hindexed_block(count, length, offsets, part->type, &made->type);
    } else if (equal && large) {
        MPI_Type_create_indexed_block_c(count, length, large_offsets, part->type, &made->type);
    } else if (equal) {
        MPI_Type_create_indexed_block(count, length, places, part->type, &made->type);
    } else if (in_bytes && large) {
        MPI_Type_create_hindexed_c(count, large_lengths, large_offsets, part->type, &made->type);
    } else if (in_bytes) {
        MPI_Type_create_hindexed(count, lengths, offsets, part->type, &made->type);
    } else if (large) {
        MPI_Type_indexed_c(count, large_lengths, large_offsets, part->type, &made->type);
    } else {
        MPI_Type_indexed(count, lengths, places, part->type, &made->type);
    }
}

static inline void make_struct(struct mapped_type *made, const struct mapped_type parts[],
                               int count)
{
    int lengths[TYPEMAP_PARTS_MAX];
    MPI_Aint offsets[TYPEMAP_PARTS_MAX], next = mapped_signed(16);
    MPI_Count large_lengths[TYPEMAP_PARTS_MAX], large_offsets[TYPEMAP_PARTS_MAX];
    MPI_Datatype types[TYPEMAP_PARTS_MAX];

    for (int i = 0; i < count; i++) {
        const struct typemap *part = &parts[i].map;
        MPI_Aint extent = typemap_extent(part);
        types[i] = parts[i].type;
        large_lengths[i] = lengths[i] = mapped_room(part, (int)mapped_small(3));
        // Often one behind the other, as in a C struct, sometimes anywhere.
        large_offsets[i] = offsets[i] =
            mapped_small(4) ? next - typemap_lower(part) : mapped_signed(200);
        next = offsets[i] + typemap_lower(part) + lengths[i] * extent + mapped_small(9);
        for (int j = 0; j < lengths[i]; j++) {
            typemap_add(&made->map, part, offsets[i] + j * extent);
        }
    }
    if (mapped_small(2)) {
        MPI_Type_create_struct_c(count, large_lengths, large_offsets, types, &made->type);
    } else {
        MPI_Type_create_struct(count, lengths, offsets, types, &made->type);
    }
}

enum { TYPEMAP_DIMENSIONS_MAX = 3 };

/* The place of an item in an array by its index in each dimension. */
static inline MPI_Aint array_place(int dimensions, int order, const int sizes[],
                                   const int indices[])
{
    MPI_Aint place = 0;
    for (int step = 0; step < dimensions; step++) {
        int d = order == MPI_ORDER_C ? step : dimensions - 1 - step;
        place = place * sizes[d] + indices[d];
    }
    return place;
}

/* The next item in the order in which the array is stored; false behind the last. */
static inline bool array_advance(int dimensions, int order, const int sizes[], int indices[])
{
    for (int step = 0; step < dimensions; step++) {
        int d = order == MPI_ORDER_C ? dimensions - 1 - step : step;
        if (++indices[d] < sizes[d]) {
            return true;
        }
        indices[d] = 0;
    }
    return false;
}

static inline void make_subarray(struct mapped_type *made, const struct mapped_type *part)
{
    int sizes[TYPEMAP_DIMENSIONS_MAX], subsizes[TYPEMAP_DIMENSIONS_MAX];
    int starts[TYPEMAP_DIMENSIONS_MAX], indices[TYPEMAP_DIMENSIONS_MAX] = {0};
    MPI_Count large[3][TYPEMAP_DIMENSIONS_MAX];
    int dimensions = 1 + (int)mapped_small(TYPEMAP_DIMENSIONS_MAX);
    int order = mapped_small(2) ? MPI_ORDER_C : MPI_ORDER_FORTRAN;
    MPI_Aint extent = typemap_extent(&part->map), total = extent;

    for (int d = 0; d < dimensions; d++) {
        sizes[d] = 1 + (int)mapped_small(mapped_side(&part->map));
        subsizes[d] = 1 + (int)mapped_small(sizes[d]);
        starts[d] = (int)mapped_small(sizes[d] - subsizes[d] + 1);
        large[0][d] = sizes[d];
        large[1][d] = subsizes[d];
        large[2][d] = starts[d];
        total *= sizes[d];
    }
    do {
        int place[TYPEMAP_DIMENSIONS_MAX];
        for (int d = 0; d < dimensions; d++) {
            place[d] = starts[d] + indices[d];
        }
        typemap_add(&made->map, &part->map, array_place(dimensions, order, sizes, place) * extent);
    } while (array_advance(dimensions, order, subsizes, indices));
    typemap_mark(&made->map, 0, total);
    if (mapped_small(2)) {
        MPI_Type_create_subarray_c(dimensions, large[0], large[1], large[2], order, part->type,
                                   &made->type);
    } else {
        MPI_Type_create_subarray(dimensions, sizes, subsizes, starts, order, part->type,
                                 &made->type);
    }
}

/* The process in one dimension that owns an item. */
static inline int array_owner(int index, int size, int distribution, int argument, int count)
{
    switch (distribution) {
    case MPI_DISTRIBUTE_BLOCK:
        return index /
               (argument == MPI_DISTRIBUTE_DFLT_DARG ? (size + count - 1) / count : argument);
    case MPI_DISTRIBUTE_CYCLIC:
        return index / (argument == MPI_DISTRIBUTE_DFLT_DARG ? 1 : argument) % count;
    default:
        return 0;
    }
}

static inline void make_darray(struct mapped_type *made, const struct mapped_type *part)
{
    static const int kinds[] = {MPI_DISTRIBUTE_NONE, MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC};
    int sizes[TYPEMAP_DIMENSIONS_MAX], distributions[TYPEMAP_DIMENSIONS_MAX];
    int arguments[TYPEMAP_DIMENSIONS_MAX], grid[TYPEMAP_DIMENSIONS_MAX];
    int coordinates[TYPEMAP_DIMENSIONS_MAX], indices[TYPEMAP_DIMENSIONS_MAX] = {0};
    MPI_Count large[TYPEMAP_DIMENSIONS_MAX];
    int dimensions = 1 + (int)mapped_small(TYPEMAP_DIMENSIONS_MAX), processes = 1;
    int order = mapped_small(2) ? MPI_ORDER_C : MPI_ORDER_FORTRAN;
    MPI_Aint extent = typemap_extent(&part->map), total = extent;

    for (int d = 0; d < dimensions; d++) {
        large[d] = sizes[d] = 1 + (int)mapped_small(mapped_side(&part->map));
        distributions[d] = kinds[mapped_small(3)];
        grid[d] = distributions[d] == MPI_DISTRIBUTE_NONE ? 1 : 1 + (int)mapped_small(3);
        int least =
            distributions[d] == MPI_DISTRIBUTE_BLOCK ? (sizes[d] + grid[d] - 1) / grid[d] : 1;
        arguments[d] = mapped_small(2) ? MPI_DISTRIBUTE_DFLT_DARG : least + (int)mapped_small(3);
        processes *= grid[d];
        total *= sizes[d];
    }
    int rank = (int)mapped_small(processes), left = rank;
    for (int d = dimensions - 1; d >= 0; d--) {
        coordinates[d] = left % grid[d];
        left /= grid[d];
    }
    do {
        bool ours = true;
        for (int d = 0; d < dimensions; d++) {
            ours = ours && array_owner(indices[d], sizes[d], distributions[d], arguments[d],
                                       grid[d]) == coordinates[d];
        }
        if (ours) {
            typemap_add(&made->map, &part->map,
                        array_place(dimensions, order, sizes, indices) * extent);
        }
    } while (array_advance(dimensions, order, sizes, indices));
    typemap_mark(&made->map, 0, total);
    if (mapped_small(2)) {
        MPI_Type_create_darray_c(processes, rank, dimensions, large, distributions, arguments, grid,
                                 order, part->type, &made->type);
    } else {
        MPI_Type_create_darray(processes, rank, dimensions, sizes, distributions, arguments, grid,
                               order, part->type, &made->type);
    }
}

static inline void make_resized(struct mapped_type *made, const struct mapped_type *part)
{
    MPI_Aint lower = typemap_lower(&part->map) + mapped_signed(16);
    MPI_Aint extent = typemap_extent(&part->map) + mapped_signed(16);

    if (mapped_small(8) == 0) {
        extent = -extent;
    }
    typemap_add(&made->map, &part->map, 0);
    typemap_mark(&made->map, lower, extent);
    if (mapped_small(2)) {
        MPI_Type_create_resized_c(part->type, lower, extent, &made->type);
    } else {
        MPI_Type_create_resized(part->type, lower, extent, &made->type);
    }
}

static inline void make_dup(struct mapped_type *made, const struct mapped_type *part)
{
    typemap_add(&made->map, &part->map, 0);
    MPI_Type_dup(part->type, &made->type);
}

// --- Random types -------------------------------------------------------------------------------

/* Whether everything lies within a buffer that a test can have. */
static inline bool typemap_is_small(const struct typemap *map)
{
    MPI_Aint reach = TYPEMAP_REACH_MAX / 64;
    return typemap_true_lower(map) > -reach && typemap_true_upper(map) < reach &&
           typemap_lower(map) > -reach && typemap_lower(map) < reach &&
           typemap_extent(map) > -reach && typemap_extent(map) < reach;
}

/* A type of `depth` constructors at the most, one within the other; not committed. The types within
 * are freed at once: the new one lives on without them. */
static inline struct mapped_type mapped_random(int depth)
{
    if (depth == 0 || mapped_small(8) == 0) {
        return mapped_basic();
    }
    struct mapped_type made = {0}, parts[TYPEMAP_PARTS_MAX];
    int choice = (int)mapped_small(10);
    int count = choice >= 8 ? 1 + (int)mapped_small(TYPEMAP_PARTS_MAX) : 1;

    for (int i = 0; i < count; i++) {
        parts[i] = mapped_random(depth - 1);
    }
    switch (choice) {
    case 0:
        make_contiguous(&made, parts);
        break;
    case 1:
    case 2:
        make_vector(&made, parts);
        break;
    case 3:
        make_indexed(&made, parts);
        break;
    case 4:
        make_subarray(&made, parts);
        break;
    case 5:
        make_darray(&made, parts);
        break;
    case 6:
        make_resized(&made, parts);
        break;
    case 7:
        make_dup(&made, parts);
        break;
    default:
        make_struct(&made, parts, count);
    }
    for (int i = 0; i < count; i++) {
        mapped_free(&parts[i]);
    }
    if (!typemap_is_small(&made.map)) {
        mapped_free(&made);
        return mapped_random(depth - 1);
    }
    return made;
}

/* A type of the same elements in the same order as one item of `map`, without gaps: what `map`
 * sends it can receive, and the other way round. */
static inline struct mapped_type mapped_dense(const struct typemap *map)
{
    struct mapped_type made = {.map = {.alignment = 1}};
    int *lengths = mpitest_malloc((size_t)map->count * sizeof *lengths);
    MPI_Aint *offsets = mpitest_malloc((size_t)map->count * sizeof *offsets), offset = 0;
    MPI_Datatype *types = mpitest_malloc((size_t)map->count * sizeof *types), aligned;

    for (int i = 0; i < map->count; i++) {
        lengths[i] = 1;
        offsets[i] = offset;
        types[i] = map->entries[i].type;
        typemap_add_entry(&made.map,
                          (struct typemap_entry){offset, map->entries[i].size, types[i]});
        offset += map->entries[i].size;
    }
    typemap_mark(&made.map, 0, offset);
    MPI_Type_create_struct(map->count, lengths, offsets, types, &aligned);
    MPI_Type_create_resized(aligned, 0, offset, &made.type);
    MPI_Type_free(&aligned);
    free(lengths);
    free(offsets);
    free(types);
    return made;
}

#endif
