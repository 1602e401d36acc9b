/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives with a root: broadcast, gather and scatter (MPI 5.0, 6.4 to 6.6). The arguments of
 * the root's buffer are looked at there alone. */
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names bcast_names = {"buffer", "count", NULL, "datatype"};
static const struct mpr_arg_names send_names = {"sendbuf", "sendcount", NULL, "sendtype"};
static const struct mpr_arg_names recv_names = {"recvbuf", "recvcount", NULL, "recvtype"};
static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "displs", "sendtype"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "displs", "recvtype"};

static MPR_INLINE int bcast(void *buffer, MPI_Count count, MPI_Datatype datatype, int root,
                            MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *type = NULL;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    if (mpr_arg_is_root(c, root) || mpr_arg_has_part(c, root)) {
        MPR_TRY(mpr_arg_items(c, &bcast_names, buffer, count, datatype, &type));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, type, NULL, NULL);
    mpr_bcast(&coll, buffer, count, type, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Bcast, Ibcast, , bcast,
               (void *buffer, int count, MPI_Datatype datatype, int root, MPI_Comm comm),
               (buffer, count, datatype, root, comm))

MPR_COLLECTIVE(Bcast, Ibcast, _c, bcast,
               (void *buffer, MPI_Count count, MPI_Datatype datatype, int root, MPI_Comm comm),
               (buffer, count, datatype, root, comm))

/* --- Gather ----------------------------------------------------------------------------------- */

static int gather(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                  MPI_Count recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm,
                  const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received = NULL;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    bool is_root = mpr_arg_is_root(c, root);
    bool has_part = mpr_arg_has_part(c, root);
    bool is_in_place = is_root && mpr_arg_is_in_place(c, sendbuf);
    if (has_part && !is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    if (is_root) {
        MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    }
    if (is_root && has_part && !is_in_place) {
        MPR_TRY(
            mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                mpr_blocks_equal(recvbuf, recvcount, received, c->remote_size)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_gather(&coll, sendbuf, sendcount, sent, recvbuf, recvcount, received, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Gather, Igather, , gather,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm))

MPR_COLLECTIVE(Gather, Igather, _c, gather,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm))

static int gatherv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                   struct mpr_vector recvs, MPI_Datatype recvtype, int root, MPI_Comm comm,
                   const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received = NULL;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    bool is_root = mpr_arg_is_root(c, root);
    bool has_part = mpr_arg_has_part(c, root);
    bool is_in_place = is_root && mpr_arg_is_in_place(c, sendbuf);
    if (has_part && !is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    if (is_root) {
        MPR_TRY(mpr_arg_blocks(c, &recvs_names, recvbuf, &recvs, recvtype, &received));
    }
    if (is_root && has_part && !is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                    mpr_blocks_vector(recvbuf, &recvs, received)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_gatherv(&coll, sendbuf, sendcount, sent, recvbuf, &recvs, received, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Gatherv, Igatherv, , gatherv,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                const int recvcounts[], const int displs[], MPI_Datatype recvtype, int root,
                MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_int(recvcounts, displs), recvtype,
                root, comm))

MPR_COLLECTIVE(Gatherv, Igatherv, _c, gatherv,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                const MPI_Count recvcounts[], const MPI_Aint displs[], MPI_Datatype recvtype,
                int root, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_large(recvcounts, displs),
                recvtype, root, comm))

/* --- Scatter ---------------------------------------------------------------------------------- */

static int scatter(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                   MPI_Count recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm,
                   const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received = NULL;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    bool is_root = mpr_arg_is_root(c, root);
    bool has_part = mpr_arg_has_part(c, root);
    bool is_in_place = is_root && mpr_arg_is_in_place(c, recvbuf);
    if (is_root) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    if (has_part && !is_in_place) {
        MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    }
    if (is_root && has_part && !is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(recvbuf, recvcount, received),
                                    mpr_blocks_equal(sendbuf, sendcount, sent, c->remote_size)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_scatter(&coll, sendbuf, sendcount, sent, recvbuf, recvcount, received, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Scatter, Iscatter, , scatter,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm))

MPR_COLLECTIVE(Scatter, Iscatter, _c, scatter,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, int root, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, root, comm))

static int scatterv(const void *sendbuf, struct mpr_vector sends, MPI_Datatype sendtype,
                    void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype, int root,
                    MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received = NULL;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    bool is_root = mpr_arg_is_root(c, root);
    bool has_part = mpr_arg_has_part(c, root);
    bool is_in_place = is_root && mpr_arg_is_in_place(c, recvbuf);
    if (is_root) {
        MPR_TRY(mpr_arg_blocks(c, &sends_names, sendbuf, &sends, sendtype, &sent));
    }
    if (has_part && !is_in_place) {
        MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    }
    if (is_root && has_part && !is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(recvbuf, recvcount, received),
                                    mpr_blocks_vector(sendbuf, &sends, sent)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_scatterv(&coll, sendbuf, &sends, sent, recvbuf, recvcount, received, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Scatterv, Iscatterv, , scatterv,
               (const void *sendbuf, const int sendcounts[], const int displs[],
                MPI_Datatype sendtype, void *recvbuf, int recvcount, MPI_Datatype recvtype,
                int root, MPI_Comm comm),
               (sendbuf, mpr_vector_int(sendcounts, displs), sendtype, recvbuf, recvcount, recvtype,
                root, comm))

MPR_COLLECTIVE(Scatterv, Iscatterv, _c, scatterv,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint displs[],
                MPI_Datatype sendtype, void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                int root, MPI_Comm comm),
               (sendbuf, mpr_vector_large(sendcounts, displs), sendtype, recvbuf, recvcount,
                recvtype, root, comm))
