/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/attribute.h"

#include <pthread.h>

int mpp_attribute_keep(MPI_Comm comm, int key, void *value, void **kept)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int is_there = 0;
    pthread_mutex_lock(&lock);
    int error = MPI_Comm_get_attr(comm, key, kept, &is_there);
    if (!error && !is_there) {
        *kept = value;
        error = MPI_Comm_set_attr(comm, key, value);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int mpp_attribute_at_finalize(MPI_Comm_delete_attr_function *function, int *is_known)
{
    int key = MPI_KEYVAL_INVALID;
    if (*is_known) {
        return MPI_SUCCESS;
    }
    int error = MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, function, &key, NULL);
    error = error ? error : MPI_Comm_set_attr(MPI_COMM_SELF, key, NULL);
    *is_known = !error;
    return error;
}
