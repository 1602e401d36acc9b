/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduction operators: the predefined ones on every type they are defined for. */
#ifndef MPR_TYPE_OP_H
#define MPR_TYPE_OP_H

#include <stdbool.h>

#include "base/handle.h"
#include "mpi.h"
#include "type/type.h"

struct mpr_op {
    struct mpr_object object;
    const char *name;
    bool commutative;
    bool predefined;
};

/* Registers the predefined operators (once). Returns 0 or an mpr error. */
int mpr_op_start(void);

struct mpr_op *mpr_op_find(MPI_Op handle);

/* Whether `op` is defined for items of `type` (MPI 5.0, 6.9.2). */
bool mpr_op_accepts(const struct mpr_op *op, const struct mpr_type *type);

/* inout[i] = in[i] op inout[i] for `count` items, in this order: `in` is the operand of the lower
 * ranks. The buffers must not overlap. */
void mpr_op_apply(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                  const struct mpr_type *type);

/* out[i] = left[i] op right[i]. `out` may be `right`, and must otherwise overlap none. */
void mpr_op_apply3(const struct mpr_op *op, const void *left, const void *right, void *out,
                   MPI_Count count, const struct mpr_type *type);

#endif
