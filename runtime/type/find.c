/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of the predefined types by size, by pair, and by precision (MPI 5.0, 6.9.4 and 19.1.5). */
#include "type/find.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/error.h"
#include "type/contents.h"
#include "type/element.h"

/* ---- By size ---- */

struct size_row {
    int type_class;
    int bytes;
    MPI_Datatype type;
};

static const struct size_row size_rows[] = {
    {MPI_TYPECLASS_INTEGER, 1, MPI_INTEGER1},   {MPI_TYPECLASS_INTEGER, 2, MPI_INTEGER2},
    {MPI_TYPECLASS_INTEGER, 4, MPI_INTEGER4},   {MPI_TYPECLASS_INTEGER, 8, MPI_INTEGER8},
    {MPI_TYPECLASS_INTEGER, 16, MPI_INTEGER16}, {MPI_TYPECLASS_REAL, 2, MPI_REAL2},
    {MPI_TYPECLASS_REAL, 4, MPI_REAL4},         {MPI_TYPECLASS_REAL, 8, MPI_REAL8},
    {MPI_TYPECLASS_REAL, 16, MPI_REAL16},       {MPI_TYPECLASS_COMPLEX, 4, MPI_COMPLEX4},
    {MPI_TYPECLASS_COMPLEX, 8, MPI_COMPLEX8},   {MPI_TYPECLASS_COMPLEX, 16, MPI_COMPLEX16},
    {MPI_TYPECLASS_COMPLEX, 32, MPI_COMPLEX32}, {MPIX_TYPECLASS_LOGICAL, 1, MPI_LOGICAL1},
    {MPIX_TYPECLASS_LOGICAL, 2, MPI_LOGICAL2},  {MPIX_TYPECLASS_LOGICAL, 4, MPI_LOGICAL4},
    {MPIX_TYPECLASS_LOGICAL, 8, MPI_LOGICAL8},  {MPIX_TYPECLASS_LOGICAL, 16, MPI_LOGICAL16},
};

struct mpr_type *mpr_type_of_size(int type_class, MPI_Count bytes)
{
    for (size_t i = 0; i < mpr_array_count(size_rows); i++) {
        if (size_rows[i].type_class == type_class && size_rows[i].bytes == bytes) {
            return mpr_type_find(size_rows[i].type);
        }
    }
    return NULL;
}

/* ---- By pair ---- */

struct pair_row {
    MPI_Datatype value;
    MPI_Datatype index;
    MPI_Datatype pair;
};

static const struct pair_row pair_rows[] = {
    {MPI_FLOAT, MPI_INT, MPI_FLOAT_INT},
    {MPI_DOUBLE, MPI_INT, MPI_DOUBLE_INT},
    {MPI_LONG, MPI_INT, MPI_LONG_INT},
    {MPI_SHORT, MPI_INT, MPI_SHORT_INT},
    {MPI_INT, MPI_INT, MPI_2INT},
    {MPI_LONG_DOUBLE, MPI_INT, MPI_LONG_DOUBLE_INT},
    {MPI_REAL, MPI_REAL, MPI_2REAL},
    {MPI_DOUBLE_PRECISION, MPI_DOUBLE_PRECISION, MPI_2DOUBLE_PRECISION},
    {MPI_INTEGER, MPI_INTEGER, MPI_2INTEGER},
};

struct mpr_type *mpr_type_of_pair(const struct mpr_type *value, const struct mpr_type *index)
{
    for (size_t i = 0; i < mpr_array_count(pair_rows); i++) {
        if ((uintptr_t)pair_rows[i].value == value->object.handle &&
            (uintptr_t)pair_rows[i].index == index->object.handle) {
            return mpr_type_find(pair_rows[i].pair);
        }
    }
    return NULL;
}

/* ---- By precision ---- */

/* What Fortran's SELECTED_REAL_KIND and SELECTED_INT_KIND choose from, the shortest first: decimal
 * digits, and the range of decimal exponents on both sides. */
struct number_row {
    int combiner;
    int p;
    int r;
    MPI_Datatype type;
};

#define REAL_ROW(digits, minimum, real, complex)                                                   \
    {MPI_COMBINER_F90_REAL, digits, -(minimum), real},                                             \
    {                                                                                              \
        MPI_COMBINER_F90_COMPLEX, digits, -(minimum), complex                                      \
    }

