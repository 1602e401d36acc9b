/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of datatypes. What all kinds of objects share is tested with communicators. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=20 */
#include "../lib/mpitest.h"

static char extra_state;
static int deletions, delete_code;

static int delete_it(MPI_Datatype type, int keyval, void *value, void *extra)
{
    int size = -1;

    deletions++;
    CHECK(type == MPI_DOUBLE || type == MPI_INT);
    CHECK(keyval != MPI_KEYVAL_INVALID);
    CHECK(value == &deletions);
    CHECK(extra == &extra_state);
    MPI_Type_size(type, &size);
    CHECK_EQ(size, type == MPI_INT ? sizeof(int) : sizeof(double));
    return delete_code;
}

static void *value_of(MPI_Datatype type, int keyval)
{
    void *value = &extra_state;
    int flag = -1;

    EXPECT_CLASS(MPI_Type_get_attr(type, keyval, &value, &flag), MPI_SUCCESS);
    CHECK_EQ(flag, value != &extra_state);
    return value;
}

static void check_values(int keyval)
{
    CHECK(value_of(MPI_INT, keyval) == &extra_state);
    EXPECT_CLASS(MPI_Type_set_attr(MPI_INT, keyval, &deletions), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Type_set_attr(MPI_DOUBLE, keyval, &deletions), MPI_SUCCESS);
    CHECK(value_of(MPI_INT, keyval) == &deletions);
    CHECK(value_of(MPI_CHAR, keyval) == &extra_state);
    EXPECT_CLASS(MPI_Type_set_attr(MPI_INT, keyval, &deletions), MPI_SUCCESS);
    CHECK_EQ(deletions, 1);
    delete_code = MPI_ERR_IO;
    CHECK(MPI_Type_delete_attr(MPI_INT, keyval) != MPI_SUCCESS);
    CHECK(value_of(MPI_INT, keyval) == &deletions);
    delete_code = MPI_SUCCESS;
    EXPECT_CLASS(MPI_Type_delete_attr(MPI_INT, keyval), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Type_delete_attr(MPI_DOUBLE, keyval), MPI_SUCCESS);
    CHECK_EQ(deletions, 4);
    CHECK(value_of(MPI_INT, keyval) == &extra_state);
}

/* ---- Derived types: copies, and what is freed ---- */

static int copies, copy_code, freed;

static int copy_next(MPI_Datatype type, int keyval, void *extra, void *value_in, void *value_out,
                     int *flag)
{
    int size = -1;

    (void)keyval;
    copies++;
    CHECK(extra == &extra_state);
    MPI_Type_size(type, &size);
    CHECK_EQ(size, 5 * sizeof(int));
    *(void **)value_out = (char *)value_in + 1;
    *flag = 1;
    return copy_code;
}

static int free_it(MPI_Datatype type, int keyval, void *value, void *extra)
{
    (void)type;
    (void)keyval;
    (void)value;
    (void)extra;
    freed++;
    return delete_code;
}

static void check_derived(void)
{
    char values[3];
    int keyval;
    MPI_Datatype row, copy, copy_of_copy, matrix, same;

    MPI_Type_create_keyval(copy_next, free_it, &keyval, &extra_state);
    MPI_Type_contiguous(5, MPI_INT, &row);
    MPI_Type_set_attr(row, keyval, values);
    MPI_Type_dup(row, &copy);
    MPI_Type_dup(copy, &copy_of_copy);
    CHECK_EQ(copies, 2);
    CHECK(value_of(copy_of_copy, keyval) == values + 2);
    // A type that is made of another one takes no attributes over.
    MPI_Type_contiguous(4, row, &matrix);
    CHECK(value_of(matrix, keyval) == &extra_state);
    MPI_Type_free(&matrix);
    CHECK_EQ(freed, 0);
    MPI_Type_free(&copy);
#ifdef MPI_ABI_VERSION
    // Other libraries wait with it while a type is in use, and free types whose attributes resist.
    CHECK_EQ(freed, 1);
    copy_code = MPI_ERR_OTHER;
    copy = MPI_DATATYPE_NULL;
    EXPECT_CLASS(MPI_Type_dup(row, &copy), MPI_ERR_OTHER);
    CHECK(copy == MPI_DATATYPE_NULL);
    copy_code = MPI_SUCCESS;
    delete_code = MPI_ERR_OTHER;
    same = row;
    EXPECT_CLASS(MPI_Type_free(&row), MPI_ERR_OTHER);
    delete_code = MPI_SUCCESS;
    CHECK(row == same);
    CHECK_EQ(freed, 2);
#else
    (void)same;
#endif
    freed = 0;
    EXPECT_CLASS(MPI_Type_free(&row), MPI_SUCCESS);
    MPI_Type_free(&copy_of_copy);
    CHECK(freed >= 2);
    MPI_Type_free_keyval(&keyval);
}

static void check_bad_arguments(int keyval)
{
#ifdef MPI_ABI_VERSION
    int flag = 7, comm_keyval, gone = MPI_TAG_UB;
    void *value = NULL;

    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &comm_keyval, NULL);
    EXPECT_CLASS(MPI_Type_set_attr(MPI_INT, comm_keyval, NULL), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Type_get_attr(MPI_INT, comm_keyval, &value, &flag), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Type_delete_attr(MPI_INT, comm_keyval), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Type_free_keyval(&comm_keyval), MPI_ERR_KEYVAL);
    MPI_Comm_free_keyval(&comm_keyval);
    EXPECT_CLASS(MPI_Type_get_attr(MPI_INT, MPI_TAG_UB, &value, &flag), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Type_free_keyval(&gone), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Type_set_attr(MPI_DATATYPE_NULL, keyval, NULL), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_attr(MPI_DATATYPE_NULL, keyval, &value, &flag), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_delete_attr(MPI_DATATYPE_NULL, keyval), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_attr(MPI_INT, keyval, NULL, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_attr(MPI_INT, keyval, &value, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_keyval(MPI_TYPE_DUP_FN, delete_it, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_free_keyval(NULL), MPI_ERR_ARG);
    CHECK(flag == 7 && value == NULL);
#else
    (void)keyval;
#endif
}

int main(int argc, char **argv)
{
    int keyval = MPI_KEYVAL_INVALID, provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    mpitest_return_errors();
    MPI_Type_create_keyval(MPI_TYPE_DUP_FN, delete_it, &keyval, &extra_state);
    check_values(keyval);
    check_derived();
    check_bad_arguments(keyval);
    MPI_Type_free_keyval(&keyval);
    CHECK_EQ(keyval, MPI_KEYVAL_INVALID);
    return mpitest_finish();
}
