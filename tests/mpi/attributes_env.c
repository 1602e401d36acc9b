/* SPDX-License-Identifier: BSD-3-Clause */
/* The predefined attributes, which tell a program about its job. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default limit=20 */
#include "../lib/mpitest.h"

#define ABSENT (-424242)

static int value_of(MPI_Comm comm, int keyval)
{
    int *value = NULL, flag = -1;

    EXPECT_CLASS(MPI_Comm_get_attr(comm, keyval, &value, &flag), MPI_SUCCESS);
    return flag == 1 ? *value : ABSENT;
}

/* A message with the greatest tag arrives. */
static void check_tag_ub(void)
{
    int tag = value_of(MPI_COMM_WORLD, MPI_TAG_UB), got = -1, out = 5;
    MPI_Status status;

    CHECK(tag >= 32767);
    MPI_Sendrecv(&out, 1, MPI_INT, mpitest_rank, tag, &got, 1, MPI_INT, mpitest_rank, MPI_ANY_TAG,
                 MPI_COMM_WORLD, &status);
    CHECK_EQ(got, out);
    CHECK_EQ(status.MPI_TAG, tag);
}

static void check_last_code(void)
{
    int first, second, code, before = value_of(MPI_COMM_WORLD, MPI_LASTUSEDCODE);

    CHECK(before >= MPI_ERR_LASTCODE);
    MPI_Add_error_class(&first);
    CHECK_EQ(value_of(MPI_COMM_WORLD, MPI_LASTUSEDCODE), first);
    MPI_Add_error_class(&second);
    MPI_Add_error_code(first, &code);
    CHECK(value_of(MPI_COMM_WORLD, MPI_LASTUSEDCODE) >= second);
#ifdef MPI_ABI_VERSION
    CHECK(value_of(MPI_COMM_WORLD, MPI_LASTUSEDCODE) >= code);
#endif
}

static void check_values(void)
{
    int host = value_of(MPI_COMM_WORLD, MPI_HOST), io = value_of(MPI_COMM_WORLD, MPI_IO);
    int appnum = value_of(MPI_COMM_WORLD, MPI_APPNUM);
    int universe_size = value_of(MPI_COMM_WORLD, MPI_UNIVERSE_SIZE);

    CHECK(host == MPI_PROC_NULL || (host >= 0 && host < mpitest_size));
    CHECK(io == MPI_ANY_SOURCE || io == MPI_PROC_NULL || (io >= 0 && io < mpitest_size));
    CHECK(appnum == 0 || appnum == ABSENT);
    CHECK(universe_size >= mpitest_size || universe_size == ABSENT);
    CHECK(value_of(MPI_COMM_WORLD, MPI_WTIME_IS_GLOBAL) != ABSENT);
#ifdef MPI_ABI_VERSION
    CHECK_EQ(host, MPI_PROC_NULL);
    CHECK_EQ(io, MPI_ANY_SOURCE);
    CHECK_EQ(appnum, 0);
    CHECK(universe_size >= mpitest_size && universe_size != ABSENT);
    CHECK_EQ(value_of(MPI_COMM_WORLD, MPI_WTIME_IS_GLOBAL), 1);
#endif
}

/* They cannot be changed, and other communicators have them too. */
static void check_constancy(void)
{
#ifdef MPI_ABI_VERSION
    const int keyvals[] = {MPI_TAG_UB, MPI_HOST,          MPI_IO,          MPI_WTIME_IS_GLOBAL,
                           MPI_APPNUM, MPI_UNIVERSE_SIZE, MPI_LASTUSEDCODE};
    MPI_Comm comm;
    int keyval;

    mpitest_return_errors();
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    for (int i = 0; i < 7; i++) {
        keyval = keyvals[i];
        CHECK_EQ(value_of(comm, keyval), value_of(MPI_COMM_WORLD, keyval));
        EXPECT_CLASS(MPI_Comm_set_attr(comm, keyval, &keyval), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_delete_attr(comm, keyval), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_free_keyval(&keyval), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_get_attr(comm, keyval, NULL, &keyval), MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Comm_get_attr(comm, keyval, &keyval, NULL), MPI_ERR_ARG);
        CHECK_EQ(keyval, keyvals[i]);
    }
    MPI_Comm_free(&comm);
#endif
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_tag_ub();
    check_last_code();
    check_values();
    check_constancy();
    return mpitest_finish();
}
