/* SPDX-License-Identifier: BSD-3-Clause */
/* "external32": a walk over the type map, down to the basic types, whose numbers are converted run
 * by run. The walk sees kinds and counts alone; where the data lies is the business of type/pack.c,
 * through a window of packed data that moves along. */
#include "type/external.h"

#include "base/error.h"
#include "type/contents.h"
#include "type/external_form.h"

enum direction { PACK, UNPACK };

/* Large enough that packing costs little beside the conversion; holds an item of any basic type. */
enum { WINDOW_BYTES = 4096 };

struct stream {
    enum direction direction;
    const struct mpr_type *type;
    char *buffer;
    MPI_Count position; /* of the window within the packed form of all items */
    MPI_Count left;     /* bytes of the packed form from there on */
    size_t used;        /* bytes of the window that have been converted */
    size_t filled;      /* bytes of the window that are there: to be packed, or room to unpack */
    char *external;     /* where the next number goes or comes from */
    char window[WINDOW_BYTES];
};

/* Moves the window behind what has been converted. */
static void advance(struct stream *stream)
{
    if (stream->direction == UNPACK) {
        mpr_type_unpack(stream->type, stream->buffer, stream->position, stream->window,
                        stream->used);
    }
    stream->position += (MPI_Count)stream->used;
    stream->left -= (MPI_Count)stream->used;
    stream->used = 0;
    stream->filled = stream->left < WINDOW_BYTES ? (size_t)stream->left : WINDOW_BYTES;
    if (stream->direction == PACK) {
        mpr_type_pack(stream->type, stream->buffer, stream->position, stream->window,
                      stream->filled);
    }
}

static bool convert_numbers(struct stream *stream, const struct mpr_external_number *number,
                            MPI_Count count)
{
    char *native = stream->window + stream->used;
    char *external = stream->external;

    stream->used += number->native_bytes * (size_t)count;
    stream->external += number->external_bytes * (size_t)count;
    return stream->direction == PACK ? number->pack(external, native, count)
                                     : number->unpack(native, external, count);
}

/* Items of a basic type that are all in the window. */
static bool convert_items(struct stream *stream, const struct mpr_external_form *form,
                          MPI_Count count)
{
    if (form->second == NULL) {
        return convert_numbers(stream, form->first, count);
    }
    if (form->second == form->first) {
        return convert_numbers(stream, form->first, 2 * count);
    }
    for (MPI_Count i = 0; i < count; i++) {
        if (!convert_numbers(stream, form->first, 1) || !convert_numbers(stream, form->second, 1)) {
            return false;
        }
    }
    return true;
}

static bool convert_run(struct stream *stream, const struct mpr_type *basic, MPI_Count count)
{
    struct mpr_external_form form = mpr_external_form_of(basic);

    while (count > 0) {
        MPI_Count there = (MPI_Count)(stream->filled - stream->used) / basic->size_bytes;
        MPI_Count items = there < count ? there : count;
        if (items == 0) {
            advance(stream);
        } else if (!convert_items(stream, &form, items)) {
            return false;
        }
        count -= items;
    }
    return true;
}

/* What many items of a type come to, which is no struct: more items of another one. */
static const struct mpr_type *find_item(const struct mpr_type *type, MPI_Count *count)
{
    while (!type->predefined && type->element_count > 0 &&
           type->contents->combiner != MPI_COMBINER_STRUCT) {
        const struct mpr_type *item = type->contents->types[0];
        *count *= type->element_count / item->element_count;
        type = item;
    }
    return type;
}

static bool walk(struct stream *stream, const struct mpr_type *type, MPI_Count count)
{
    type = find_item(type, &count);
    if (type->element_count == 0) {
        return true;
    }
    if (type->predefined) {
        return convert_run(stream, type, count);
    }
    const struct mpr_contents *members = type->contents;
    for (MPI_Count i = 0; i < count; i++) {
        for (MPI_Count member = 0; member < members->type_count; member++) {
            if (!walk(stream, members->types[member], members->counts[1 + member])) {
                return false;
            }
        }
    }
    return true;
}

static int convert(enum direction direction, const struct mpr_type *type, char *buffer,
                   MPI_Count count, char *external)
{
    struct stream stream = {.direction = direction, .type = type, .buffer = buffer};

    stream.left = mpr_type_bytes(type, count);
    stream.external = external;
    bool fits = walk(&stream, type, count);
    advance(&stream);
    return fits ? MPR_OK : MPR_ERR_LIMIT;
}

int mpr_external_pack(const struct mpr_type *type, const void *buffer, MPI_Count count,
                      void *external)
{
    return convert(PACK, type, (char *)buffer, count, external);
}

int mpr_external_unpack(const struct mpr_type *type, void *buffer, MPI_Count count,
                        const void *external)
{
    return convert(UNPACK, type, buffer, count, (char *)external);
}

bool mpr_external_bytes(const struct mpr_type *type, MPI_Count count, MPI_Count *bytes)
{
    MPI_Count items = 1, item_bytes = 0;

    type = find_item(type, &items);
    if (type->predefined) {
        struct mpr_external_form form = mpr_external_form_of(type);
        item_bytes = mpr_external_form_bytes(&form);
    } else if (type->element_count > 0) {
        const struct mpr_contents *members = type->contents;
        for (MPI_Count i = 0; i < members->type_count; i++) {
            MPI_Count member_bytes;
            if (!mpr_external_bytes(members->types[i], members->counts[1 + i], &member_bytes) ||
                __builtin_add_overflow(item_bytes, member_bytes, &item_bytes)) {
                return false;
            }
        }
    }
    return !__builtin_mul_overflow(items, item_bytes, &item_bytes) &&
           !__builtin_mul_overflow(count, item_bytes, bytes);
}
