/* SPDX-License-Identifier: BSD-3-Clause */
/* Counting elements, by the contents of the type: whole items are counted at once, and only what is
 * left over at the end is looked for within an item, down to the basic type. */
#include "type/elements.h"

#include "type/contents.h"
#include "type/element.h"

/* The two measures of an item, which are converted into each other. */
typedef MPI_Count measure(const struct mpr_type *type);

static MPI_Count in_bytes(const struct mpr_type *type)
{
    return type->size_bytes;
}

static MPI_Count in_elements(const struct mpr_type *type)
{
    return type->element_count;
}

/* The type map in runs of one type: for a struct its members, for all others the items of which
 * everything is made. */
static MPI_Count run_count(const struct mpr_contents *contents)
{
    return contents->combiner == MPI_COMBINER_STRUCT ? contents->type_count : 1;
}

static MPI_Count run_items(const struct mpr_type *type, MPI_Count index)
{
    const struct mpr_contents *contents = type->contents;
    const struct mpr_type *item = contents->types[index];

    if (contents->combiner == MPI_COMBINER_STRUCT) {
        return contents->counts[1 + index];
    }
    return item->element_count > 0 ? type->element_count / item->element_count : 0;
}

/* What has been converted, and what is left over within an item of a type that has no parts. */
struct conversion {
    MPI_Count result;
    MPI_Count rest;
    const struct mpr_type *basic;
};

static struct conversion convert(const struct mpr_type *type, MPI_Count amount, measure *from,
                                 measure *to)
{
    MPI_Count result = 0;

    while (from(type) > 0) {
        result += amount / from(type) * to(type);
        amount %= from(type);
        if (amount == 0 || type->predefined) {
            break;
        }
        const struct mpr_type *item = NULL;
        for (MPI_Count i = 0; i < run_count(type->contents); i++) {
            MPI_Count items = run_items(type, i);
            item = type->contents->types[i];
            if (amount < items * from(item)) {
                break; // the run in which it ends
            }
            amount -= items * from(item);
            result += items * to(item);
        }
        type = item;
    }
    return (struct conversion){result, amount, type};
}

/* Data bytes of a pair's value, the first of its two elements; else 0. */
static MPI_Count value_bytes(const struct mpr_type *type)
{
    if (type->class != MPR_CLASS_PAIR) {
        return 0;
    }
    switch (type->element) {
    case MPR_ELEMENT_2FLOAT:
    case MPR_ELEMENT_2DOUBLE:
        return type->size_bytes / 2;
    default:
        return type->size_bytes - (MPI_Count)sizeof(int);
    }
}

MPI_Count mpr_type_elements(const struct mpr_type *type, MPI_Count bytes)
{
    struct conversion made = convert(type, bytes, in_bytes, in_elements);

    if (made.rest == 0) {
        return made.result;
    }
    return made.rest == value_bytes(made.basic) ? made.result + 1 : MPI_UNDEFINED;
}

MPI_Count mpr_type_element_bytes(const struct mpr_type *type, MPI_Count count)
{
    struct conversion made = convert(type, count, in_elements, in_bytes);

    return made.rest == 0 ? made.result : made.result + value_bytes(made.basic);
}