/* binary128, which the compiler's float.h knows only where long double is that. */
enum { FLOAT128_DIGITS = 33, FLOAT128_MIN_EXPONENT = -4931 };

static const struct number_row number_rows[] = {
    {MPI_COMBINER_F90_INTEGER, 0, 2, MPI_INTEGER1},
    {MPI_COMBINER_F90_INTEGER, 0, 4, MPI_INTEGER2},
    {MPI_COMBINER_F90_INTEGER, 0, 9, MPI_INTEGER4},
    {MPI_COMBINER_F90_INTEGER, 0, 18, MPI_INTEGER8},
    {MPI_COMBINER_F90_INTEGER, 0, 38, MPI_INTEGER16},
    REAL_ROW(FLT_DIG, FLT_MIN_10_EXP, MPI_REAL4, MPI_COMPLEX8),
    REAL_ROW(DBL_DIG, DBL_MIN_10_EXP, MPI_REAL8, MPI_COMPLEX16),
    REAL_ROW(LDBL_DIG, LDBL_MIN_10_EXP, MPI_LONG_DOUBLE, MPI_C_LONG_DOUBLE_COMPLEX),
    REAL_ROW(FLOAT128_DIGITS, FLOAT128_MIN_EXPONENT, MPI_REAL16, MPI_COMPLEX32),
};

/* Those that were asked for. They are predefined types: they stay. */
static struct mpr_type **known_types;
static int known_count;

/* Integers have one argument. */
static int argument_count(int combiner)
{
    return combiner == MPI_COMBINER_F90_INTEGER ? 1 : 2;
}

static bool is_known(const struct mpr_type *type, int combiner, int p, int r)
{
    const int *arguments = type->contents->integers;

    return type->contents->combiner == combiner && arguments[argument_count(combiner) - 1] == r &&
           (argument_count(combiner) == 1 || arguments[0] == p);
}

static const struct mpr_type *find_number(int combiner, int p, int r)
{
    for (size_t i = 0; i < mpr_array_count(number_rows); i++) {
        const struct number_row *row = &number_rows[i];
        bool suffices =
            (p == MPI_UNDEFINED || p <= row->p || combiner == MPI_COMBINER_F90_INTEGER) &&
            (r == MPI_UNDEFINED || r <= row->r);
        if (row->combiner == combiner && suffices && mpr_type_find(row->type) != NULL) {
            return mpr_type_find(row->type);
        }
    }
    return NULL;
}

/* A twin of `number` that tells how it was asked for. */
static struct mpr_type *make_twin(const struct mpr_type *number, int combiner, int p, int r)
{
    int count = argument_count(combiner);
    struct mpr_type *twin = malloc(sizeof(*twin));
    struct mpr_contents *contents = mpr_contents_make(combiner, false, count, 0, 0);

    if (twin == NULL || contents == NULL) {
        goto fail;
    }
    *twin = *number;
    twin->object = (struct mpr_object){.references = 1};
    twin->attributes = (struct mpr_attributes){0};
    twin->name[0] = '\0';
    twin->contents = contents;
    contents->integers[0] = p;
    contents->integers[count - 1] = r;
    if (mpr_handle_open(MPR_KIND_TYPE, &twin->object) == MPR_OK) {
        return twin;
    }
fail:
    free(twin);
    free(contents);
    return NULL;
}

int mpr_type_of_numbers(int combiner, int p, int r, struct mpr_type **type)
{
    for (int i = 0; i < known_count; i++) {
        if (is_known(known_types[i], combiner, p, r)) {
            *type = known_types[i];
            return MPR_OK;
        }
    }
    const struct mpr_type *number = find_number(combiner, p, r);
    if (number == NULL) {
        return MPR_ERR_UNSUPPORTED;
    }
    struct mpr_type **grown =
        realloc(known_types, ((size_t)known_count + 1) * sizeof(*known_types));
    if (grown == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    known_types = grown;
    struct mpr_type *twin = make_twin(number, combiner, p, r);
    if (twin == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    known_types[known_count++] = twin;
    *type = twin;
    return MPR_OK;
}
