/* SPDX-License-Identifier: BSD-3-Clause */
/* Twins of communicators, kept in an attribute of theirs. */
#include "pool/own_comm.h"

#include <pthread.h>
#include <stdlib.h>

#include "pool/attribute.h"

static pthread_once_t keyval_once = PTHREAD_ONCE_INIT;
static int keyval = MPI_KEYVAL_INVALID;

static int free_twin(MPI_Comm comm, int key, void *value, void *state)
{
    (void)comm;
    (void)key;
    (void)state;
    MPI_Comm *twin = value;
    int error = MPI_Comm_free(twin);
    free(twin);
    return error;
}

static void make_keyval(void)
{
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, free_twin, &keyval, NULL);
}

/* Another thread may have made one meanwhile, which is kept then. */
static int keep_twin(MPI_Comm comm, MPI_Comm **twin)
{
    void *kept = NULL;
    int error = mpp_attribute_keep(comm, keyval, *twin, &kept);
    if (error || kept != *twin) {
        MPI_Comm_free(*twin);
        free(*twin);
    }
    *twin = kept;
    return error;
}

static int make_twin(MPI_Comm comm, MPI_Comm *own)
{
    MPI_Comm *twin = malloc(sizeof *twin);
    if (!twin) {
        return MPI_ERR_NO_MEM;
    }
    int error = MPI_Comm_dup(comm, twin);
    if (error) {
        free(twin);
        return error;
    }
    error = MPI_Comm_set_errhandler(*twin, MPI_ERRORS_RETURN);
    error = error ? error : keep_twin(comm, &twin);
    if (!error) {
        *own = *twin;
    }
    return error;
}

int mpp_own_comm(MPI_Comm comm, MPI_Comm *own)
{
    pthread_once(&keyval_once, make_keyval);
    MPI_Comm *twin = NULL;
    int is_there = 0;
    int error = MPI_Comm_get_attr(comm, keyval, &twin, &is_there);
    if (!error && is_there) {
        *own = *twin;
        return MPI_SUCCESS;
    }
    return error ? error : make_twin(comm, own);
}
