/* SPDX-License-Identifier: BSD-3-Clause */
/* Uses mpi.h in the ways that programs do; compiled only, as C and as C++,
 * with every warning on. */
#include "mpi.h"

/* Handles as constant initializers, in static data and in arrays */
static MPI_Comm world = MPI_COMM_WORLD;
static const MPI_Op operators[] = {MPI_SUM, MPI_MAX, MPI_OP_NULL};
static MPI_Datatype const types[] = {MPI_INT, MPI_LONG_LONG_INT, MPI_C_COMPLEX, MPI_BYTE};

int send_around(int rank, int size, int open_ended);
int read_all(MPI_File file, int *values, int count, MPI_Offset *end);
int classify(int *argc, char ***argv, int code);
int my_barrier_(const MPI_Fint *comm, MPI_Fint *status);
int keep_attribute(int *keyval, void *value);

/* Callbacks of the user, called by the library */
#ifdef __cplusplus
extern "C" {
#endif
static void add(void *in, void *inout, int *len, MPI_Datatype *type)
{
    (void)in, (void)inout, (void)len, (void)type;
}

static void report(MPI_Comm *comm, int *code, ...)
{
    MPI_Abort(*comm, *code);
}
#ifdef __cplusplus
}
#endif

/* The name of its type until MPI 2.2 */
static MPI_Comm_errhandler_fn *const reporter = report;

int send_around(int rank, int size, int open_ended)
{
    int token = rank;
    int to = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
    int from = rank > 0 ? rank - 1 : MPI_PROC_NULL;
    int tag = open_ended ? MPI_ANY_TAG : 0;
    MPI_Request requests[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    MPI_Status status;
    MPI_Op op;

    MPI_Irecv(&token, 1, MPI_INT, open_ended ? MPI_ANY_SOURCE : from, tag, world, &requests[0]);
    PMPI_Isend(&token, 1, types[0], to, 0, world, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Recv(&token, 1, MPI_INT, from, tag, world, MPI_STATUS_IGNORE);
    MPI_Op_create(add, 1, &op);
    MPI_Allreduce(MPI_IN_PLACE, &token, 1, MPI_INT, op, world);
    MPI_Reduce_c(&token, &token, 1, MPI_INT, operators[0], 0, world);
    MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, world, &status);
    return status.MPI_SOURCE == MPI_PROC_NULL || status.MPI_ERROR != MPI_SUCCESS;
}

int read_all(MPI_File file, int *values, int count, MPI_Offset *end)
{
    MPI_File_open(world, "in", MPI_MODE_RDONLY | MPI_MODE_SEQUENTIAL, MPI_INFO_NULL, &file);
    MPI_File_set_view(file, MPI_DISPLACEMENT_CURRENT, MPI_INT, MPI_INT, "native", MPI_INFO_NULL);
    MPI_File_seek(file, 0, MPI_SEEK_SET);
    *end = count;
    return MPI_File_read_all(file, values, count, MPI_INT, MPI_STATUS_IGNORE);
}

int classify(int *argc, char ***argv, int code)
{
    MPI_Errhandler handler;
    int provided;

    MPI_Comm_create_errhandler(reporter, &handler);
    MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
    if (provided < MPI_THREAD_SERIALIZED || MPI_COMM_NULL == world)
        return MPI_UNDEFINED;
    switch (code) {
    case MPI_SUCCESS:
        return 0;
    case MPI_ERR_TRUNCATE:
    case MPI_ERR_LASTCODE:
        return 1;
    default:
        return -1;
    }
}

/* As many a library does that Fortran programs call. */
int my_barrier_(const MPI_Fint *comm, MPI_Fint *status)
{
    MPI_Status done;

    MPI_Status_f2c(status, &done);
    MPI_Barrier(MPI_Comm_f2c(*comm));
    return MPI_Comm_c2f(world) == *comm && MPI_Status_c2f(&done, status) == MPI_SUCCESS;
}

int keep_attribute(int *keyval, void *value)
{
    MPI_Comm split;
    MPI_Aint *largest_tag;
    int found;

    MPI_Comm_create_keyval(MPI_COMM_DUP_FN, MPI_COMM_NULL_DELETE_FN, keyval, MPI_BOTTOM);
    MPI_Comm_set_attr(world, *keyval, value);
    MPI_Comm_get_attr(world, MPI_TAG_UB, &largest_tag, &found);
    MPI_Comm_split(world, found ? 1 : MPI_UNDEFINED, 0, &split);
    MPI_Comm_spawn("worker", MPI_ARGV_NULL, 1, MPI_INFO_NULL, 0, split, &split,
                   MPI_ERRCODES_IGNORE);
    return MPI_Comm_compare(split, world, &found);
}
