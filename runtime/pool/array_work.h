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

#endif
