/* SPDX-License-Identifier: BSD-3-Clause */
/* The predefined operators: what each is defined for, and which kernels do it; and the life of the
 * user's. */
#include "type/op.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <stddef.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/tunables.h"
#include "type/op_kernel.h"

#define C_INTEGER       (1u << MPR_CLASS_C_INTEGER)
#define FORTRAN_INTEGER (1u << MPR_CLASS_FORTRAN_INTEGER)
#define FLOATING        (1u << MPR_CLASS_FLOATING)
#define LOGICAL         (1u << MPR_CLASS_LOGICAL)
#define COMPLEX         (1u << MPR_CLASS_COMPLEX)
#define BYTE            (1u << MPR_CLASS_BYTE)
#define MULTI_LANGUAGE  (1u << MPR_CLASS_MULTI_LANGUAGE)
#define PAIR            (1u << MPR_CLASS_PAIR)
#define EVERYTHING      (~0u)

enum kernel_set { SET_BASE, SET_AVX2, SET_COUNT };

#define BASE_KERNELS(operator) [SET_BASE] = MPR_KERNEL_TABLE(base, operator),
#ifdef MPR_HAS_KERNELS_AVX2
#define AVX2_KERNELS(operator) [SET_AVX2] = MPR_KERNEL_TABLE(avx2, operator),
#else
#define AVX2_KERNELS(operator)
#endif

struct op_row {
    MPI_Op handle;
    const char *name;
    unsigned classes;
    mpr_kernel *const *kernels[SET_COUNT];
};

#define ROW(constant, operator, classes)                                                           \
    {constant, #constant, classes, {BASE_KERNELS(operator) AVX2_KERNELS(operator)}}
#define ROW_ONE_SIDED(constant) {constant, #constant, EVERYTHING, {NULL}}

/* MPI 5.0, 6.9.2, 6.9.4 and 12.3.4, and what programs rely on beyond that because other
 * implementations do it: MPI_CHAR is an integer (type/predefined.c), and all
 * integers are logical. */
static const struct op_row rows[] = {
    ROW(MPI_MAX, max, C_INTEGER | FORTRAN_INTEGER | FLOATING | MULTI_LANGUAGE),
    ROW(MPI_MIN, min, C_INTEGER | FORTRAN_INTEGER | FLOATING | MULTI_LANGUAGE),
    ROW(MPI_SUM, sum, C_INTEGER | FORTRAN_INTEGER | FLOATING | COMPLEX | MULTI_LANGUAGE),
    ROW(MPI_PROD, prod, C_INTEGER | FORTRAN_INTEGER | FLOATING | COMPLEX | MULTI_LANGUAGE),
    ROW(MPI_LAND, land, C_INTEGER | FORTRAN_INTEGER | LOGICAL | MULTI_LANGUAGE),
    ROW(MPI_LOR, lor, C_INTEGER | FORTRAN_INTEGER | LOGICAL | MULTI_LANGUAGE),
    ROW(MPI_LXOR, lxor, C_INTEGER | FORTRAN_INTEGER | LOGICAL | MULTI_LANGUAGE),
    ROW(MPI_BAND, band, C_INTEGER | FORTRAN_INTEGER | BYTE | MULTI_LANGUAGE),
    ROW(MPI_BOR, bor, C_INTEGER | FORTRAN_INTEGER | BYTE | MULTI_LANGUAGE),
    ROW(MPI_BXOR, bxor, C_INTEGER | FORTRAN_INTEGER | BYTE | MULTI_LANGUAGE),
    ROW(MPI_MAXLOC, maxloc, PAIR),
    ROW(MPI_MINLOC, minloc, PAIR),
    ROW_ONE_SIDED(MPI_REPLACE),
    ROW_ONE_SIDED(MPI_NO_OP),
};

enum { OP_COUNT = mpr_array_count(rows) };

static struct mpr_op ops[OP_COUNT];

#ifdef MPR_HAS_KERNELS_AVX2
/* The AVX2 kernels convert half precision by F16C. Processors with AVX2 have it, but a virtual
 * machine may hide it. */
static bool runs_avx2(void)
{
    unsigned eax, ebx, ecx, edx;

    return __builtin_cpu_supports("avx2") && __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 &&
           (ecx & bit_F16C) != 0;
}
#else
static bool runs_avx2(void)
{
    return false;
}
#endif

int mpr_op_start(void)
{
    bool wants_avx2 = mpr_tunables.vector != MPR_VECTOR_BASE;
    enum kernel_set set = wants_avx2 && runs_avx2() ? SET_AVX2 : SET_BASE;

    for (size_t i = 0; i < OP_COUNT; i++) {
        const struct op_row *row = &rows[i];
        ops[i] = (struct mpr_op){
            .object = {.references = 1},
            .name = row->name,
            .commutative = row->handle != MPI_REPLACE && row->handle != MPI_NO_OP,
            .predefined = true,
            .one_sided = row->kernels[SET_BASE] == NULL,
            .classes = row->classes,
            .kernels = row->kernels[set],
        };
        mpr_handle_define(MPR_KIND_OP, (uintptr_t)row->handle, &ops[i].object);
    }
    return 0;
}

struct mpr_op *mpr_op_find(MPI_Op handle)
{
    return (struct mpr_op *)mpr_handle_find(MPR_KIND_OP, (uintptr_t)handle);
}

/* ---- Operators of the user ---- */

int mpr_op_make(mpr_op_call *call, void (*function)(void), bool commutative, struct mpr_op **made)
{
    struct mpr_op *op = malloc(sizeof(*op));
    if (op == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *op = (struct mpr_op){.object.references = 1,
                          .name = "the user's operator",
                          .commutative = commutative,
                          .call = call,
                          .function = function};
    int error = mpr_handle_open(MPR_KIND_OP, &op->object);
    if (error != MPR_OK) {
        free(op);
        return error;
    }
    *made = op;
    return MPR_OK;
}

void mpr_op_close(struct mpr_op *op)
{
    mpr_handle_close(MPR_KIND_OP, &op->object);
    mpr_op_release(op);
}

/* ---- Applying ---- */

void mpr_op_apply(const struct mpr_op *op, const void *in, void *inout, MPI_Count count,
                  const struct mpr_type *type)
{
    mpr_op_apply3(op, in, inout, inout, count, type);
}

void mpr_op_apply3(const struct mpr_op *op, const void *left, const void *right, void *out,
                   MPI_Count count, const struct mpr_type *type)
{
    if (op->kernels != NULL) {
        op->kernels[type->element](left, right, out, count);
        return;
    }
    // left REPLACE right is right, left NO_OP right is left; the user's change the right one.
    const void *kept = op->object.handle == (uintptr_t)MPI_NO_OP ? left : right;
    if (kept != out) {
        mpr_type_copy(type, kept, count, type, out, count);
    }
    if (op->call != NULL) {
        op->call(op, left, out, count, type);
    }
}
