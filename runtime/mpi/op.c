/* SPDX-License-Identifier: BSD-3-Clause */
/* Operators of the user, and reductions within a process (MPI 5.0, 6.9.5 to 6.9.7).
 *
 * The functions of the user run without the library's lock, so that they may ask MPI for what they
 * like: the extent or the contents of the datatype, say. */
#include <limits.h>

#include "mpi/api.h"
#include "mpi/coll_args.h"

/* ---- Calling the user's functions ---- */

/* Out of the library, with a handle for the function to see: the user may have freed the datatype's
 * own one while the operation that uses it was in flight. */
struct excursion {
    enum mpr_call call;
    struct mpr_type *type;
    MPI_Datatype handle;
    bool is_lent;
};

static struct excursion step_out(const struct mpr_type *constant)
{
    struct mpr_type *type = (struct mpr_type *)(uintptr_t)constant; // its handle may change
    struct excursion excursion = {.type = type, .handle = MPI_DATATYPE_NULL};

    excursion.is_lent =
        type->object.handle == 0 && mpr_handle_open(MPR_KIND_TYPE, &type->object) == MPR_OK;
    if (type->object.handle != 0) {
        excursion.handle = (MPI_Datatype)type->object.handle;
    }
    excursion.call = mpr_api_step_out();
    return excursion;
}

static void step_in(const struct excursion *excursion)
{
    mpr_api_step_in(excursion->call);
    if (excursion->is_lent) {
        mpr_handle_close(MPR_KIND_TYPE, &excursion->type->object);
    }
}

/* Long vectors are handed over in pieces that an int can count. */
static void call_int(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                     const struct mpr_type *type)
{
    MPI_User_function *function = (MPI_User_function *)op->function;
    struct excursion excursion = step_out(type);

    for (MPI_Count first = 0; first < count; first += INT_MAX) {
        MPI_Aint offset = (MPI_Aint)first * type->extent;
        int part = count - first < INT_MAX ? (int)(count - first) : INT_MAX;
        MPI_Datatype handle = excursion.handle; // theirs to change
        function((char *)(uintptr_t)in + offset, (char *)inout + offset, &part, &handle);
    }
    step_in(&excursion);
}

static void call_large(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                       const struct mpr_type *type)
{
    MPI_User_function_c *function = (MPI_User_function_c *)op->function;
    struct excursion excursion = step_out(type);
    MPI_Datatype handle = excursion.handle;

    function((void *)(uintptr_t)in, inout, &count, &handle);
    step_in(&excursion);
}

/* ---- Making and freeing ---- */

static int op_create(mpr_op_call *call, void (*function)(void), int commute, MPI_Op *op)
{
    struct mpr_op *made;
    if (function == NULL) {
        return mpr_raise(NULL, MPI_ERR_ARG, "user_fn is NULL, but the call needs it");
    }
    MPR_TRY(mpr_arg_pointer(NULL, "op", op));
    MPR_TRY(mpr_result(NULL, mpr_op_make(call, function, commute != 0, &made)));
    *op = (MPI_Op)made->object.handle;
    return MPI_SUCCESS;
}

MPR_API(int, Op_create, (MPI_User_function * user_fn, int commute, MPI_Op *op))
{
    return MPR_RUN(Op_create, op_create(call_int, (void (*)(void))user_fn, commute, op));
}

MPR_API(int, Op_create_c, (MPI_User_function_c * user_fn, int commute, MPI_Op *op))
{
    return MPR_RUN(Op_create_c, op_create(call_large, (void (*)(void))user_fn, commute, op));
}

static int op_free(MPI_Op *op)
{
    struct mpr_op *found;
    MPR_TRY(mpr_arg_pointer(NULL, "op", op));
    MPR_TRY(mpr_arg_op_any(NULL, *op, &found));
    if (found->predefined) {
        return mpr_raise(NULL, MPI_ERR_OP, "op is %s, which is predefined and stays", found->name);
    }
    mpr_op_close(found);
    *op = MPI_OP_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Op_free, (MPI_Op * op))
{
    return MPR_RUN(Op_free, op_free(op));
}

/* ---- Within a process ---- */

static int reduce_local(const void *inbuf, void *inoutbuf, MPI_Count count, MPI_Datatype datatype,
                        MPI_Op op)
{
    static const struct mpr_arg_names in_names = {"inbuf", "count", NULL, "datatype"};
    static const struct mpr_arg_names inout_names = {"inoutbuf", "count", NULL, "datatype"};
    struct mpr_type *type;
    struct mpr_op *found;

    MPR_TRY(mpr_arg_items(NULL, &in_names, inbuf, count, datatype, &type));
    MPR_TRY(mpr_arg_items(NULL, &inout_names, inoutbuf, count, datatype, &type));
    MPR_TRY(mpr_arg_apart(NULL, mpr_items(inbuf, count, type), mpr_items(inoutbuf, count, type)));
    MPR_TRY(mpr_arg_op(NULL, op, type, &found));
    if (count > 0) {
        mpr_op_apply(found, inbuf, inoutbuf, count, type);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Reduce_local,
        (const void *inbuf, void *inoutbuf, int count, MPI_Datatype datatype, MPI_Op op))
{
    return MPR_RUN(Reduce_local, reduce_local(inbuf, inoutbuf, count, datatype, op));
}

MPR_API(int, Reduce_local_c,
        (const void *inbuf, void *inoutbuf, MPI_Count count, MPI_Datatype datatype, MPI_Op op))
{
    return MPR_RUN(Reduce_local_c, reduce_local(inbuf, inoutbuf, count, datatype, op));
}
