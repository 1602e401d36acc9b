/* SPDX-License-Identifier: BSD-3-Clause */
/* Argument checks: one for each kind of argument, with the message that its mistake deserves. */
#include <stdio.h>

#include "mpi/api.h"

static const char *name_of(const struct mpr_comm *comm)
{
    return comm->name[0] != '\0' ? comm->name : "the communicator";
}

/* A handle as a person writes it. */
static unsigned long long number(const void *handle)
{
    return (unsigned long long)(uintptr_t)handle;
}

int mpr_arg_comm_named(const char *name, MPI_Comm comm, struct mpr_comm **found)
{
    *found = mpr_comm_find(comm);
    if (mpr_likely(*found != NULL)) {
        return MPI_SUCCESS;
    }
    if (comm == MPI_COMM_NULL) {
        return mpr_raise(NULL, MPI_ERR_COMM, "%s is MPI_COMM_NULL", name);
    }
    return mpr_raise(NULL, MPI_ERR_COMM,
                     "%s (%#llx) is no communicator: it was never made, or has been freed", name,
                     number(comm));
}

int mpr_arg_intra_named(const char *name, MPI_Comm comm, struct mpr_comm **found)
{
    MPR_TRY(mpr_arg_comm_named(name, comm, found));
    if (mpr_likely(!mpr_comm_is_inter(*found))) {
        return MPI_SUCCESS;
    }
    return mpr_raise(*found, MPI_ERR_COMM,
                     "%s is an intercommunicator, on which this call has no meaning", name);
}

int mpr_arg_intra(MPI_Comm comm, struct mpr_comm **found)
{
    return mpr_arg_intra_named("comm", comm, found);
}

int mpr_arg_inter(const char *name, MPI_Comm comm, struct mpr_comm **found)
{
    MPR_TRY(mpr_arg_comm_named(name, comm, found));
    if (mpr_likely(mpr_comm_is_inter(*found))) {
        return MPI_SUCCESS;
    }
    return mpr_raise(*found, MPI_ERR_COMM, "%s is %s, which is no intercommunicator", name,
                     name_of(*found));
}

int mpr_arg_group(struct mpr_comm *comm, const char *name, MPI_Group group,
                  struct mpr_group **found)
{
    *found = mpr_group_find(group);
    if (mpr_likely(*found != NULL)) {
        return MPI_SUCCESS;
    }
    if (group == MPI_GROUP_NULL) {
        return mpr_raise(comm, MPI_ERR_GROUP, "%s is MPI_GROUP_NULL", name);
    }
    return mpr_raise(comm, MPI_ERR_GROUP,
                     "%s (%#llx) is no group: it was never made, or has been freed", name,
                     number(group));
}

int mpr_arg_type(struct mpr_comm *comm, const char *name, MPI_Datatype type,
                 struct mpr_type **found)
{
    *found = mpr_type_find(type);
    if (mpr_likely(*found != NULL)) {
        return MPI_SUCCESS;
    }
    if (type == MPI_DATATYPE_NULL) {
        return mpr_raise(comm, MPI_ERR_TYPE, "%s is MPI_DATATYPE_NULL", name);
    }
    if (mpr_type_is_missing(type)) {
        return mpr_raise(comm, MPI_ERR_TYPE,
                         "%s is an optional Fortran type, which this library was built without",
                         name);
    }
    return mpr_raise(comm, MPI_ERR_TYPE,
                     "%s (%#llx) is no datatype: it was never made, or has been freed", name,
                     number(type));
}

int mpr_arg_count(struct mpr_comm *comm, const char *name, MPI_Count count)
{
    if (mpr_likely(count >= 0)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_COUNT, "%s is %lld, but must not be negative", name,
                     (long long)count);
}

int mpr_arg_committed(struct mpr_comm *comm, const char *name, MPI_Datatype datatype,
                      struct mpr_type **found)
{
    MPR_TRY(mpr_arg_type(comm, name, datatype, found));
    if (mpr_likely((*found)->committed)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_TYPE, "%s has not been committed: call MPI_Type_commit first",
                     name);
}

int mpr_arg_bytes(struct mpr_comm *comm, const char *name, MPI_Count count,
                  const struct mpr_type *type)
{
    MPI_Count bytes;

    if (mpr_likely(!__builtin_mul_overflow(count, type->size_bytes, &bytes))) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_COUNT,
                     "%s is %lld, but so many items of %lld bytes are more than MPI_Count can hold",
                     name, (long long)count, (long long)type->size_bytes);
}

int mpr_arg_data(struct mpr_comm *comm, const void *buf, MPI_Count count, MPI_Datatype datatype,
                 struct mpr_type **found)
{
    MPR_TRY(mpr_arg_count(comm, "count", count));
    MPR_TRY(mpr_arg_committed(comm, "datatype", datatype, found));
    MPR_TRY(mpr_arg_bytes(comm, "count", count, *found));
    // MPI_BOTTOM is a null pointer too: right for types with absolute addresses, which carry their
    // lower bound with them.
    if (mpr_unlikely(buf == NULL && count > 0 && (*found)->size_bytes > 0 &&
                     (*found)->true_lower_bound == 0)) {
        return mpr_raise(comm, MPI_ERR_BUFFER, "buf is NULL, but count is %lld", (long long)count);
    }
    if (mpr_unlikely(buf == MPI_IN_PLACE)) {
        return mpr_raise(comm, MPI_ERR_BUFFER, "buf is MPI_IN_PLACE, which has no meaning here");
    }
    return MPI_SUCCESS;
}

