/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of communicators, blocking and nonblocking (MPI 5.0, 7.4.2).
 *
 * Attributes are copied in the call itself, before the members agree, so that a copy function that
 * fails in one process is an error in all of them. The copies, and the hints of the new
 * communicator, which are not its parent's, wait until there is one. It is handed out when all have
 * agreed, by a nonblocking call when the request completes: until then, and after an error,
 * *newcomm is MPI_COMM_NULL, which no function takes. */
#include "coll/newcomm.h"
#include "comm/hints.h"
#include "mpi/api.h"
#include "mpi/attribute_call.h"
#include "mpi/coll_form.h"

struct copying {
    struct mpr_dup dup;
    struct mpr_attributes attributes;
    uint32_t hints;
    MPI_Comm *newcomm;
};

static void hand_out(struct mpr_coll *coll, void *state)
{
    struct copying *copying = state;
    if (coll->error != 0) {
        mpr_attributes_discard(MPR_KIND_COMM, &copying->attributes);
        return;
    }
    copying->dup.comm->attributes = copying->attributes;
    copying->dup.comm->hints = copying->hints;
    *copying->newcomm = mpr_comm_handle(copying->dup.comm);
}

/* Returns MPI_SUCCESS or what a copy function has returned. */
static int copy(struct mpr_coll *coll, const struct mpr_info *info, MPI_Comm *newcomm)
{
    struct mpr_holder holder = mpr_comm_holder(coll->comm);
    struct mpr_scratch scratch;
    struct copying *copying = mpr_coll_open(coll, &scratch, sizeof(*copying));
    if (copying == NULL) {
        return MPI_SUCCESS;
    }
    *copying = (struct copying){.newcomm = newcomm};
    mpr_hints_update(&copying->hints, info);
    int error = mpr_attributes_copy(&holder, &copying->attributes);
    mpr_comm_dup(coll, error == MPI_SUCCESS ? MPR_OK : MPR_ERR_CALLBACK, &copying->dup);
    mpr_coll_call(coll, hand_out, copying);
    mpr_coll_close(coll, &scratch);
    return error;
}

static int comm_dup(MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm, const struct mpr_form *form)
{
    bool is_blocking = form->kind == MPR_FORM_BLOCKING;
    struct mpr_coll coll;
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_info(c, info));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    *newcomm = MPI_COMM_NULL;
    mpr_comm_retain(c);
    int error = copy(&coll, mpr_info_find(info), newcomm);
    if (is_blocking && error != MPI_SUCCESS) {
        struct mpr_holder holder = mpr_comm_holder(c);
        error = mpr_raise_attribute(&holder, error);
    } else {
        error = mpr_form_end(form, &coll);
    }
    mpr_comm_release(c);
    return error;
}

static int comm_idup(MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm, MPI_Request *request)
{
    const struct mpr_form form = {.kind = MPR_FORM_NONBLOCKING, .request = request};
    return comm_dup(comm, info, newcomm, &form);
}

static const struct mpr_form blocking = {.kind = MPR_FORM_BLOCKING};

MPR_API(int, Comm_dup, (MPI_Comm comm, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_dup, comm_dup(comm, MPI_INFO_NULL, newcomm, &blocking));
}

MPR_API(int, Comm_dup_with_info, (MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_dup_with_info, comm_dup(comm, info, newcomm, &blocking));
}

MPR_API(int, Comm_idup, (MPI_Comm comm, MPI_Comm *newcomm, MPI_Request *request))
{
    return MPR_RUN(Comm_idup, comm_idup(comm, MPI_INFO_NULL, newcomm, request));
}

MPR_API(int, Comm_idup_with_info,
        (MPI_Comm comm, MPI_Info info, MPI_Comm *newcomm, MPI_Request *request))
{
    return MPR_RUN(Comm_idup_with_info, comm_idup(comm, info, newcomm, request));
}
