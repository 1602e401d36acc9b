/* SPDX-License-Identifier: BSD-3-Clause */
/* The shape of trees, the cutting of blocks and the layout of scratch memory. */
#include "coll/tree.h"

#include <string.h>

#include "tests/lib/unit.h"

enum { SIZE_MAX_TRIED = 70, RADIX_MAX_TRIED = 18 };

/* Every child of a rank names it as its parent, and the subtrees of its children are the next ranks
 * after it, one after the other. Returns the number of children. */
static int check_node(int rank, int size, int root, int radix)
{
    struct mpr_tree tree = mpr_tree_make(rank, size, root, radix);
    int next = tree.place + 1;
    for (int i = 0; i < tree.child_count; i++) {
        struct mpr_tree_child child = mpr_tree_child(&tree, i);
        struct mpr_tree below = mpr_tree_make(child.rank, size, root, radix);
        CU_ASSERT_EQUAL(child.place, next);
        CU_ASSERT_EQUAL(below.place, child.place);
        CU_ASSERT_EQUAL(below.parent, rank);
        CU_ASSERT_EQUAL(below.below_count, child.below_count);
        next += child.below_count;
    }
    CU_ASSERT_EQUAL(next, tree.place + tree.below_count);
    return tree.child_count;
}

static void check_tree(int size, int root, int radix)
{
    int children = 0;
    for (int rank = 0; rank < size; rank++) {
        children += check_node(rank, size, root, radix);
    }
    CU_ASSERT_EQUAL(children, size - 1);
    CU_ASSERT_EQUAL(mpr_tree_make(root, size, root, radix).parent, -1);
    CU_ASSERT_EQUAL(mpr_tree_make(root, size, root, radix).below_count, size);
}

static void trees_span_all_ranks_in_order(void)
{
    for (int size = 1; size <= SIZE_MAX_TRIED; size++) {
        for (int radix = 2; radix <= RADIX_MAX_TRIED; radix++) {
            check_tree(size, 0, radix);
            check_tree(size, size - 1, radix);
            check_tree(size, size / 2, radix);
        }
    }
}

static void a_wide_tree_is_flat(void)
{
    struct mpr_tree tree = mpr_tree_make(0, 8, 0, 8);
    CU_ASSERT_EQUAL(tree.child_count, 7);
    tree = mpr_tree_make(5, 8, 0, 100);
    CU_ASSERT_EQUAL(tree.parent, 0);
    CU_ASSERT_EQUAL(tree.child_count, 0);
}

static void huge_trees_do_not_overflow(void)
{
    struct mpr_tree tree = mpr_tree_make(0, INT32_MAX, INT32_MAX - 1, 2);
    CU_ASSERT_EQUAL(tree.place, 1);
    CU_ASSERT_EQUAL(tree.parent, INT32_MAX - 1);
    tree = mpr_tree_make(0, INT32_MAX, 0, 2);
    CU_ASSERT_EQUAL(tree.child_count, 31);
    CU_ASSERT_EQUAL(mpr_tree_child(&tree, 30).place, 1 << 30);
}

/* The cut blocks are the items, in order, without gap or overlap. */
static void check_cut(MPI_Count count, struct mpr_type *type, int size)
{
    static char buffer[1];
    struct mpr_blocks blocks = mpr_blocks_cut(mpr_items(buffer, count, type), size);
    MPI_Count total = 0;
    for (int rank = 0; rank < size; rank++) {
        struct mpr_items block = mpr_block(&blocks, rank);
        CU_ASSERT(block.count >= 0 && block.count <= mpr_blocks_longest(&blocks, size));
        if (block.count > 0) {
            CU_ASSERT_EQUAL((uintptr_t)block.buffer - (uintptr_t)buffer,
                            (uintptr_t)(total * type->extent));
        }
        total += block.count;
    }
    CU_ASSERT_EQUAL(total, count);
}

static void cuts_lose_nothing(void)
{
    struct mpr_type line = {.size_bytes = 200, .extent = 256, .true_extent = 200};
    for (int size = 1; size < 20; size++) {
        for (MPI_Count count = 0; count < 400; count++) {
            check_cut(count, mpr_type_byte, size);
            check_cut(count, &line, size);
        }
        check_cut((MPI_Count)1 << 40, mpr_type_byte, size);
    }
}

/* Runs of any type lie within the scratch memory, apart from each other. */
static void check_runs(struct mpr_type *type, MPI_Count count)
{
    struct mpr_coll coll = {0};
    struct mpr_scratch scratch;
    struct mpr_items runs[3];
    CU_ASSERT_FATAL(mpr_coll_open_items(&coll, &scratch, 3, count, type, runs));
    for (int i = 0; i < 3; i++) {
        for (MPI_Count item = 0; item < count; item++) {
            char *address = mpr_items_slice(runs[i], item, 1).buffer;
            memset(address + type->true_lower_bound, i + 1, (size_t)type->true_extent);
        }
    }
    for (int i = 0; i < 3; i++) {
        for (MPI_Count item = 0; item < count; item++) {
            char *address = mpr_items_slice(runs[i], item, 1).buffer;
            CU_ASSERT_EQUAL(address[type->true_lower_bound], i + 1);
            CU_ASSERT_EQUAL(address[type->true_lower_bound + type->true_extent - 1], i + 1);
        }
    }
    mpr_coll_close(&coll, &scratch);
}

static void scratch_runs_stay_apart(void)
{
    struct mpr_type plain = {.extent = 8, .true_extent = 8};
    struct mpr_type late = {.extent = 8, .true_lower_bound = 100, .true_extent = 8};
    struct mpr_type early = {.extent = 16, .true_lower_bound = -40, .true_extent = 56};
    struct mpr_type backward = {.extent = -24, .true_lower_bound = 4, .true_extent = 20};
    for (MPI_Count count = 0; count < 300; count += 7) {
        check_runs(&plain, count);
        check_runs(&late, count);
        check_runs(&early, count);
        check_runs(&backward, count);
    }
}

static void scratch_memory_is_kept_for_one_call(void)
{
    struct mpr_scratch first, second;
    void *memory = mpr_scratch_open(&first, 1 << 20);
    mpr_scratch_close(&first);
    CU_ASSERT_PTR_EQUAL(mpr_scratch_open(&first, 1 << 19), memory);
    CU_ASSERT_PTR_NOT_EQUAL(mpr_scratch_open(&second, 1 << 19), memory);
    mpr_scratch_close(&second);
    mpr_scratch_close(&first);
}

UNIT_MAIN("coll/tree", UNIT(trees_span_all_ranks_in_order), UNIT(a_wide_tree_is_flat),
          UNIT(huge_trees_do_not_overflow), UNIT(cuts_lose_nothing), UNIT(scratch_runs_stay_apart),
          UNIT(scratch_memory_is_kept_for_one_call))
