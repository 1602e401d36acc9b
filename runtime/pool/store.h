/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of mp_store: results by key. */
#ifndef MPP_STORE_H
#define MPP_STORE_H

#include <mp.h>

#include "pool/address.h"

/* What a result depends on. With a version other than 0 the function does not matter. */
struct mpp_store_key {
    struct mpp_address function;
    uint64_t version;
    const void *input;
    size_t input_bytes;
    size_t output_bytes; /* of the result; MP_VARIABLE: any */
};

/* The kept result of a key: 1 with *data, which belongs to the store until its next call, and
 * *bytes; 0: there is none. */
int mpp_store_find(mp_store *store, const struct mpp_store_key *key, const void **data,
                   size_t *bytes);

/* Keeps a result. Returns 0, or an errno. */
int mpp_store_add(mp_store *store, const struct mpp_store_key *key, const void *data, size_t bytes);

const char *mpp_store_path(const mp_store *store);

#endif