int mpr_arg_op_any(struct mpr_comm *comm, MPI_Op op, struct mpr_op **found)
{
    *found = mpr_op_find(op);
    if (mpr_likely(*found != NULL)) {
        return MPI_SUCCESS;
    }
    if (op == MPI_OP_NULL) {
        return mpr_raise(comm, MPI_ERR_OP, "op is MPI_OP_NULL");
    }
    return mpr_raise(comm, MPI_ERR_OP,
                     "op (%#llx) is no operator: it was never made, or has been freed", number(op));
}

int mpr_arg_op(struct mpr_comm *comm, MPI_Op op, struct mpr_type *type, struct mpr_op **found)
{
    MPR_TRY(mpr_arg_op_any(comm, op, found));
    if (mpr_unlikely((*found)->one_sided)) {
        return mpr_raise(comm, MPI_ERR_OP, "%s is for one-sided accumulation only", (*found)->name);
    }
    if (mpr_likely(mpr_op_accepts(*found, type))) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_OP, "%s is not defined for %s", (*found)->name,
                     type->name[0] != '\0' ? type->name : "this derived datatype");
}

static int raise_rank(struct mpr_comm *comm, int error_class, const char *name, int rank)
{
    return mpr_raise(comm, error_class, "%s is %d, but %s%s has ranks 0 to %d", name, rank,
                     mpr_comm_is_inter(comm) ? "the remote group of " : "", name_of(comm),
                     comm->remote_size - 1);
}

int mpr_arg_dest(struct mpr_comm *comm, int dest)
{
    if (mpr_likely((unsigned)dest < (unsigned)comm->remote_size || dest == MPI_PROC_NULL)) {
        return MPI_SUCCESS;
    }
    return raise_rank(comm, MPI_ERR_RANK, "dest", dest);
}

int mpr_arg_source(struct mpr_comm *comm, int source)
{
    if (mpr_likely((unsigned)source < (unsigned)comm->remote_size || source == MPI_ANY_SOURCE ||
                   source == MPI_PROC_NULL)) {
        return MPI_SUCCESS;
    }
    return raise_rank(comm, MPI_ERR_RANK, "source", source);
}

int mpr_arg_root(struct mpr_comm *comm, int root)
{
    if (mpr_likely((unsigned)root < (unsigned)comm->remote_size)) {
        return MPI_SUCCESS;
    }
    if (mpr_comm_is_inter(comm) && (root == MPI_ROOT || root == MPI_PROC_NULL)) {
        return MPI_SUCCESS;
    }
    return raise_rank(comm, MPI_ERR_ROOT, "root", root);
}

int mpr_arg_send_tag(struct mpr_comm *comm, const char *name, int tag)
{
    if (mpr_likely(tag >= 0)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_TAG, "%s is %d, but tags to send with go from 0 to %d", name,
                     tag, MPR_TAG_MAX);
}

int mpr_arg_recv_tag(struct mpr_comm *comm, const char *name, int tag)
{
    if (mpr_likely(tag >= 0 || tag == MPI_ANY_TAG)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_TAG,
                     "%s is %d, but tags to receive with go from 0 to %d, or are MPI_ANY_TAG", name,
                     tag, MPR_TAG_MAX);
}

int mpr_arg_pointer(struct mpr_comm *comm, const char *name, const void *pointer)
{
    if (mpr_likely(pointer != NULL)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_ARG, "%s is NULL, but the call needs it", name);
}

int mpr_arg_probe(int source, int tag, MPI_Comm comm, struct mpr_comm **c)
{
    MPR_TRY(mpr_arg_comm(comm, c));
    MPR_TRY(mpr_arg_source(*c, source));
    return mpr_arg_recv_tag(*c, "tag", tag);
}

int mpr_arg_send(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest, int tag,
                 MPI_Comm comm, struct mpr_comm **c, struct mpr_type **t)
{
    MPR_TRY(mpr_arg_comm(comm, c));
    MPR_TRY(mpr_arg_data(*c, buf, count, datatype, t));
    MPR_TRY(mpr_arg_dest(*c, dest));
    return mpr_arg_send_tag(*c, "tag", tag);
}

int mpr_arg_recv(const void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                 MPI_Comm comm, struct mpr_comm **c, struct mpr_type **t)
{
    MPR_TRY(mpr_arg_comm(comm, c));
    MPR_TRY(mpr_arg_data(*c, buf, count, datatype, t));
    MPR_TRY(mpr_arg_source(*c, source));
    return mpr_arg_recv_tag(*c, "tag", tag);
}
