/* SPDX-License-Identifier: BSD-3-Clause */
/* Trees of ranks. */
#include "coll/tree.h"

#include <string.h>

#include "coll/choose.h"
#include "coll/family.h"
#include "p2p/record.h"

/* place is a multiple of step, and the child's subtree holds `step` places if the size allows. */
static int clip(const struct mpr_tree *tree, int place, int64_t step)
{
    return step < tree->size - place ? (int)step : tree->size - place;
}

static int rank_of(const struct mpr_tree *tree, int place)
{
    int rank = place + tree->root;
    return rank < tree->size ? rank : rank - tree->size;
}

struct mpr_tree mpr_tree_make(int rank, int size, int root, int radix)
{
    struct mpr_tree tree = {.radix = radix, .size = size, .root = root, .parent = -1};
    tree.place = rank >= root ? rank - root : rank - root + size;

    int64_t step = 1;
    while (step < size && tree.place / step % radix == 0) {
        for (int digit = 1; digit < radix && tree.place + digit * step < size; digit++) {
            tree.child_count++;
        }
        step *= radix;
    }
    if (step < size) {
        tree.parent = rank_of(&tree, (int)(tree.place - tree.place / step % radix * step));
    }
    tree.below_count = clip(&tree, tree.place, step);
    return tree;
}

struct mpr_tree_child mpr_tree_child(const struct mpr_tree *tree, int index)
{
    int64_t step = 1;
    for (; index >= tree->radix - 1; index -= tree->radix - 1) {
        step *= tree->radix;
    }
    int place = (int)(tree->place + (index + 1) * step);
    return (struct mpr_tree_child){rank_of(tree, place), place, clip(tree, place, step)};
}

/* --- Down and up ------------------------------------------------------------------------------ */

void mpr_tree_barrier(struct mpr_coll *coll)
{
    struct mpr_items nothing = mpr_items_packed(NULL, 0);
    struct mpr_family family;
    if (!mpr_family_open(&family, coll, 0, mpr_coll_radix(0), false)) {
        return;
    }
    for (int i = 0; i < family.child_count; i++) {
        mpr_coll_recv(coll, nothing, family.children[i]);
    }
    if (family.parent >= 0) {
        mpr_coll_send(coll, nothing, family.parent);
        mpr_coll_recv(coll, nothing, family.parent);
    }
    for (int i = family.child_count - 1; i >= 0; i--) {
        mpr_coll_send(coll, nothing, family.children[i]);
    }
}

/* Whether a message waits for its receiver: a long one does, and one that is read where it lies. */
static bool may_wait(struct mpr_items items)
{
    MPI_Count bytes = mpr_items_bytes(items);

    return bytes > mpr_tunables.eager_bytes ||
           mpr_record_may_be_read_there(items.buffer, bytes, items.type);
}

void mpr_tree_bcast(struct mpr_coll *coll, struct mpr_items items, int root)
{
    int radix = mpr_coll_radix(mpr_items_bytes(items));
    struct mpr_family family;
    if (!mpr_family_open(&family, coll, root, radix, false)) {
        return;
    }
    if (family.parent >= 0) {
        mpr_coll_recv(coll, items, family.parent);
    }
    /* The farthest and deepest subtree first; all start at once if they may wait. */
    struct mpr_batch batch;
    bool at_once = family.child_count > 1 && may_wait(items);
    if (at_once && !mpr_batch_open(&batch, coll, family.child_count)) {
        return;
    }
    for (int i = family.child_count - 1; i >= 0; i--) {
        int child = family.children[i];
        if (at_once) {
            mpr_batch_send(&batch, items, child);
        } else {
            mpr_coll_send(coll, items, child);
        }
    }
    if (at_once) {
        mpr_batch_finish(&batch);
    }
}

/* The value of this rank's subtree goes to the parent, or to `out` at the tree's root. */
static void reduce_on(struct mpr_coll *coll, const struct mpr_family *family, struct mpr_items own,
                      struct mpr_items out, struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_items arrivals[2];
    if (!mpr_coll_open_items(coll, &scratch, 2, family->child_count > 0 ? own.count : 0, own.type,
                             arrivals)) {
        return;
    }
    /* The value so far lies in `own` or in the last arrival; it is the left operand, because what
     * arrives comes from higher ranks, where that matters. */
    struct mpr_items value = own;
    for (int i = 0; i < family->child_count; i++) {
        struct mpr_items arrival = arrivals[i % 2];
        mpr_coll_recv(coll, arrival, family->children[i]);
        mpr_coll_apply(coll, op, value.buffer, arrival.buffer, arrival);
        value = arrival;
    }
    if (family->parent >= 0) {
        mpr_coll_send(coll, value, family->parent);
    } else if (value.buffer != out.buffer) {
        mpr_coll_copy(coll, value, out);
    }
    mpr_coll_close(coll, &scratch);
}

