/* SPDX-License-Identifier: BSD-3-Clause */
/* Constructors of datatypes, but those of arrays (MPI 5.0, 5.1.2 and 5.1.7).
 *
 * Each checks its arguments and keeps them as the new type's contents, of which type/ makes the
 * rest. */
#include "mpi/type_create.h"

#include <stdio.h>

#include "base/error.h"
#include "type/construct.h"

/* ---- What they share ---- */

int mpr_arg_types(MPI_Datatype oldtype, const MPI_Datatype *newtype, struct mpr_type **old)
{
    MPR_TRY(mpr_arg_type(NULL, "oldtype", oldtype, old));
    return mpr_arg_pointer(NULL, "newtype", newtype);
}

void mpr_contents_add(struct mpr_contents *contents, MPI_Count *filled, struct mpr_numbers numbers,
                      MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        contents->counts[(*filled)++] = mpr_number(numbers, i);
    }
}

int mpr_type_create(struct mpr_contents *contents, MPI_Datatype *newtype)
{
    struct mpr_type *made;
    int code = contents == NULL ? MPR_ERR_NO_MEMORY : mpr_type_make(contents, &made);

    if (code == MPR_ERR_LIMIT) {
        return mpr_raise(NULL, MPI_ERR_VALUE_TOO_LARGE,
                         "the new type's size or bounds would be more than MPI_Count can hold");
    }
    MPR_TRY(mpr_result(NULL, code));
    *newtype = (MPI_Datatype)made->object.handle;
    return MPI_SUCCESS;
}

/* A type that is made of one other, by a few numbers. */
static int create(int combiner, bool large, struct mpr_type *old, const MPI_Count counts[],
                  MPI_Count count_count, MPI_Datatype *newtype)
{
    struct mpr_contents *contents = mpr_contents_make(combiner, large, 0, count_count, 1);

    if (contents != NULL) {
        MPI_Count filled = 0;
        mpr_contents_add(contents, &filled, mpr_numbers_count(counts), count_count);
        mpr_contents_set_type(contents, 0, old);
    }
    return mpr_type_create(contents, newtype);
}

static int arg_length(const char *name, MPI_Count length)
{
    return length >= 0 ? MPI_SUCCESS
                       : mpr_raise(NULL, MPI_ERR_ARG, "%s is %lld, but must not be negative", name,
                                   (long long)length);
}

static int arg_array(const char *name, MPI_Count count, const void *array)
{
    return count > 0 ? mpr_arg_pointer(NULL, name, array) : MPI_SUCCESS;
}

static int arg_lengths(MPI_Count count, struct mpr_numbers lengths)
{
    MPR_TRY(arg_array("array_of_blocklengths", count, lengths.values));
    for (MPI_Count i = 0; i < count; i++) {
        if (mpr_number(lengths, i) < 0) {
            return mpr_raise(NULL, MPI_ERR_ARG,
                             "array_of_blocklengths[%lld] is %lld, but must not be negative",
                             (long long)i, (long long)mpr_number(lengths, i));
        }
    }
    return MPI_SUCCESS;
}

/* ---- Equal distances ---- */

static int contiguous(bool large, MPI_Count count, MPI_Datatype oldtype, MPI_Datatype *newtype)
{
    struct mpr_type *old;
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));
    return create(MPI_COMBINER_CONTIGUOUS, large, old, &count, 1, newtype);
}

MPR_API(int, Type_contiguous, (int count, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_contiguous, contiguous(false, count, oldtype, newtype));
}

MPR_API(int, Type_contiguous_c, (MPI_Count count, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_contiguous_c, contiguous(true, count, oldtype, newtype));
}

/* Both vectors: `combiner` tells in what the stride is counted. */
static int vector(int combiner, bool large, MPI_Count count, MPI_Count blocklength,
                  MPI_Count stride, MPI_Datatype oldtype, MPI_Datatype *newtype)
{
    const MPI_Count counts[] = {count, blocklength, stride};
    struct mpr_type *old;
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    MPR_TRY(arg_length("blocklength", blocklength));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));
    return create(combiner, large, old, counts, 3, newtype);
}

