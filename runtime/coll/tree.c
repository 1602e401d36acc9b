/* SPDX-License-Identifier: BSD-3-Clause */
/* Trees of ranks. */
#include "coll/tree.h"

#include <string.h>

#include "coll/choose.h"
#include "coll/family.h"

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
    /* The farthest and deepest subtree first. A long message waits for its receiver, so
     * that all start at once. */
    struct mpr_batch batch;
    bool at_once = family.child_count > 1 && mpr_items_bytes(items) > mpr_tunables.eager_bytes;
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
static void packed_to_blocks(struct mpr_coll *coll, const unsigned char *packed, MPI_Count bytes,
                             const struct mpr_blocks *blocks, int root)
{
    for (int place = 1; place < coll->size; place++) {
        struct mpr_items from = mpr_items_packed(packed + place * bytes, bytes);
        mpr_coll_copy(coll, from, mpr_block(blocks, (place + root) % coll->size));
    }
}

static void blocks_to_packed(struct mpr_coll *coll, const struct mpr_blocks *blocks,
                             unsigned char *packed, MPI_Count bytes, int root)
{
    for (int place = 1; place < coll->size; place++) {
        struct mpr_items to = mpr_items_packed(packed + place * bytes, bytes);
        mpr_coll_copy(coll, mpr_block(blocks, (place + root) % coll->size), to);
    }
}

/* Where the blocks of a child's subtree lie among those of this rank's. */
static struct mpr_items child_part(const struct mpr_tree *tree, struct mpr_tree_child child,
                                   unsigned char *packed, MPI_Count bytes)
{
    return mpr_items_packed(packed + (child.place - tree->place) * bytes,
                            child.below_count * bytes);
}

void mpr_tree_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                     int root)
{
    bool is_root = coll->rank == root;
    MPI_Count bytes = mpr_items_bytes(is_root ? mpr_block(blocks, root) : own);
    struct mpr_tree tree = mpr_tree_make(coll->rank, coll->size, root, mpr_coll_radix(bytes));
    struct mpr_scratch scratch;
    unsigned char *packed = mpr_coll_open(coll, &scratch, (size_t)(tree.below_count * bytes));
    if (packed == NULL) {
        return;
    }
    for (int i = 0; i < tree.child_count; i++) {
        struct mpr_tree_child child = mpr_tree_child(&tree, i);
        mpr_coll_recv(coll, child_part(&tree, child, packed, bytes), child.rank);
    }
    if (is_root) {
        packed_to_blocks(coll, packed, bytes, blocks, root);
        if (!mpr_is_in_place(own.buffer)) {
            mpr_coll_copy(coll, own, mpr_block(blocks, root));
        }
    } else {
        mpr_coll_copy(coll, own, mpr_items_packed(packed, bytes));
        mpr_coll_send(coll, mpr_items_packed(packed, tree.below_count * bytes), tree.parent);
    }
    mpr_coll_close(coll, &scratch);
}

void mpr_tree_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks, struct mpr_items own,
                      int root)
{
    bool is_root = coll->rank == root;
    MPI_Count bytes = mpr_items_bytes(is_root ? mpr_block(blocks, root) : own);
    struct mpr_tree tree = mpr_tree_make(coll->rank, coll->size, root, mpr_coll_radix(bytes));
    struct mpr_scratch scratch;
    unsigned char *packed = mpr_coll_open(coll, &scratch, (size_t)(tree.below_count * bytes));
    if (packed == NULL) {
        return;
    }
    if (is_root) {
        blocks_to_packed(coll, blocks, packed, bytes, root);
    } else {
        mpr_coll_recv(coll, mpr_items_packed(packed, tree.below_count * bytes), tree.parent);
    }
    for (int i = tree.child_count - 1; i >= 0; i--) {
        struct mpr_tree_child child = mpr_tree_child(&tree, i);
        mpr_coll_send(coll, child_part(&tree, child, packed, bytes), child.rank);
    }
    if (!is_root) {
        mpr_coll_copy(coll, mpr_items_packed(packed, bytes), own);
    } else if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, mpr_block(blocks, root), own);
    }
    mpr_coll_close(coll, &scratch);
}