void mpr_tree_reduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                     struct mpr_op *op, int root)
{
    /* Counting from another rank than 0 would turn the operands around: then rank 0 forwards. */
    int top = op->commutative ? root : 0;
    struct mpr_family family;
    if (!mpr_family_open(&family, coll, top, mpr_coll_radix(mpr_items_bytes(own)),
                         !op->commutative)) {
        return;
    }
    if (top == root) {
        reduce_on(coll, &family, own, out, op);
        return;
    }
    if (coll->rank != top) {
        reduce_on(coll, &family, own, out, op);
        if (coll->rank == root) {
            mpr_coll_recv(coll, out, top);
        }
        return;
    }
    struct mpr_scratch scratch;
    struct mpr_items value;
    if (!mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &value)) {
        return;
    }
    reduce_on(coll, &family, own, value, op);
    mpr_coll_send(coll, value, root);
    mpr_coll_close(coll, &scratch);
}

/* --- Blocks ----------------------------------------------------------------------------------- */

/* A subtree's blocks travel packed, by place. The root's own copy of them is in the same order:
 * rotated, when the root is not rank 0. */
struct packed {
    struct mpr_tree tree;
    MPI_Count bytes; /* of a block */
    struct mpr_scratch scratch;
    unsigned char *memory;
};

/* Of the root `blocks` are looked at, of others `own`. Returns false when there is no memory. */
static bool open_packed(struct packed *packed, struct mpr_coll *coll,
                        const struct mpr_blocks *blocks, struct mpr_items own, int root)
{
    MPI_Count bytes = mpr_items_bytes(coll->rank == root ? mpr_block(blocks, root) : own);

    packed->tree = mpr_tree_make(coll->rank, coll->size, root, mpr_coll_radix(bytes));
    packed->bytes = bytes;
    packed->memory =
        mpr_coll_open(coll, &packed->scratch, (size_t)(packed->tree.below_count * bytes));
    return packed->memory != NULL;
}

/* So many blocks, counted from this rank's own. */
static struct mpr_items part_of(const struct packed *packed, int first, int count)
{
    return mpr_items_packed(packed->memory + first * packed->bytes, count * packed->bytes);
}

static struct mpr_items whole_of(const struct packed *packed)
{
    return part_of(packed, 0, packed->tree.below_count);
}

static struct mpr_items child_part(const struct packed *packed, struct mpr_tree_child child)
{
    return part_of(packed, child.place - packed->tree.place, child.below_count);
}

void mpr_tree_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                     int root)
{
    struct packed packed;

    if (!open_packed(&packed, coll, blocks, own, root)) {
        return;
    }
    for (int i = 0; i < packed.tree.child_count; i++) {
        struct mpr_tree_child child = mpr_tree_child(&packed.tree, i);
        mpr_coll_recv(coll, child_part(&packed, child), child.rank);
    }
    if (coll->rank == root) {
        for (int place = 1; place < coll->size; place++) {
            struct mpr_items block = mpr_block(blocks, (place + root) % coll->size);
            mpr_coll_copy(coll, part_of(&packed, place, 1), block);
        }
        if (!mpr_is_in_place(own.buffer)) {
            mpr_coll_copy(coll, own, mpr_block(blocks, root));
        }
    } else {
        mpr_coll_copy(coll, own, part_of(&packed, 0, 1));
        mpr_coll_send(coll, whole_of(&packed), packed.tree.parent);
    }
    mpr_coll_close(coll, &packed.scratch);
}

void mpr_tree_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks, struct mpr_items own,
                      int root)
{
    struct packed packed;

    if (!open_packed(&packed, coll, blocks, own, root)) {
        return;
    }
    if (coll->rank == root) {
        for (int place = 1; place < coll->size; place++) {
            struct mpr_items block = mpr_block(blocks, (place + root) % coll->size);
            mpr_coll_copy(coll, block, part_of(&packed, place, 1));
        }
    } else {
        mpr_coll_recv(coll, whole_of(&packed), packed.tree.parent);
    }
    for (int i = packed.tree.child_count - 1; i >= 0; i--) {
        struct mpr_tree_child child = mpr_tree_child(&packed.tree, i);
        mpr_coll_send(coll, child_part(&packed, child), child.rank);
    }
    if (coll->rank != root) {
        mpr_coll_copy(coll, part_of(&packed, 0, 1), own);
    } else if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, mpr_block(blocks, root), own);
    }
    mpr_coll_close(coll, &packed.scratch);
}