MPR_API(int, Type_vector,
        (int count, int blocklength, int stride, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_vector, vector(MPI_COMBINER_VECTOR, false, count, blocklength, stride,
                                       oldtype, newtype));
}

MPR_API(int, Type_vector_c,
        (MPI_Count count, MPI_Count blocklength, MPI_Count stride, MPI_Datatype oldtype,
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_vector_c,
                   vector(MPI_COMBINER_VECTOR, true, count, blocklength, stride, oldtype, newtype));
}

MPR_API(int, Type_create_hvector,
        (int count, int blocklength, MPI_Aint stride, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hvector, vector(MPI_COMBINER_HVECTOR, false, count, blocklength,
                                               stride, oldtype, newtype));
}

MPR_API(int, Type_create_hvector_c,
        (MPI_Count count, MPI_Count blocklength, MPI_Count stride, MPI_Datatype oldtype,
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hvector_c, vector(MPI_COMBINER_HVECTOR, true, count, blocklength,
                                                 stride, oldtype, newtype));
}

/* ---- Any distances ---- */

static int indexed(int combiner, bool large, MPI_Count count, struct mpr_numbers lengths,
                   struct mpr_numbers displacements, MPI_Datatype oldtype, MPI_Datatype *newtype)
{
    struct mpr_type *old;
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    MPR_TRY(arg_lengths(count, lengths));
    MPR_TRY(arg_array("array_of_displacements", count, displacements.values));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));

    struct mpr_contents *contents = mpr_contents_make(combiner, large, 0, 1 + 2 * count, 1);
    if (contents != NULL) {
        MPI_Count filled = 0;
        mpr_contents_add(contents, &filled, mpr_numbers_count(&count), 1);
        mpr_contents_add(contents, &filled, lengths, count);
        mpr_contents_add(contents, &filled, displacements, count);
        mpr_contents_set_type(contents, 0, old);
    }
    return mpr_type_create(contents, newtype);
}

