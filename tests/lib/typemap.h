/* SPDX-License-Identifier: BSD-3-Clause */
/* Type maps, written out entry by entry, and buffers that are filled and read by them: what a
 * datatype means (MPI 5.0, 5.1), which is slow and has nothing in common with how the library does
 * it. Plain MPI and C alone. */
#ifndef MPR_TESTS_TYPEMAP_H
#define MPR_TESTS_TYPEMAP_H

#include "tests/lib/mpitest.h"

enum {
    TYPEMAP_ENTRIES_MAX = 4000,
    TYPEMAP_REACH_MAX = 1 << 20,
    TYPEMAP_PARTS_MAX = 5,
    TYPEMAP_PLACES_MAX = 24
};

struct typemap_entry {
    MPI_Aint offset;
    int size;
    MPI_Datatype type;
};

struct typemap {
    int count;
    struct typemap_entry *entries;
    int alignment;
    bool marked; /* by explicit bounds, somewhere within */
    MPI_Aint lower_mark, upper_mark;
};

/* A type with its map. `basic` types are not freed. */
struct mapped_type {
    MPI_Datatype type;
    bool basic;
    struct typemap map;
};

// --- Maps ---------------------------------------------------------------------------------------

/* The map of `count` bytes-at-an-offset is data; all else follows from it. */
static inline MPI_Aint typemap_true_lower(const struct typemap *map)
{
    MPI_Aint lowest = map->count > 0 ? map->entries[0].offset : 0;
    for (int i = 1; i < map->count; i++) {
        lowest = map->entries[i].offset < lowest ? map->entries[i].offset : lowest;
    }
    return lowest;
}

static inline MPI_Aint typemap_true_upper(const struct typemap *map)
{
    MPI_Aint highest = map->count > 0 ? map->entries[0].offset + map->entries[0].size : 0;
    for (int i = 1; i < map->count; i++) {
        MPI_Aint end = map->entries[i].offset + map->entries[i].size;
        highest = end > highest ? end : highest;
    }
    return highest;
}

static inline MPI_Aint typemap_lower(const struct typemap *map)
{
    return map->marked ? map->lower_mark : typemap_true_lower(map);
}

static inline MPI_Aint typemap_extent(const struct typemap *map)
{
    if (map->marked) {
        return map->upper_mark - map->lower_mark;
    }
    MPI_Aint extent = typemap_true_upper(map) - typemap_true_lower(map);
    while (map->alignment > 0 && extent % map->alignment != 0) {
        extent++;
    }
    return extent;
}

static inline MPI_Count typemap_size(const struct typemap *map)
{
    MPI_Count size = 0;
    for (int i = 0; i < map->count; i++) {
        size += map->entries[i].size;
    }
    return size;
}

static inline void typemap_add_entry(struct typemap *map, struct typemap_entry entry)
{
    if (map->count == TYPEMAP_ENTRIES_MAX) {
        fprintf(stderr, "a type map has more than %d entries\n", TYPEMAP_ENTRIES_MAX);
        abort();
    }
    if (map->entries == NULL) {
        map->entries = mpitest_malloc(TYPEMAP_ENTRIES_MAX * sizeof *map->entries);
    }
    map->entries[map->count++] = entry;
}

/* One item of `part`, `offset` bytes from the beginning. */
static inline void typemap_add(struct typemap *map, const struct typemap *part, MPI_Aint offset)
{
    for (int i = 0; i < part->count; i++) {
        struct typemap_entry entry = part->entries[i];
        entry.offset += offset;
        typemap_add_entry(map, entry);
    }
    if (part->alignment > map->alignment) {
        map->alignment = part->alignment;
    }
    if (part->marked) {
        MPI_Aint lower = offset + part->lower_mark, upper = offset + part->upper_mark;
        map->lower_mark = map->marked && map->lower_mark < lower ? map->lower_mark : lower;
        map->upper_mark = map->marked && map->upper_mark > upper ? map->upper_mark : upper;
        map->marked = true;
    }
}

static inline void typemap_mark(struct typemap *map, MPI_Aint lower, MPI_Aint extent)
{
    map->marked = true;
    map->lower_mark = lower;
    map->upper_mark = lower + extent;
}

// --- Basic types --------------------------------------------------------------------------------

