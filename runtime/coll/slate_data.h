/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies on slates: items, packed, and how they come there, get back, and are combined. */
#ifndef MPR_COLL_SLATE_DATA_H
#define MPR_COLL_SLATE_DATA_H

#include "coll/message.h"
#include "p2p/store.h"

/* mpr_slate_put_part() into an area, of so much that it matters how. */
void mpr_slate_put_long(const struct mpr_items *from, MPI_Count first, unsigned char *payload,
                        size_t bytes);

/* Whether this rank finds that the others' caches are far, by its last long payloads. */
bool mpr_slate_is_far(void);

/* `bytes` bytes of the items, from byte `first` on, from and to the user's buffers. */
static inline void mpr_slate_put_part(const struct mpr_items *from, MPI_Count first,
                                      unsigned char *payload, size_t bytes)
{
    if (bytes >= MPR_STORE_LONG_BYTES && (uintptr_t)payload % MPR_LINE_BYTES == 0) {
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

/* What mpr_slate_fold() takes for this rank's `own` items from `first` on: they themselves, or,
 * where they are overwritten meanwhile or have gaps, what it has put of them on the slate. */
static inline const void *mpr_slate_operand(const struct mpr_items *own, MPI_Count first,
                                            const struct mpr_items *out, const void *payload)
{
    return own->buffer != out->buffer && own->type->contiguous
               ? mpr_items_slice(*own, first, out->count).buffer
               : payload;
}

#endif
