/* SPDX-License-Identifier: BSD-3-Clause */
/* mp_scatter, mp_gather and mp_map: any root, uneven and empty parts, errors at the root. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include <mp.h>

#include "tests/lib/mpitest.h"

static int64_t part_of(int64_t count, int rank)
{
    return count / mpitest_size + (rank < count % mpitest_size);
}

static void test_scatter_gather(int root, int64_t count, size_t item_bytes)
{
    int is_root = mpitest_rank == root;
    size_t bytes = (size_t)count * item_bytes;
    unsigned char *items = is_root ? mpitest_malloc(bytes) : NULL;
    unsigned char *part = NULL;
    unsigned char *all = NULL;
    int64_t part_count = -1;
    int64_t all_count = -1;
    int64_t first = 0;
    if (is_root) {
        mpitest_fill(items, bytes, 5);
    }
    CHECK_EQ(mp_scatter(items, is_root ? count : -7, item_bytes, (void **)&part, &part_count, root,
                        MPI_COMM_WORLD),
             MPI_SUCCESS);
    CHECK_EQ(part_count, part_of(count, mpitest_rank));
    for (int rank = 0; rank < mpitest_rank; rank++) {
        first += part_of(count, rank);
    }
    int64_t wrong = 0;
    for (size_t i = 0; i < (size_t)part_count * item_bytes; i++) {
        wrong += part[i] != mpitest_pattern_byte(5, (size_t)first * item_bytes + i);
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(
        mp_gather(part, part_count, item_bytes, (void **)&all, &all_count, root, MPI_COMM_WORLD),
        MPI_SUCCESS);
    CHECK_EQ(all_count, is_root ? count : 0);
    CHECK_EQ(all != NULL, is_root);
    if (is_root) {
        CHECK_PATTERN(all, bytes, 5);
    }
    free(items);
    free(part);
    free(all);
}

/* Rank r gives r items (the root none when it is 0). */
static void test_gather_uneven(int root)
{
    int64_t *part = mpitest_malloc((size_t)mpitest_size * sizeof *part);
    int64_t *all = NULL;
    int64_t count = 0;
    for (int i = 0; i < mpitest_rank; i++) {
        part[i] = 100 * mpitest_rank + i;
    }
    CHECK_EQ(
        mp_gather(part, mpitest_rank, sizeof *part, (void **)&all, &count, root, MPI_COMM_WORLD),
        MPI_SUCCESS);
    if (mpitest_rank == root) {
        int64_t place = 0;
        CHECK_EQ(count, (int64_t)mpitest_size * (mpitest_size - 1) / 2);
        for (int rank = 0; rank < mpitest_size; rank++) {
            for (int i = 0; i < rank; i++) {
                CHECK_EQ(all[place], 100 * rank + i);
                place++;
            }
        }
    }
    free(part);
    free(all);
}

static int add_index(const void *in, void *out, mp_task *task)
{
    int64_t number;
    memcpy(&number, in, sizeof number);
    number += 1000 * mp_task_index(task);
    memcpy(out, &number, sizeof number);
    return number < 0 ? mp_task_fail(task, 8, "negative") : 0;
}

static void test_map(int root, int64_t count)
{
    int64_t *in = NULL;
    int64_t *out = NULL;
    if (mpitest_rank == root) {
        in = mpitest_malloc((size_t)count * sizeof *in);
        out = mpitest_malloc((size_t)count * sizeof *out);
        for (int64_t i = 0; i < count; i++) {
            in[i] = 3 * i;
        }
    }
    CHECK_EQ(mp_map(add_index, in, count, sizeof *in, out, sizeof *out, NULL, root, MPI_COMM_WORLD),
             MPI_SUCCESS);
    int64_t wrong = 0;
    for (int64_t i = 0; i < count && mpitest_rank == root; i++) {
        wrong += out[i] != 1003 * i;
    }
    CHECK_EQ(wrong, 0);
    free(in);
    free(out);
}

/* Every rank returns the root's code, and nobody hangs. */
static void test_map_errors(int root)
{
    int64_t in[3] = {1, -5000000, 2};
    int64_t out[3];
    const mp_options negative = {.chunk = -1};
    int is_root = mpitest_rank == root;
    CHECK_EQ(mp_map(add_index, in, 3, sizeof *in, out, sizeof *out, NULL, root, MPI_COMM_WORLD),
             MP_ERR_TASK);
    CHECK(!is_root || (out[0] == 1 && out[1] == 0 && out[2] == 2002));
    CHECK(strstr(mp_error_text(), is_root ? "1 of 3 tasks failed" : "the root's call failed") !=
          NULL);
    EXPECT_CLASS(mp_map(add_index, is_root ? NULL : in, 3, sizeof *in, out, sizeof *out, NULL, root,
                        MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_map(add_index, in, 3, sizeof *in, out, sizeof *out, is_root ? &negative : NULL,
                        root, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
}

static void test_misuse(int root)
{
    int is_root = mpitest_rank == root;
    int number = 1;
    void *part = NULL;
    int64_t count = 0;
    EXPECT_CLASS(
        mp_scatter(&number, is_root ? -1 : 1, sizeof number, &part, &count, root, MPI_COMM_WORLD),
        MPI_ERR_ARG);
    EXPECT_CLASS(mp_scatter(is_root ? NULL : &number, 1, sizeof number, &part, &count, root,
                            MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_scatter(&number, 1, sizeof number, NULL, &count, root, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_scatter(&number, 1, sizeof number, &part, &count, mpitest_size, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_gather(&number, -1, sizeof number, &part, &count, root, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_gather(NULL, 1, sizeof number, &part, &count, root, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_gather(&number, 1, sizeof number, &part, &count, -1, MPI_COMM_WORLD),
                 MPI_ERR_ARG);
}

/* A communicator of the user's own: the odd ranks, backwards. */
static void test_other_communicator(void)
{
    MPI_Comm odd = MPI_COMM_NULL;
    int size, rank;
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, -mpitest_rank, &odd);
    MPI_Comm_size(odd, &size);
    MPI_Comm_rank(odd, &rank);
    int64_t in[10], out[10];
    for (int i = 0; i < 10; i++) {
        in[i] = 3 * i;
        out[i] = 0;
    }
    CHECK_EQ(mp_map(add_index, in, 10, sizeof *in, out, sizeof *out, NULL, size - 1, odd),
             MPI_SUCCESS);
    CHECK(rank != size - 1 || out[9] == 9027);
    MPI_Comm_free(&odd);
}

int main(int argc, char **argv)
{
    static const int64_t counts[] = {0, 1, 2, 7, 8, 9, 1000, 40000};
    static const size_t sizes[] = {0, 1, 24};

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    for (int root = 0; root < mpitest_size; root++) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
                test_scatter_gather(root, counts[i], sizes[k]);
            }
            test_map(root, counts[i]);
        }
        test_gather_uneven(root);
        test_map_errors(root);
        test_misuse(root);
    }
    test_other_communicator();
    return mpitest_finish();
}
