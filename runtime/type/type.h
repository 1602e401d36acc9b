/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes: what lies where in a user's buffer.
 *
 * A datatype is flattened once, when it is made (construct.h), into the blocks of one item; from
 * then on every part of the library asks only for its size, whether it is contiguous, and to pack
 * or unpack any range of bytes. Predefined types are constants of this process; derived ones are
 * counted: the user's handle has a reference, and so has whoever uses the type beyond a call. All
 * functions but those that move data need the library's lock. */
#ifndef MPR_TYPE_TYPE_H
#define MPR_TYPE_TYPE_H

#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/handle.h"
#include "comm/attribute.h"
#include "mpi.h"

/* How the elements of a predefined type are stored: what chooses the code of an operator. Types of
 * one representation share it (int, INTEGER, MPI_AINT...). */
enum mpr_element {
    MPR_ELEMENT_NONE, /* nothing to reckon with: text, MPI_PACKED, derived types */
    MPR_ELEMENT_INT8,
    MPR_ELEMENT_INT16,
    MPR_ELEMENT_INT32,
    MPR_ELEMENT_INT64,
    MPR_ELEMENT_INT128,
    MPR_ELEMENT_UINT8,
    MPR_ELEMENT_UINT16,
    MPR_ELEMENT_UINT32,
    MPR_ELEMENT_UINT64,
    MPR_ELEMENT_UINT128,
    MPR_ELEMENT_FLOAT16,
    MPR_ELEMENT_FLOAT,
    MPR_ELEMENT_DOUBLE,
    MPR_ELEMENT_LONG_DOUBLE,
    MPR_ELEMENT_FLOAT128,
    MPR_ELEMENT_COMPLEX_FLOAT16,
    MPR_ELEMENT_COMPLEX_FLOAT,
    MPR_ELEMENT_COMPLEX_DOUBLE,
    MPR_ELEMENT_COMPLEX_LONG_DOUBLE,
    MPR_ELEMENT_COMPLEX_FLOAT128,
    MPR_ELEMENT_SHORT_INT, /* a value and its index */
    MPR_ELEMENT_2INT,
    MPR_ELEMENT_LONG_INT,
    MPR_ELEMENT_FLOAT_INT,
    MPR_ELEMENT_DOUBLE_INT,
    MPR_ELEMENT_LONG_DOUBLE_INT,
    MPR_ELEMENT_2FLOAT,
    MPR_ELEMENT_2DOUBLE,
    MPR_ELEMENT_COUNT
};

/* The standard's groups of predefined types, by which it says what an operator is defined for
 * (MPI 5.0, 6.9.2). */
enum mpr_class {
    MPR_CLASS_NONE,
    MPR_CLASS_C_INTEGER,
    MPR_CLASS_FORTRAN_INTEGER,
    MPR_CLASS_FLOATING,
    MPR_CLASS_LOGICAL,
    MPR_CLASS_COMPLEX,
    MPR_CLASS_BYTE,
    MPR_CLASS_MULTI_LANGUAGE,
    MPR_CLASS_PAIR /* for MPI_MINLOC and MPI_MAXLOC */
};

/* A row of pieces that are all alike, and equally far apart unless it lists where they are. A piece
 * is a gap-free run of bytes or consists of blocks itself, its body: rows of rows describe arrays
 * of any dimension, and a type that is made of another one refers to that one's blocks. */
struct mpr_block {
    MPI_Aint offset; /* of the row, from the address of what the block is part of */
    MPI_Count bytes; /* data of a piece, > 0 */
    MPI_Count count; /* of pieces, > 0 */
    MPI_Aint stride; /* from one piece to the next; any value when there is only one, or a list */
    MPI_Count position; /* of the first piece within the packed form of what the block is part of */
    const MPI_Aint *offsets;      /* of the pieces, from the row's; NULL: by the stride */
    const struct mpr_block *body; /* of a piece, in the order of the type map; NULL: a run */
    uint32_t body_count;
};

struct mpr_block_array;
struct mpr_contents;

