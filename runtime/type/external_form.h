/* SPDX-License-Identifier: BSD-3-Clause */
/* How the basic types look in "external32": sizes and conversions. */
#ifndef MPR_TYPE_EXTERNAL_FORM_H
#define MPR_TYPE_EXTERNAL_FORM_H

#include <stdbool.h>

#include "type/type.h"

/* Converts `count` numbers that lie one behind the other. False: one of them does not fit. */
typedef bool mpr_external_converter(void *to, const void *from, MPI_Count count);

/* One kind of number. */
struct mpr_external_number {
    size_t native_bytes;
    size_t external_bytes;
    mpr_external_converter *pack;
    mpr_external_converter *unpack;
};

/* An item of a basic type: one number, or two that follow each other (complex numbers, pairs). */
struct mpr_external_form {
    const struct mpr_external_number *first;
    const struct mpr_external_number *second; /* NULL: one alone */
};

struct mpr_external_form mpr_external_form_of(const struct mpr_type *basic);

static inline MPI_Count mpr_external_form_bytes(const struct mpr_external_form *form)
{
    size_t second_bytes = form->second != NULL ? form->second->external_bytes : 0;
    return (MPI_Count)(form->first->external_bytes + second_bytes);
}

#endif