MPR_API(int, Type_indexed,
        (int count, const int array_of_blocklengths[], const int array_of_displacements[],
         MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_indexed,
                   indexed(MPI_COMBINER_INDEXED, false, count,
                           mpr_numbers_int(array_of_blocklengths),
                           mpr_numbers_int(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_indexed_c,
        (MPI_Count count, const MPI_Count array_of_blocklengths[],
         const MPI_Count array_of_displacements[], MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_indexed_c,
                   indexed(MPI_COMBINER_INDEXED, true, count,
                           mpr_numbers_count(array_of_blocklengths),
                           mpr_numbers_count(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_create_hindexed,
        (int count, const int array_of_blocklengths[], const MPI_Aint array_of_displacements[],
         MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hindexed,
                   indexed(MPI_COMBINER_HINDEXED, false, count,
                           mpr_numbers_int(array_of_blocklengths),
                           mpr_numbers_aint(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_create_hindexed_c,
        (MPI_Count count, const MPI_Count array_of_blocklengths[],
         const MPI_Count array_of_displacements[], MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hindexed_c,
                   indexed(MPI_COMBINER_HINDEXED, true, count,
                           mpr_numbers_count(array_of_blocklengths),
                           mpr_numbers_count(array_of_displacements), oldtype, newtype));
}

static int indexed_block(int combiner, bool large, MPI_Count count, MPI_Count blocklength,
                         struct mpr_numbers displacements, MPI_Datatype oldtype,
                         MPI_Datatype *newtype)
{
    const MPI_Count first[] = {count, blocklength};
    struct mpr_type *old;
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    MPR_TRY(arg_length("blocklength", blocklength));
    MPR_TRY(arg_array("array_of_displacements", count, displacements.values));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));

    struct mpr_contents *contents = mpr_contents_make(combiner, large, 0, 2 + count, 1);
    if (contents != NULL) {
        MPI_Count filled = 0;
        mpr_contents_add(contents, &filled, mpr_numbers_count(first), 2);
        mpr_contents_add(contents, &filled, displacements, count);
        mpr_contents_set_type(contents, 0, old);
    }
    return mpr_type_create(contents, newtype);
}

MPR_API(int, Type_create_indexed_block,
        (int count, int blocklength, const int array_of_displacements[], MPI_Datatype oldtype,
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_indexed_block,
                   indexed_block(MPI_COMBINER_INDEXED_BLOCK, false, count, blocklength,
                                 mpr_numbers_int(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_create_indexed_block_c,
        (MPI_Count count, MPI_Count blocklength, const MPI_Count array_of_displacements[],
         MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_indexed_block_c,
                   indexed_block(MPI_COMBINER_INDEXED_BLOCK, true, count, blocklength,
                                 mpr_numbers_count(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_create_hindexed_block,
        (int count, int blocklength, const MPI_Aint array_of_displacements[], MPI_Datatype oldtype,
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hindexed_block,
                   indexed_block(MPI_COMBINER_HINDEXED_BLOCK, false, count, blocklength,
                                 mpr_numbers_aint(array_of_displacements), oldtype, newtype));
}

MPR_API(int, Type_create_hindexed_block_c,
        (MPI_Count count, MPI_Count blocklength, const MPI_Count array_of_displacements[],
         MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_hindexed_block_c,
                   indexed_block(MPI_COMBINER_HINDEXED_BLOCK, true, count, blocklength,
                                 mpr_numbers_count(array_of_displacements), oldtype, newtype));
}

static int arg_members(MPI_Count count, const MPI_Datatype types[])
{
    MPR_TRY(arg_array("array_of_types", count, types));
    for (MPI_Count i = 0; i < count; i++) {
        char name[48];
        struct mpr_type *type;
        snprintf(name, sizeof(name), "array_of_types[%lld]", (long long)i);
        MPR_TRY(mpr_arg_type(NULL, name, types[i], &type));
    }
    return MPI_SUCCESS;
}

static int structure(bool large, MPI_Count count, struct mpr_numbers lengths,
                     struct mpr_numbers displacements, const MPI_Datatype types[],
                     MPI_Datatype *newtype)
{
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    MPR_TRY(arg_lengths(count, lengths));
    MPR_TRY(arg_array("array_of_displacements", count, displacements.values));
    MPR_TRY(arg_members(count, types));
    MPR_TRY(mpr_arg_pointer(NULL, "newtype", newtype));

    struct mpr_contents *contents =
        mpr_contents_make(MPI_COMBINER_STRUCT, large, 0, 1 + 2 * count, count);
    if (contents != NULL) {
        MPI_Count filled = 0;
        mpr_contents_add(contents, &filled, mpr_numbers_count(&count), 1);
        mpr_contents_add(contents, &filled, lengths, count);
        mpr_contents_add(contents, &filled, displacements, count);
        for (MPI_Count i = 0; i < count; i++) {
            mpr_contents_set_type(contents, i, mpr_type_find(types[i]));
        }
    }
    return mpr_type_create(contents, newtype);
}

MPR_API(int, Type_create_struct,
        (int count, const int array_of_blocklengths[], const MPI_Aint array_of_displacements[],
         const MPI_Datatype array_of_types[], MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_struct,
                   structure(false, count, mpr_numbers_int(array_of_blocklengths),
                             mpr_numbers_aint(array_of_displacements), array_of_types, newtype));
}

MPR_API(int, Type_create_struct_c,
        (MPI_Count count, const MPI_Count array_of_blocklengths[],
         const MPI_Count array_of_displacements[], const MPI_Datatype array_of_types[],
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_struct_c,
                   structure(true, count, mpr_numbers_count(array_of_blocklengths),
                             mpr_numbers_count(array_of_displacements), array_of_types, newtype));
}

/* ---- Other bounds ---- */

static int resized(bool large, MPI_Datatype oldtype, MPI_Count lb, MPI_Count extent,
                   MPI_Datatype *newtype)
{
    const MPI_Count counts[] = {lb, extent};
    struct mpr_type *old;
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));
    return create(MPI_COMBINER_RESIZED, large, old, counts, 2, newtype);
}

MPR_API(int, Type_create_resized,
        (MPI_Datatype oldtype, MPI_Aint lb, MPI_Aint extent, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_resized, resized(false, oldtype, lb, extent, newtype));
}

MPR_API(int, Type_create_resized_c,
        (MPI_Datatype oldtype, MPI_Count lb, MPI_Count extent, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_resized_c, resized(true, oldtype, lb, extent, newtype));
}