struct mpr_type {
    struct mpr_object object;
    MPI_Count size_bytes; /* data bytes of one item, without gaps */
    MPI_Aint lower_bound;
    MPI_Aint extent; /* distance from one item to the next */
    MPI_Aint true_lower_bound;
    MPI_Aint true_extent;
    MPI_Count element_count; /* basic elements in one item */
    size_t alignment;        /* the greatest that an element needs */
    enum mpr_element element;
    enum mpr_class class;
    bool contiguous; /* any number of items is one gap-free run from the buffer address on */
    bool committed;
    bool predefined;
    bool resized; /* its bounds were given, to it or to a type within it: they do not follow from
                   * the data (the markers of MPI 5.0, 5.1.6) */
    uint32_t block_count;
    const struct mpr_block *blocks; /* of one item, in the order of the type map and gap-free in the
                                     * packed form: positions ascend from 0 to size_bytes */
    struct mpr_block items; /* any number of items, as a row; its count says nothing */

    struct mpr_attributes attributes;
    struct mpr_contents *contents;  /* how it was made; NULL for predefined types */
    struct mpr_type *original;      /* whose contents and blocks these are, if it is a copy; a
                                     * reference */
    struct mpr_block_array *arrays; /* what it owns of its blocks: the others are in the types that
                                     * the contents name */
    struct mpr_type *doomed_next;   /* for mpr_type_destroy() */
    char name[MPI_MAX_OBJECT_NAME];
};

/* Registers the predefined types (once, before any other call). Returns 0 or an mpr error. */
int mpr_type_start(void);

/* The type that a handle names, or NULL. */
struct mpr_type *mpr_type_find(MPI_Datatype handle);

/* Whether `handle` is one of the standard's optional types (REAL*2 and the like) that this build
 * lacks, because its compiler has no such numbers. mpr_type_find() does not know them. */
bool mpr_type_is_missing(MPI_Datatype handle);

/* Sets `items` from the size, the extent and the blocks of a type that is being made. */
void mpr_type_set_items(struct mpr_type *type);

/* Contiguous bytes, MPI_BYTE: what collectives use for staging. */
extern MPR_HIDDEN struct mpr_type *const mpr_type_byte;

/* What mpr_type_release() does at the last. The handle is closed, or was never opened. */
void mpr_type_destroy(struct mpr_type *type);

/* One user more, or less. Predefined types are not counted. */
static inline void mpr_type_retain(struct mpr_type *type)
{
    if (!type->predefined) {
        type->object.references++;
    }
}

static inline void mpr_type_release(struct mpr_type *type)
{
    if (!type->predefined && --type->object.references == 0) {
        mpr_type_destroy(type);
    }
}

/* The user gives the handle back, with its reference. */
void mpr_type_close(struct mpr_type *type);

/* Data bytes of `count` items. */
static inline MPI_Count mpr_type_bytes(const struct mpr_type *type, MPI_Count count)
{
    return type->size_bytes * count;
}

/* Whether `count` items are one gap-free run; then it begins *offset bytes from their address. */
static inline bool mpr_type_is_run(const struct mpr_type *type, MPI_Count count, MPI_Aint *offset)
{
    const struct mpr_block *first = type->blocks;
    if (type->block_count != 1 || first->body != NULL || first->count != 1 ||
        (count != 1 && type->extent != first->bytes)) {
        return false;
    }
    *offset = first->offset;
    return true;
}

/* Copies data bytes [position, position + bytes) of the packed form of `count` items at `buffer`
 * to `packed`, and back. The range must lie within count items. Stateless: any range in any
 * order, so that chunks may be taken one by one. */
void mpr_type_pack(const struct mpr_type *type, const void *buffer, MPI_Count position,
                   void *packed, size_t bytes);
void mpr_type_unpack(const struct mpr_type *type, void *buffer, MPI_Count position,
                     const void *packed, size_t bytes);

/* Copies items between two buffers of (possibly different) types with the same data bytes; copies
 * the shorter of the two. Gaps in the target stay as they are. The buffers must not overlap. */
void mpr_type_copy(const struct mpr_type *source_type, const void *source, MPI_Count source_count,
                   const struct mpr_type *target_type, void *target, MPI_Count target_count);

#endif
