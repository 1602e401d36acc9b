/* SPDX-License-Identifier: BSD-3-Clause */
/* The arguments of constructors, in one piece of memory each. */
#include "type/contents.h"

#include <stdint.h>
#include <stdlib.h>

struct mpr_contents *mpr_contents_make(int combiner, bool large, int integer_count,
                                       MPI_Count count_count, MPI_Count type_count)
{
    size_t bytes = sizeof(struct mpr_contents) + (size_t)integer_count * sizeof(int);
    size_t part;

    if (__builtin_mul_overflow((size_t)count_count, sizeof(MPI_Count), &part) ||
        __builtin_add_overflow(bytes, part, &bytes) ||
        __builtin_mul_overflow((size_t)type_count, sizeof(struct mpr_type *), &part) ||
        __builtin_add_overflow(bytes, part, &bytes)) {
        return NULL;
    }
    struct mpr_contents *contents = calloc(1, bytes);
    if (contents == NULL) {
        return NULL;
    }
    // The widest first, so that each is aligned.
    contents->counts = (MPI_Count *)(contents + 1);
    contents->types = (struct mpr_type **)(contents->counts + count_count);
    contents->integers = (int *)(contents->types + type_count);
    contents->combiner = combiner;
    contents->large = large;
    contents->integer_count = integer_count;
    contents->count_count = count_count;
    contents->type_count = type_count;
    return contents;
}

void mpr_contents_set_type(struct mpr_contents *contents, MPI_Count index, struct mpr_type *type)
{
    mpr_type_retain(type);
    contents->types[index] = type;
}

void mpr_contents_free(struct mpr_contents *contents)
{
    for (MPI_Count i = 0; i < contents->type_count; i++) {
        if (contents->types[i] != NULL) {
            mpr_type_release(contents->types[i]);
        }
    }
    free(contents);
}

struct mpr_contents_split mpr_contents_split(const struct mpr_contents *contents)
{
    struct mpr_contents_split split = {contents->integer_count, contents->count_count};

    switch (contents->combiner) {
    case MPI_COMBINER_HVECTOR:
    case MPI_COMBINER_HINDEXED_BLOCK:
        split.address_first = 2;
        break;
    case MPI_COMBINER_HINDEXED:
    case MPI_COMBINER_STRUCT:
        split.address_first = 1 + contents->counts[0];
        break;
    case MPI_COMBINER_RESIZED:
        split.address_first = 0;
        break;
    case MPI_COMBINER_SUBARRAY:
        split.integer_first = 1;
        break;
    case MPI_COMBINER_DARRAY:
        split.integer_first = 3;
        break;
    default:
        break;
    }
    return split;
}
