/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors of forms beside the common ones: with large counts, deprecated, or without a request;
 * those of the common forms are tested where the functions are. */
/* matrix: np=1,2 copy=chunk rings=default */
#include "tests/lib/mpitest.h"

static int out[1], in[1];
static MPI_Count one = 1;
static MPI_Aint place;
static MPI_Datatype type, none;

static void check_collectives(void)
{
    const MPI_Comm self = MPI_COMM_SELF;

    EXPECT_CLASS(MPI_Alltoallw_c(out, &one, &place, &type, in, &one, &place, &type, MPI_COMM_NULL),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Alltoallw_c(out, NULL, &place, &type, in, &one, &place, &type, self),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw_c(out, &one, &place, &none, in, &one, &place, &type, self),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Reduce_local_c(out, in, -1, MPI_INT, MPI_SUM), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_local_c(out, in, 1, MPI_INT, MPI_OP_NULL), MPI_ERR_OP);
}

static void check_packing(void)
{
    MPI_Count size = -1, position = 0;

    EXPECT_CLASS(MPI_Pack_size_c(-1, MPI_INT, MPI_COMM_SELF, &size), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Pack_size_c(1, MPI_INT, MPI_COMM_SELF, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack_external_size_c("external32", 1, none, &size), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Pack_external_c("external32", out, -1, MPI_INT, in, 4, &position),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Unpack_external_c("external32", in, 4, &position, out, 1, none), MPI_ERR_TYPE);
    CHECK_EQ(position, 0);
    CHECK_EQ(size, -1);
}

static void check_attributes(void)
{
    void *value;
    int found;

    EXPECT_CLASS(MPI_Attr_get(MPI_COMM_SELF, MPI_KEYVAL_INVALID, &value, &found), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Attr_delete(MPI_COMM_SELF, MPI_KEYVAL_INVALID), MPI_ERR_KEYVAL);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    type = MPI_INT;
    none = MPI_DATATYPE_NULL;
    check_collectives();
    check_packing();
    check_attributes();
    EXPECT_CLASS(MPI_Request_get_status(MPI_REQUEST_NULL, NULL, MPI_STATUS_IGNORE), MPI_ERR_ARG);
    return mpitest_finish();
}
