/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes and operators made and freed again and again, in use and not: the memory of the process
 * stays as it is. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default crowded=auto limit=120 */
#include "tests/lib/flattest.h"

enum { CYCLES = 100000 };

static void ignore(void *in, void *inout, int *length, MPI_Datatype *type)
{
    (void)in;
    (void)inout;
    (void)length;
    (void)type;
}

/* A struct of a vector and an index, described, sent to itself while its handle is gone already. */
static void use_types(int index)
{
    int lengths[] = {1, 2}, places[] = {3, 0, 7}, numbers[16];
    int counts[3], combiner, integers[8], value[64] = {0}, back[64];
    MPI_Aint offsets[] = {0, 64}, addresses[8];
    MPI_Datatype parts[2], type, handles[2];
    MPI_Request request;
    MPI_Op op;

    (void)index;
    MPI_Type_vector(3, 1, 2, MPI_INT, &parts[0]);
    MPI_Type_create_indexed_block(3, 1, places, MPI_INT, &parts[1]);
    MPI_Type_create_struct(2, lengths, offsets, parts, &type);
    MPI_Type_free(&parts[0]);
    MPI_Type_free(&parts[1]);
    MPI_Type_commit(&type);
    MPI_Type_get_envelope(type, &counts[0], &counts[1], &counts[2], &combiner);
    MPI_Type_get_contents(type, 8, 8, 2, integers, addresses, handles);
    MPI_Type_free(&handles[0]);
    MPI_Type_free(&handles[1]);
    MPI_Irecv(back, 16, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Send(value, 1, type, 0, 0, MPI_COMM_SELF);
    MPI_Type_free(&type);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Op_create(ignore, 0, &op);
    MPI_Reduce_local(value, numbers, 1, MPI_INT, op);
    MPI_Op_free(&op);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    flattest_check(use_types, CYCLES);
    return mpitest_finish();
}
