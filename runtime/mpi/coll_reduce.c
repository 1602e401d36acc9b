/* SPDX-License-Identifier: BSD-3-Clause */
/* Reductions: reduce, allreduce, reduce-scatter and scans (MPI 5.0, 6.9 to 6.11). */
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names operand_names = {"sendbuf", "count", NULL, "datatype"};
static const struct mpr_arg_names result_names = {"recvbuf", "count", NULL, "datatype"};
static const struct mpr_arg_names operands_names = {"sendbuf", "recvcount", NULL, "datatype"};
static const struct mpr_arg_names block_names = {"recvbuf", "recvcount", NULL, "datatype"};
static const struct mpr_arg_names operands_v_names = {"sendbuf", "recvcounts", NULL, "datatype"};
static const struct mpr_arg_names block_v_names = {"recvbuf", "recvcounts", NULL, "datatype"};

/* What most reductions check alike. */
struct reduction {
    struct mpr_comm *comm;
    struct mpr_type *type;
    struct mpr_op *op;
};

/* What is sent and what is received, each where there is something, and the operator. */
static MPR_INLINE int check(struct reduction *reduction, bool sends, const void *sendbuf,
                            bool receives, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                            MPI_Op op)
{
    struct mpr_comm *c = reduction->comm;
    if (sends) {
        MPR_TRY(mpr_arg_items(c, &operand_names, sendbuf, count, datatype, &reduction->type));
    }
    if (receives) {
        MPR_TRY(mpr_arg_items(c, &result_names, recvbuf, count, datatype, &reduction->type));
    }
    if (sends && receives) {
        MPR_TRY(mpr_arg_apart(c, mpr_items(sendbuf, count, reduction->type),
                              mpr_items(recvbuf, count, reduction->type)));
    }
    return mpr_arg_op(c, op, reduction->type, &reduction->op);
}

static MPR_INLINE int check_all(const void *sendbuf, void *recvbuf, MPI_Count count,
                                MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
                                struct reduction *reduction)
{
    MPR_TRY(mpr_arg_comm(comm, &reduction->comm));
    bool sends = !mpr_arg_is_in_place(reduction->comm, sendbuf);
    return check(reduction, sends, sendbuf, true, recvbuf, count, datatype, op);
}

static int check_scan(const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                      MPI_Op op, MPI_Comm comm, struct reduction *reduction)
{
    MPR_TRY(mpr_arg_intra(comm, &reduction->comm));
    return check(reduction, !mpr_is_in_place(sendbuf), sendbuf, true, recvbuf, count, datatype, op);
}

/* To rank 0 the receive buffer means nothing, unless its part lies there (MPI 5.0, 6.11.2). */
static int check_exscan(const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                        MPI_Op op, MPI_Comm comm, struct reduction *reduction)
{
    MPR_TRY(mpr_arg_intra(comm, &reduction->comm));
    bool sends = !mpr_is_in_place(sendbuf);
    bool receives = !sends || reduction->comm->rank > 0;
    return check(reduction, sends, sendbuf, receives, recvbuf, count, datatype, op);
}

/* The receive buffer and MPI_IN_PLACE are the root's. */
static MPR_INLINE int check_reduce(const void *sendbuf, void *recvbuf, MPI_Count count,
                                   MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm comm,
                                   struct reduction *reduction)
{
    MPR_TRY(mpr_arg_comm(comm, &reduction->comm));
    struct mpr_comm *c = reduction->comm;
    MPR_TRY(mpr_arg_root(c, root));
    bool is_root = mpr_arg_is_root(c, root);
    bool has_part = mpr_arg_has_part(c, root);
    bool is_in_place = is_root && mpr_arg_is_in_place(c, sendbuf);
    if (!is_root && !has_part) {
        return MPI_SUCCESS;
    }
    return check(reduction, has_part && !is_in_place, sendbuf, is_root, recvbuf, count, datatype,
                 op);
}

