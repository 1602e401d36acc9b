/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies on slates. */
#include "coll/slate_data.h"

/* How this rank stores into its areas, whose lines the others have read. */
static struct mpr_store store;

/* Where ranks share cores, some of the readers share this one's cache: not past it. */
void mpr_slate_put_long(const struct mpr_items *from, MPI_Count first, unsigned char *payload,
                        size_t bytes)
{
    if (mpr_coll_is_crowded()) {
        mpr_data_out(from->type, from->buffer, first, payload, bytes);
    } else {
        mpr_store_long(&store, from->type, from->buffer, first, payload, bytes);
    }
}

bool mpr_slate_is_far(void)
{
    return mpr_store_is_past(&store);
}

static void fold_payloads(const void *const *payloads, int count, const struct mpr_items *out,
                          mpr_kernel *kernel)
{
    kernel(payloads[count - 2], payloads[count - 1], out->buffer, out->count);
    for (int i = count - 3; i >= 0; i--) {
        kernel(payloads[i], out->buffer, out->buffer, out->count);
    }
}

/* Items with gaps must lie as the operator expects them; and a function of the user gets a copy,
 * for it is not ours to say what it does with it. */
static void fold_copies(struct mpr_coll *coll, const void *const *payloads, int count,
                        const struct mpr_items *out, struct mpr_op *op)
{
    size_t bytes = (size_t)mpr_items_bytes(*out);
    struct mpr_scratch scratch;
    struct mpr_items copy;

    if (!mpr_coll_open_items(coll, &scratch, 1, out->count, out->type, &copy)) {
        return;
    }
    for (int i = count - 2; i >= 0; i--) {
        mpr_slate_get(&copy, payloads[i], bytes);
        mpr_coll_apply(coll, op, copy.buffer, out->buffer, *out);
    }
    mpr_coll_close(coll, &scratch);
}

void mpr_slate_fold(struct mpr_coll *coll, const void *const *payloads, int count,
                    const struct mpr_items *out, struct mpr_op *op)
{
    if (count > 1 && op->kernels != NULL && out->type->contiguous) {
        fold_payloads(payloads, count, out, op->kernels[out->type->element]);
        return;
    }
    if (payloads[count - 1] != out->buffer) {
        mpr_slate_get(out, payloads[count - 1], (size_t)mpr_items_bytes(*out));
    }
    if (count > 1) {
        fold_copies(coll, payloads, count, out, op);
    }
}

void mpr_slate_fold_copy(struct mpr_coll *coll, const void **payloads, const struct mpr_items *own,
                         const struct mpr_items *out, struct mpr_op *op)
{
    size_t bytes = (size_t)mpr_items_bytes(*out);
    struct mpr_scratch scratch;
    void *copy = mpr_coll_open(coll, &scratch, bytes);

    if (copy == NULL) {
        return;
    }
    mpr_copy(copy, own->buffer, bytes);
    payloads[coll->rank] = copy;
    mpr_slate_fold(coll, payloads, coll->size, out, op);
    mpr_coll_close(coll, &scratch);
}
