/* SPDX-License-Identifier: BSD-3-Clause */
/* Scatter, gather and map as calls that every rank of a communicator makes. */
#include <stdlib.h>
#include <string.h>

#include "pool/error.h"
#include "pool/own_comm.h"
#include "pool/wire.h"

enum { TAG_COUNT = 11, TAG_ITEMS };

/* A communicator, as these calls need it. */
struct ranks {
    MPI_Comm user;
    MPI_Comm comm;
    int rank;
    int size;
    int root;
};

static int look_up(MPI_Comm comm, int root, struct ranks *ranks, const char *name)
{
    *ranks = (struct ranks){.user = comm, .root = root};
    int error = mpp_error_start();
    if (!error) {
        error = MPI_Comm_rank(comm, &ranks->rank);
    }
    if (!error) {
        error = MPI_Comm_size(comm, &ranks->size);
    }
    if (error) {
        return error;
    }
    if (root < 0 || root >= ranks->size) {
        return mpp_bad_argument(comm, name, "root is %d; the communicator has ranks 0 to %d", root,
                                ranks->size - 1);
    }
    error = mpp_own_comm(comm, &ranks->comm);
    return error ? mpp_from_mpi(error, name) : MPI_SUCCESS;
}

/* The part of `count` items that a rank has: the first ranks have one more than the others. */
static int64_t part_first(int64_t count, int rank, int size)
{
    int64_t even = count / size;
    int64_t more = count % size;
    return even * rank + (rank < more ? rank : more);
}

static int64_t part_count(int64_t count, int rank, int size)
{
    return part_first(count, rank + 1, size) - part_first(count, rank, size);
}

/* ---- scatter ---- */

static int send_parts(const struct ranks *ranks, const char *items, int64_t count,
                      size_t item_bytes)
{
    MPI_Request *requests = calloc((size_t)ranks->size, sizeof *requests);
    if (!requests) {
        return MPI_ERR_NO_MEM;
    }
    int error = MPI_SUCCESS;
    for (int rank = 0; rank < ranks->size; rank++) {
        requests[rank] = MPI_REQUEST_NULL;
        int64_t part = part_count(count, rank, ranks->size);
        if (rank != ranks->root && part && !error) {
            error =
                mpp_isend_bytes(ranks->comm, rank, TAG_ITEMS,
                                items + (size_t)part_first(count, rank, ranks->size) * item_bytes,
                                (size_t)part * item_bytes, &requests[rank]);
        }
    }
    int wait_error = MPI_Waitall(ranks->size, requests, MPI_STATUSES_IGNORE);
    free(requests);
    return error ? error : wait_error;
}

int mp_scatter(const void *items, int64_t count, size_t item_bytes, void **part,
               int64_t *part_length, int root, MPI_Comm comm)
{
    static const char name[] = "mp_scatter";
    struct ranks ranks;
    if (!part || !part_length) {
        return mpp_bad_argument(comm, name, "the address of the part or of its length is null");
    }
    int error = look_up(comm, root, &ranks, name);
    if (error) {
        return error;
    }
    int is_root = ranks.rank == root;
    if (is_root && (count < 0 || (!items && count > 0 && item_bytes))) {
        /* The others wait for a number: a negative one tells them. */
        count = -1;
    }
    *part = NULL;
    *part_length = 0;
    error = MPI_Bcast(&count, 1, MPI_INT64_T, root, ranks.comm);
    if (error) {
        return mpp_from_mpi(error, name);
    }
    if (count < 0) {
        return mpp_bad_argument(comm, name,
                                "at root %d, the items are null or their number is negative", root);
    }
    *part_length = part_count(count, ranks.rank, ranks.size);
    size_t bytes = (size_t)*part_length * item_bytes;
    *part = malloc(bytes + 1);
    if (!*part) {
        return mpp_no_memory(comm, name, bytes);
    }
    if (is_root) {
        if (bytes) {
            memcpy(*part,
                   (const char *)items + (size_t)part_first(count, root, ranks.size) * item_bytes,
                   bytes);
        }
        error = send_parts(&ranks, items, item_bytes ? count : 0, item_bytes);
    } else if (bytes) {
        error = mpp_recv_bytes(ranks.comm, root, TAG_ITEMS, *part, bytes);
    }
    return error ? mpp_from_mpi(error, name) : MPI_SUCCESS;
}

