/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies on slates: items, packed, and how they come there, get back, and are combined. */
#ifndef MPR_COLL_SLATE_DATA_H
#define MPR_COLL_SLATE_DATA_H

#include "coll/choose.h"
#include "coll/message.h"
#include "p2p/store.h"

/* mpr_slate_put_part() into an area, of so much that it matters how. */
void mpr_slate_put_long(const struct mpr_items *from, MPI_Count first, unsigned char *payload,
                        size_t bytes);

/* Whether this rank finds that the others' caches are far, by its last long payloads. */
bool mpr_slate_is_far(void);

/* Whether so much, there, is put by mpr_slate_put_long(). */
static inline bool mpr_slate_is_long(const void *payload, size_t bytes)
{
    return bytes >= MPR_STORE_LONG_BYTES && (uintptr_t)payload % MPR_LINE_BYTES == 0;
}

/* `bytes` bytes of the items, from byte `first` on, from and to the user's buffers. */
static inline void mpr_slate_put_part(const struct mpr_items *from, MPI_Count first,
                                      unsigned char *payload, size_t bytes)
{
    if (mpr_slate_is_long(payload, bytes)) {
        mpr_slate_put_long(from, first, payload, bytes);
    } else {
        mpr_data_out(from->type, from->buffer, first, payload, bytes);
    }
}

static inline void mpr_slate_get_part(const struct mpr_items *to, MPI_Count first,
                                      const unsigned char *payload, size_t bytes)
{
    mpr_data_in(to->type, to->buffer, first, payload, bytes);
}

/* The first `bytes` bytes. */
static inline void mpr_slate_put(const struct mpr_items *from, unsigned char *payload, size_t bytes)
{
    mpr_slate_put_part(from, 0, payload, bytes);
}

static inline void mpr_slate_get(const struct mpr_items *to, const unsigned char *payload,
                                 size_t bytes)
{
    mpr_slate_get_part(to, 0, payload, bytes);
}

/* out = payloads[0] op payloads[1] op ..., of `count` payloads, one at least, from the last one
 * down. The last one may be `out` itself, if its type has no gaps. */
void mpr_slate_fold(struct mpr_coll *coll, const void *const *payloads, int count,
                    const struct mpr_items *out, struct mpr_op *op);

/* The same of all members' payloads, of which this rank's is a copy of its own, contiguous items:
 * these are taken from a second one. What is put on a slate past the cache would come from memory
 * again. */
void mpr_slate_fold_copy(struct mpr_coll *coll, const void **payloads, const struct mpr_items *own,
                         const struct mpr_items *out, struct mpr_op *op);

/* Where a fold takes this rank's own items from. */
enum mpr_slate_own {
    MPR_OWN_PUT,   /* what it has put on the slate, as the others do */
    MPR_OWN_GIVEN, /* the items themselves */
    MPR_OWN_COPIED /* a second copy of them */
};

/* The items themselves, unless they have gaps or are overwritten before they are read: in place, an
 * operator of the library reads the last two payloads before it writes. */
static inline enum mpr_slate_own
mpr_slate_choose_own(const struct mpr_coll *coll, const unsigned char *put,
                     const struct mpr_items *own, MPI_Count first, const struct mpr_items *out,
                     const struct mpr_op *op)
{
    if (!own->type->contiguous) {
        return MPR_OWN_PUT;
    }
    if (own->buffer != out->buffer) {
        return MPR_OWN_GIVEN;
    }
    if (op->kernels == NULL || first > 0) {
        return MPR_OWN_PUT;
    }
    if (coll->rank + 2 >= coll->size) {
        return MPR_OWN_GIVEN;
    }
    return !mpr_coll_is_crowded() && mpr_slate_is_long(put, (size_t)mpr_items_bytes(*own))
               ? MPR_OWN_COPIED
               : MPR_OWN_PUT;
}

/* The same of all members' payloads, or a part of them: this rank's is what it has put there of its
 * `own` items from `first` on, of which `out` may be the beginning. */
static inline void mpr_slate_fold_all(struct mpr_coll *coll, const void **payloads,
                                      const struct mpr_items *own, MPI_Count first,
                                      const struct mpr_items *out, struct mpr_op *op)
{
    switch (mpr_slate_choose_own(coll, payloads[coll->rank], own, first, out, op)) {
    case MPR_OWN_COPIED:
        mpr_slate_fold_copy(coll, payloads, own, out, op);
        return;
    case MPR_OWN_GIVEN:
        payloads[coll->rank] = mpr_items_slice(*own, first, out->count).buffer;
        break;
    case MPR_OWN_PUT:
        break;
    }
    mpr_slate_fold(coll, payloads, coll->size, out, op);
}

#endif
