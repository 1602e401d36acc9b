/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the rows of the ABI tables prove about mpi.h, at compile time, in every C and C++.
 *
 * Two means serve for everything. Types: an object is declared twice, once with the header's type
 * and once with the table's; the compiler refuses when they differ. Values: an array has a negative
 * size unless the values agree. Nothing here is ever defined, so the result is only compiled.
 */
#ifndef MPR_TESTS_ABI_CHECK_H
#define MPR_TESTS_ABI_CHECK_H

#include <stddef.h>

#include "mpi.h"

/* Compilers fold a handle, which is a cast, in an array's size only if asked by the builtin. */
#define EQUAL(a, b) (__builtin_constant_p((intptr_t)(a) == (intptr_t)(b)) \
                     ? (intptr_t)(a) == (intptr_t)(b) : 0)
#define VALUE(object, a, b) extern char object[EQUAL(a, b) ? 1 : -1];

#define TYPE(object, thing, type) \
    extern __typeof__(thing) *object; \
    extern type *object;

/* The rows of constants.tsv. An enumerator has type int in C, and a type of its own in C++. */
#define MACRO(name, value) VALUE(value_of_##name, name, value)
#define CAST(name, type, value) \
    VALUE(value_of_##name, name, value) \
    TYPE(type_of_##name, name, type)
#ifdef __cplusplus
#define ENUMERATOR(name, value) VALUE(value_of_##name, name, value)
#else
#define ENUMERATOR(name, value) CAST(name, int, value)
#endif

/* The rows of functions.tsv and callbacks.tsv */
#define CALLBACK(name, returns, parameters) \
    extern __typeof__(name) *type_of_##name; \
    extern returns (*type_of_##name) parameters;
#define FUNCTION(name, returns, parameters) \
    CALLBACK(name, returns, parameters) \
    CALLBACK(P##name, returns, parameters)

/* The rows of handles.tsv */
#define HANDLE(name, tag) TYPE(type_of_##name, name, struct tag *)

/* What stands in no table: the integers, and the status of three public ints and five others */
TYPE(type_of_aint, MPI_Aint, intptr_t)
TYPE(type_of_count, MPI_Count, int64_t)
TYPE(type_of_offset, MPI_Offset, int64_t)

#define FIELD(name, offset) \
    VALUE(offset_of_##name, offsetof(MPI_Status, name), offset) \
    TYPE(type_of_##name, status.name, int)
extern MPI_Status status;
VALUE(size_of_status, sizeof status, 8 * sizeof(int))
FIELD(MPI_SOURCE, 0)
FIELD(MPI_TAG, sizeof(int))
FIELD(MPI_ERROR, 2 * sizeof(int))

#endif
