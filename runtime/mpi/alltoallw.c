/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoallw (MPI 5.0, 6.8): a type of its own for each block. */
#include <stdlib.h>

#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtypes"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtypes"};

static int hold(struct mpr_vector *vector, int count)
{
    vector->held = malloc(sizeof(struct mpr_type *) * (size_t)(count > 0 ? count : 1));
    if (vector->held == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        vector->held[i] = mpr_type_find(vector->types[i]);
        mpr_type_retain(vector->held[i]);
    }
    return MPR_OK;
}

static void drop(const struct mpr_vector *vector, int count)
{
    for (int i = 0; vector->held != NULL && i < count; i++) {
        mpr_type_release(vector->held[i]);
    }
    free(vector->held);
}

/* Like mpr_form_hold(): a blocking call waits between its messages, and another thread may free
 * types meanwhile; the other forms have them in their schedules. Raises lack of memory. */
static int hold_both(const struct mpr_form *form, struct mpr_comm *comm, struct mpr_vector *sends,
                     int sends_count, struct mpr_vector *recvs)
{
    if (form->kind != MPR_FORM_BLOCKING) {
        return MPI_SUCCESS;
    }
    int code = hold(sends, sends_count);
    code = code != MPR_OK ? code : hold(recvs, comm->remote_size);
    if (code != MPR_OK) {
        drop(sends, sends_count);
    }
    return mpr_result(comm, code);
}

static int alltoallw(const void *sendbuf, struct mpr_vector sends, void *recvbuf,
                     struct mpr_vector recvs, MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    int sends_count = is_in_place ? 0 : c->remote_size;
    if (!is_in_place) {
        MPR_TRY(mpr_arg_typed_blocks(c, &sends_names, sendbuf, &sends, c->remote_size));
    }
    MPR_TRY(mpr_arg_typed_blocks(c, &recvs_names, recvbuf, &recvs, c->remote_size));
    if (!is_in_place) {
        struct mpr_blocks out = mpr_blocks_typed(sendbuf, &sends);
        struct mpr_blocks in = mpr_blocks_typed(recvbuf, &recvs);
        MPR_TRY(mpr_arg_apart_blocks(c, &out, &in));
    }
    MPR_TRY(hold_both(form, c, &sends, sends_count, &recvs));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_alltoallv(&coll, sendbuf, &sends, mpr_type_byte, recvbuf, &recvs, mpr_type_byte);
    drop(&sends, sends_count);
    drop(&recvs, c->remote_size);
    return mpr_form_end(form, &coll);
}

#define INT(counts, displs, types) ((struct mpr_vector){counts, displs, false, false, types, NULL})
#define LARGE(counts, displs, types) ((struct mpr_vector){counts, displs, true, true, types, NULL})

MPR_COLLECTIVE(Alltoallw, Ialltoallw, , alltoallw,
               (const void *sendbuf, const int sendcounts[], const int sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[],
                const int rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, INT(sendcounts, sdispls, sendtypes), recvbuf,
                INT(recvcounts, rdispls, recvtypes), comm))

MPR_COLLECTIVE(Alltoallw, Ialltoallw, _c, alltoallw,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const MPI_Count recvcounts[],
                const MPI_Aint rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, LARGE(sendcounts, sdispls, sendtypes), recvbuf,
                LARGE(recvcounts, rdispls, recvtypes), comm))
