/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared arrays: parts read, set and updated, small and large; each call as a whole. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include "sync.h"

enum { COUNT = 40000, ROUNDS = 20 };

static int home;

/* Each rank has a part of its own; all is read by all. */
static void test_parts(void)
{
    mp_array *array = NULL;
    int *values = mpitest_malloc(COUNT * sizeof *values);
    int part = COUNT / mpitest_size;
    int64_t wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        values[i] = i;
    }
    CHECK_EQ(mp_array_create(MPI_COMM_WORLD, home, MPI_INT, COUNT, values, &array), MPI_SUCCESS);
    CHECK_EQ(mp_array_get(array, 7, 100, values), MPI_SUCCESS);
    for (int i = 0; i < 100; i++) {
        wrong += values[i] != i + 7;
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < part; i++) {
        values[i] = mpitest_rank * 100000 + i;
    }
    CHECK_EQ(mp_array_set(array, mpitest_rank * part, part, values), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(mp_array_get(array, 0, COUNT, values), MPI_SUCCESS);
    for (int i = 0; i < part * mpitest_size; i++) {
        wrong += values[i] != i / part * 100000 + i % part;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(mp_array_free(&array), MPI_SUCCESS);
    free(values);
}

/* A call on many elements is one: they are always equal. */
static void test_whole(void)
{
    enum { MANY = 3000 };
    mp_array *array = NULL;
    double values[MANY];
    int64_t wrong = 0;
    CHECK_EQ(mp_array_create(MPI_COMM_WORLD, home, MPI_DOUBLE, MANY, NULL, &array), MPI_SUCCESS);
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < MANY; k++) {
            values[k] = mpitest_rank + 1;
        }
        CHECK_EQ(mp_array_update(array, 0, MANY, MPI_SUM, values, values), MPI_SUCCESS);
        for (int k = 1; k < MANY; k++) {
            wrong += values[k] != values[0];
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(mp_array_get(array, 0, MANY, values), MPI_SUCCESS);
    for (int k = 0; k < MANY; k++) {
        wrong += values[k] != ROUNDS * mpitest_size * (mpitest_size + 1) / 2;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(mp_array_free(&array), MPI_SUCCESS);
}

/* Every operator does what it says; `before` is what was there. */
static void test_operators(void)
{
    static const struct {
        MPI_Op op;
        int result; /* of 12 and 10 */
    } rows[] = {{MPI_SUM, 22}, {MPI_PROD, 120}, {MPI_MAX, 12}, {MPI_MIN, 10}, {MPI_LAND, 1},
                {MPI_LOR, 1},  {MPI_LXOR, 0},   {MPI_BAND, 8}, {MPI_BOR, 14}, {MPI_BXOR, 6},
                {MPI_REPLACE, 10}, {MPI_NO_OP, 12}};
    mp_array *array = NULL;
    CHECK_EQ(mp_array_create(MPI_COMM_SELF, 0, MPI_INT, 3, NULL, &array), MPI_SUCCESS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int values[3] = {1, 12, 3};
        int operand = 10;
        int before = 0;
        CHECK_EQ(mp_array_set(array, 0, 3, values), MPI_SUCCESS);
        CHECK_EQ(mp_array_update(array, 1, 1, rows[i].op, &operand, &before), MPI_SUCCESS);
        CHECK_EQ(before, 12);
        CHECK_EQ(mp_array_get(array, 0, 3, values), MPI_SUCCESS);
        CHECK_EQ(values[0], 1);
        CHECK_EQ(values[1], rows[i].result);
        CHECK_EQ(values[2], 3);
    }
    CHECK_EQ(mp_array_free(&array), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_array *array = NULL;
    MPI_Datatype pair;
    int values[4] = {0};
    MPI_Type_contiguous(2, MPI_INT, &pair);
    MPI_Type_commit(&pair);
    CHECK_ERROR(mp_array_create(MPI_COMM_WORLD, 0, pair, 4, NULL, &array), MPI_ERR_ARG);
    MPI_Type_free(&pair);
    CHECK_ERROR(mp_array_create(MPI_COMM_NULL, 0, MPI_INT, 4, NULL, &array), MP_ERR_MEMBER);
    if (mpitest_size > 1) {
        CHECK_ERROR(
            mp_array_create(MPI_COMM_WORLD, 0, mpitest_rank ? MPI_INT : MPI_FLOAT, 4, NULL, &array),
            MP_ERR_SIZE);
    }
    CHECK_EQ(mp_array_create(MPI_COMM_WORLD, home, MPI_INT, 4, NULL, &array), MPI_SUCCESS);
    CHECK_ERROR(mp_array_get(array, 2, 3, values), MP_ERR_SIZE);
    CHECK_ERROR(mp_array_set(array, -1, 1, values), MP_ERR_SIZE);
    CHECK_ERROR(mp_array_get(array, 0, 1, NULL), MPI_ERR_ARG);
    CHECK_ERROR(mp_array_update(array, 0, 1, MPI_OP_NULL, values, NULL), MPI_ERR_ARG);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_ARE_FATAL); /* not the array's */
    CHECK_ERROR(mp_array_update(array, 0, 1, MPI_MAXLOC, values, NULL), MPI_ERR_OP);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    CHECK_EQ(mp_array_update(array, 0, 1, MPI_SUM, values, NULL), MPI_SUCCESS);
    CHECK_EQ(mp_array_get(array, 4, 0, values), MPI_SUCCESS);
    CHECK_EQ(mp_array_free(&array), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    for (home = 0; home < mpitest_size; home += 3) {
        test_parts();
        test_whole();
    }
    home = mpitest_size - 1;
    test_operators();
    test_misuse();
    return mpitest_finish();
}
