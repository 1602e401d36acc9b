/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduction operators: the predefined ones on every type they are defined for, and the user's.
 *
 * Results of the predefined ones that the standard leaves open:
 *   - sums and products of integers wrap around, signed ones as well;
 *   - MPI_MAX, MPI_MIN, MPI_MAXLOC and MPI_MINLOC of a number and a NaN are NaN (with its index),
 *     so that the result does not depend on the order of the ranks;
 *   - products of complex numbers are the plain formula: infinities are not recovered from NaN;
 *   - logical operators take any value but 0 for true, and give 1 for true;
 *   - no multiplication is fused with an addition: all processors give the same result. */
#ifndef MPR_TYPE_OP_H
#define MPR_TYPE_OP_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/handle.h"
#include "mpi.h"
#include "type/type.h"

/* out[i] = left[i] op right[i] for elements that lie as an array does, at any alignment. */
typedef void mpr_kernel(const void *left, const void *right, void *out, MPI_Count count);

struct mpr_op;

/* inout[i] = in[i] op inout[i] by an operator of the user, whose function runs without the
 * library's lock: it may call MPI, and other threads may, too. */
typedef void mpr_op_call(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                         const struct mpr_type *type);

struct mpr_op {
    struct mpr_object object;
    const char *name;
    bool commutative;
    bool predefined;
    bool one_sided;             /* MPI_REPLACE and MPI_NO_OP: for accumulate, not for reductions */
    unsigned classes;           /* what it is defined for: a bit for each enum mpr_class */
    mpr_kernel *const *kernels; /* by enum mpr_element */
    mpr_op_call *call;          /* instead of kernels, for an operator of the user */
    void (*function)(void);     /* the user's, for `call` */
};

/* Registers the predefined operators (once). Returns 0 or an mpr error. */
int mpr_op_start(void);

struct mpr_op *mpr_op_find(MPI_Op handle);

/* An operator of the user, defined for all types, with a handle and one reference. Returns 0 or an
 * mpr error. */
int mpr_op_make(mpr_op_call *call, void (*function)(void), bool commutative, struct mpr_op **op);

/* One user more, or less. Predefined operators are not counted. */
static inline void mpr_op_retain(struct mpr_op *op)
{
    if (!op->predefined) {
        op->object.references++;
    }
}

static inline void mpr_op_release(struct mpr_op *op)
{
    if (!op->predefined && --op->object.references == 0) {
        free(op);
    }
}

/* The user gives the handle back, with its reference. */
void mpr_op_close(struct mpr_op *op);

/* Whether `op` is defined for items of `type` (MPI 5.0, 6.9.2). */
static inline bool mpr_op_accepts(const struct mpr_op *op, const struct mpr_type *type)
{
    return op->call != NULL || (type->predefined && (op->classes >> type->class & 1) != 0);
}

/* inout[i] = in[i] op inout[i] for `count` items, in this order: `in` is the operand of the lower
 * ranks. The buffers must not overlap. The type is one that the operator accepts. */
void mpr_op_apply(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                  const struct mpr_type *type);

/* out[i] = left[i] op right[i]. `out` may be `right`, or `left` with a predefined operator, and
 * must otherwise overlap none. */
void mpr_op_apply3(const struct mpr_op *op, const void *left, const void *right, void *out,
                   MPI_Count count, const struct mpr_type *type);

#endif