static MPR_INLINE int reduce(const void *sendbuf, void *recvbuf, MPI_Count count,
                             MPI_Datatype datatype, MPI_Op op, int root, MPI_Comm comm,
                             const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r = {0};
    MPR_TRY(check_reduce(sendbuf, recvbuf, count, datatype, op, root, comm, &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_reduce(&coll, sendbuf, recvbuf, count, r.type, r.op, root);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Reduce, Ireduce, , reduce,
               (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op,
                int root, MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, root, comm))

MPR_COLLECTIVE(Reduce, Ireduce, _c, reduce,
               (const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                MPI_Op op, int root, MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, root, comm))

static MPR_INLINE int allreduce(const void *sendbuf, void *recvbuf, MPI_Count count,
                                MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
                                const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r;
    MPR_TRY(check_all(sendbuf, recvbuf, count, datatype, op, comm, &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_allreduce(&coll, sendbuf, recvbuf, count, r.type, r.op);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Allreduce, Iallreduce, , allreduce,
               (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op,
                MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

MPR_COLLECTIVE(Allreduce, Iallreduce, _c, allreduce,
               (const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

static int scan(const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r;
    MPR_TRY(check_scan(sendbuf, recvbuf, count, datatype, op, comm, &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_scan(&coll, sendbuf, recvbuf, count, r.type, r.op);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Scan, Iscan, , scan,
               (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op,
                MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

MPR_COLLECTIVE(Scan, Iscan, _c, scan,
               (const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

static int exscan(const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                  MPI_Op op, MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r;
    MPR_TRY(check_exscan(sendbuf, recvbuf, count, datatype, op, comm, &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_exscan(&coll, sendbuf, recvbuf, count, r.type, r.op);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Exscan, Iexscan, , exscan,
               (const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op,
                MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

MPR_COLLECTIVE(Exscan, Iexscan, _c, exscan,
               (const void *sendbuf, void *recvbuf, MPI_Count count, MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, count, datatype, op, comm))

/* --- Reduce-scatter --------------------------------------------------------------------------- */

/* `count` items are sent, `block_count` of them are received; in place, recvbuf holds all. */
static int check_scatter(const void *sendbuf, MPI_Count count,
                         const struct mpr_arg_names *send_names, void *recvbuf,
                         MPI_Count block_count, const struct mpr_arg_names *recv_names,
                         MPI_Datatype datatype, MPI_Op op, struct reduction *reduction)
{
    struct mpr_comm *c = reduction->comm;
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, send_names, sendbuf, count, datatype, &reduction->type));
    }
    MPR_TRY(mpr_arg_items(c, recv_names, recvbuf, is_in_place ? count : block_count, datatype,
                          &reduction->type));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart(c, mpr_items(sendbuf, count, reduction->type),
                              mpr_items(recvbuf, block_count, reduction->type)));
    }
    return mpr_arg_op(c, op, reduction->type, &reduction->op);
}

static int raise_uncountable(struct mpr_comm *comm, const char *counts)
{
    return mpr_raise(comm, MPI_ERR_COUNT,
                     "%s asks for more items in all blocks together than MPI_Count can hold",
                     counts);
}

static int reduce_scatter_block(const void *sendbuf, void *recvbuf, MPI_Count recvcount,
                                MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
                                const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r;
    MPR_TRY(mpr_arg_comm(comm, &r.comm));
    MPR_TRY(mpr_arg_count(r.comm, "recvcount", recvcount));
    MPI_Count total;
    if (__builtin_mul_overflow(recvcount, r.comm->size, &total)) {
        return raise_uncountable(r.comm, "recvcount");
    }
    MPR_TRY(check_scatter(sendbuf, total, &operands_names, recvbuf, recvcount, &block_names,
                          datatype, op, &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_reduce_scatter_block(&coll, sendbuf, recvbuf, recvcount, r.type, r.op);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Reduce_scatter_block, Ireduce_scatter_block, , reduce_scatter_block,
               (const void *sendbuf, void *recvbuf, int recvcount, MPI_Datatype datatype, MPI_Op op,
                MPI_Comm comm),
               (sendbuf, recvbuf, recvcount, datatype, op, comm))

MPR_COLLECTIVE(Reduce_scatter_block, Ireduce_scatter_block, _c, reduce_scatter_block,
               (const void *sendbuf, void *recvbuf, MPI_Count recvcount, MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, recvcount, datatype, op, comm))

static int reduce_scatter(const void *sendbuf, void *recvbuf, struct mpr_vector recvs,
                          MPI_Datatype datatype, MPI_Op op, MPI_Comm comm,
                          const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct reduction r;
    MPR_TRY(mpr_arg_comm(comm, &r.comm));
    MPR_TRY(mpr_arg_counts(r.comm, &operands_v_names, &recvs, r.comm->size));
    MPI_Count total = 0;
    for (int rank = 0; rank < r.comm->size; rank++) {
        if (__builtin_add_overflow(total, mpr_vector_count(&recvs, rank), &total)) {
            return raise_uncountable(r.comm, "recvcounts");
        }
    }
    MPR_TRY(check_scatter(sendbuf, total, &operands_v_names, recvbuf,
                          mpr_vector_count(&recvs, r.comm->rank), &block_v_names, datatype, op,
                          &r));
    MPR_TRY(mpr_form_begin(form, r.comm, &coll));
    mpr_form_hold(&coll, r.type, NULL, r.op);
    mpr_reduce_scatter(&coll, sendbuf, recvbuf, &recvs, r.type, r.op);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Reduce_scatter, Ireduce_scatter, , reduce_scatter,
               (const void *sendbuf, void *recvbuf, const int recvcounts[], MPI_Datatype datatype,
                MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, mpr_vector_int(recvcounts, NULL), datatype, op, comm))

MPR_COLLECTIVE(Reduce_scatter, Ireduce_scatter, _c, reduce_scatter,
               (const void *sendbuf, void *recvbuf, const MPI_Count recvcounts[],
                MPI_Datatype datatype, MPI_Op op, MPI_Comm comm),
               (sendbuf, recvbuf, mpr_vector_large(recvcounts, NULL), datatype, op, comm))
