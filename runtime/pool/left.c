/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/left.h"

#include <pthread.h>

#include "pool/attribute.h"
#include "pool/pool.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static mp_pool *pools;
static int is_finalize_known;

static mp_pool *take_first(void)
{
    pthread_mutex_lock(&lock);
    mp_pool *pool = pools;
    pools = pool ? pool->next : NULL;
    pthread_mutex_unlock(&lock);
    return pool;
}

/* Called by MPI_Finalize, as it deletes the attributes of MPI_COMM_SELF. The list is not locked
 * while a pool ends: its finalizer may use pools. */
static int end_all(MPI_Comm comm, int key, void *value, void *state)
{
    mp_pool *pool;
    (void)comm;
    (void)key;
    (void)value;
    (void)state;
    while ((pool = take_first())) {
        mpp_pool_end(pool);
    }
    return MPI_SUCCESS;
}

int mpp_left_add(mp_pool *pool)
{
    pthread_mutex_lock(&lock);
    int error = mpp_attribute_at_finalize(end_all, &is_finalize_known);
    if (!error) {
        pool->next = pools;
        pools = pool;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

void mpp_left_remove(mp_pool *pool)
{
    pthread_mutex_lock(&lock);
    mp_pool **link = &pools;
    while (*link && *link != pool) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = pool->next;
    }
    pthread_mutex_unlock(&lock);
}
