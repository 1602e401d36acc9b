/* SPDX-License-Identifier: BSD-3-Clause */
/* A work over arrays: what maps, blocking or not, collective or not, have in common. */
#ifndef MPP_ARRAY_WORK_H
#define MPP_ARRAY_WORK_H

#include "pool/work.h"

struct mpp_array_work {
    struct mpp_work work; /* first, so that the class finds the rest */
    const char *input;
    const mp_column *columns; /* instead of input; null: none */
    int column_count;
    char *output;             /* or mp_bytes, with MP_VARIABLE */
};

extern const struct mpp_work_class mpp_array_work_class;

/* Whether columns make an input of so many bytes: MPI_SUCCESS, or an error with a text for
 * `name`. */
int mpp_check_columns(const mp_pool *pool, const mp_column *columns, int column_count,
                      size_t input_bytes, const char *name);

#endif