/* One of the types of one element, or a pair. */
static inline struct mapped_type mapped_basic(void)
{
    static const struct typemap_entry singles[] = {
        {0, 1, MPI_CHAR},
        {0, 1, MPI_BYTE},
        {0, sizeof(short), MPI_SHORT},
        {0, sizeof(int), MPI_INT},
        {0, sizeof(float), MPI_FLOAT},
        {0, sizeof(double), MPI_DOUBLE},
        {0, sizeof(long double), MPI_LONG_DOUBLE},
    };
    static const struct {
        MPI_Datatype type;
        struct typemap_entry value, index;
    } pairs[] = {
        {MPI_DOUBLE_INT,
         {0, sizeof(double), MPI_DOUBLE},
         {offsetof(
              struct {
                  double value;
                  int index;
              },
              index),
          sizeof(int), MPI_INT}},
        {MPI_SHORT_INT,
         {0, sizeof(short), MPI_SHORT},
         {offsetof(
              struct {
                  short value;
                  int index;
              },
              index),
          sizeof(int), MPI_INT}},
    };
    enum { SINGLES = sizeof singles / sizeof singles[0], PAIRS = sizeof pairs / sizeof pairs[0] };
    struct mapped_type made = {.basic = true};
    size_t choice = mpitest_random_below(SINGLES + PAIRS);

    if (choice < SINGLES) {
        made.type = singles[choice].type;
        typemap_add_entry(&made.map, singles[choice]);
        made.map.alignment = singles[choice].size;
    } else {
        made.type = pairs[choice - SINGLES].type;
        typemap_add_entry(&made.map, pairs[choice - SINGLES].value);
        typemap_add_entry(&made.map, pairs[choice - SINGLES].index);
        made.map.alignment = pairs[choice - SINGLES].value.size;
        if (made.map.alignment < (int)sizeof(int)) {
            made.map.alignment = sizeof(int);
        }
    }
    return made;
}

static inline void mapped_free(struct mapped_type *made)
{
    if (!made->basic) {
        MPI_Type_free(&made->type);
    }
    free(made->map.entries);
}

// --- Buffers ------------------------------------------------------------------------------------

/* Memory for `count` items: `base` is the address to give to MPI. */
struct mapped_buffer {
    unsigned char *memory;
    unsigned char *base;
    size_t bytes;
};

/* A margin on both sides shows what is written where nothing should be. */
enum { MAPPED_MARGIN = 64 };

/* The bytes that `count` items take, relative to where they are said to begin. */
static inline void typemap_reach(const struct typemap *map, MPI_Count count, MPI_Aint *low,
                                 MPI_Aint *high)
{
    MPI_Aint reach = count > 1 ? (MPI_Aint)(count - 1) * typemap_extent(map) : 0;
    *low = typemap_true_lower(map) + (reach < 0 ? reach : 0);
    *high = typemap_true_upper(map) + (reach > 0 ? reach : 0);
}

static inline struct mapped_buffer mapped_buffer_make(const struct typemap *map, MPI_Count count)
{
    MPI_Aint low, high;
    struct mapped_buffer buffer;

    typemap_reach(map, count, &low, &high);
    buffer.bytes = (size_t)(high - low) + 2 * MAPPED_MARGIN;
    buffer.memory = mpitest_malloc(buffer.bytes);
    buffer.base = buffer.memory + MAPPED_MARGIN - low;
    return buffer;
}

/* The data bytes of `count` items at `base`, one after the other as the type map has them: copied
 * to `packed`, or from there. */
static inline void mapped_gather(const struct typemap *map, const unsigned char *base,
                                 MPI_Count count, unsigned char *packed)
{
    MPI_Aint extent = typemap_extent(map);
    for (MPI_Count item = 0; item < count; item++) {
        for (int i = 0; i < map->count; i++) {
            const struct typemap_entry *entry = &map->entries[i];
            memcpy(packed, base + item * extent + entry->offset, (size_t)entry->size);
            packed += entry->size;
        }
    }
}

static inline void mapped_scatter(const struct typemap *map, unsigned char *base, MPI_Count count,
                                  const unsigned char *packed)
{
    MPI_Aint extent = typemap_extent(map);
    for (MPI_Count item = 0; item < count; item++) {
        for (int i = 0; i < map->count; i++) {
            const struct typemap_entry *entry = &map->entries[i];
            memcpy(base + item * extent + entry->offset, packed, (size_t)entry->size);
            packed += entry->size;
        }
    }
}

/* Whether a byte belongs to two entries of `count` items: such a type cannot receive. */
static inline bool mapped_overlaps(const struct typemap *map, MPI_Count count)
{
    struct mapped_buffer buffer = mapped_buffer_make(map, count);
    MPI_Aint extent = typemap_extent(map);
    bool overlaps = false;

    memset(buffer.memory, 0, buffer.bytes);
    for (MPI_Count item = 0; item < count; item++) {
        for (int i = 0; i < map->count; i++) {
            unsigned char *at = buffer.base + item * extent + map->entries[i].offset;
            for (int byte = 0; byte < map->entries[i].size; byte++) {
                overlaps = overlaps || at[byte] != 0;
                at[byte] = 1;
            }
        }
    }
    free(buffer.memory);
    return overlaps;
}

#endif