/* ---- gather ---- */

/* At the root: receives the parts whose lengths are known. */
static int receive_parts(const struct ranks *ranks, const int64_t *counts, const void *own,
                         size_t item_bytes, char *items)
{
    for (int rank = 0; rank < ranks->size; rank++) {
        size_t bytes = (size_t)counts[rank] * item_bytes;
        int error = MPI_SUCCESS;
        if (bytes && rank == ranks->root) {
            memcpy(items, own, bytes);
        } else if (bytes) {
            error = mpp_recv_bytes(ranks->comm, rank, TAG_ITEMS, items, bytes);
        }
        if (error) {
            return error;
        }
        items += bytes;
    }
    return MPI_SUCCESS;
}

static int gather_at_root(const struct ranks *ranks, const void *part, int64_t part_length,
                          size_t item_bytes, void **items, int64_t *count, const char *name)
{
    int64_t *counts = calloc((size_t)ranks->size, sizeof *counts);
    if (!counts) {
        return mpp_no_memory(ranks->user, name, (size_t)ranks->size * sizeof *counts);
    }
    int error =
        MPI_Gather(&part_length, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, ranks->root, ranks->comm);
    int64_t total = 0;
    for (int rank = 0; rank < ranks->size; rank++) {
        total += counts[rank];
    }
    *items = error ? NULL : malloc((size_t)total * item_bytes + 1);
    *count = total;
    if (!error && !*items) {
        free(counts);
        return mpp_no_memory(ranks->user, name, (size_t)total * item_bytes);
    }
    if (!error) {
        error = receive_parts(ranks, counts, part, item_bytes, *items);
    }
    free(counts);
    return error ? mpp_from_mpi(error, name) : MPI_SUCCESS;
}

int mp_gather(const void *part, int64_t part_length, size_t item_bytes, void **items,
              int64_t *count, int root, MPI_Comm comm)
{
    static const char name[] = "mp_gather";
    struct ranks ranks;
    if (!items || !count || part_length < 0 || (!part && part_length > 0 && item_bytes)) {
        return mpp_bad_argument(comm, name, "a pointer is null, or the part's length negative");
    }
    int error = look_up(comm, root, &ranks, name);
    if (error) {
        return error;
    }
    *items = NULL;
    *count = 0;
    if (ranks.rank == root) {
        return gather_at_root(&ranks, part, part_length, item_bytes, items, count, name);
    }
    error = MPI_Gather(&part_length, 1, MPI_INT64_T, NULL, 0, MPI_INT64_T, root, ranks.comm);
    if (!error && part_length && item_bytes) {
        error = mpp_send_bytes(ranks.comm, root, TAG_ITEMS, part, (size_t)part_length * item_bytes);
    }
    return error ? mpp_from_mpi(error, name) : MPI_SUCCESS;
}

/* ---- map ---- */

int mp_map(mp_function *function, const void *input, int64_t count, size_t input_bytes,
           void *output, size_t output_bytes, const mp_options *options, int root, MPI_Comm comm)
{
    static const char name[] = "mp_map";
    struct ranks ranks;
    int error = look_up(comm, root, &ranks, name);
    if (error) {
        return error;
    }
    mp_pool_options pool_options = {.root = root};
    mp_pool *pool = NULL;
    int kind = -1;
    error = mp_pool_create(comm, &pool_options, &pool);
    if (pool) {
        error =
            mp_pool_map(pool, function, input, count, input_bytes, output, output_bytes, options);
        mp_pool_free(&pool);
    }
    /* Classes are numbered by each rank for itself: kinds travel. */
    for (int i = 0; error && i < MP_ERROR_COUNT; i++) {
        kind = error == mp_error_class((enum mp_error)i) ? i : kind;
    }
    int told[2] = {error, kind};
    if (MPI_Bcast(told, 2, MPI_INT, root, ranks.comm)) {
        return mpp_state(MP_ERROR_PEER_DIED, name, "root %d is gone", root);
    }
    if (ranks.rank == root || !told[0]) {
        return error;
    }
    return told[1] < 0
               ? told[0]
               : mpp_state((enum mp_error)told[1], name, "the root's call failed; it has the text");
}
