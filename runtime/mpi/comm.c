/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators (MPI 5.0, 7.4 and 7.8). */
#include <string.h>

#include "coll/newcomm.h"
#include "mpi/api.h"
#include "mpi/attribute_call.h"
#include "p2p/bsend.h"
#include "p2p/wait.h"

/* ---- Inquiry ---- */

static int comm_size(MPI_Comm comm, int *size)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "size", size));
    *size = c->size;
    return MPI_SUCCESS;
}

MPR_API(int, Comm_size, (MPI_Comm comm, int *size))
{
    return MPR_RUN(Comm_size, comm_size(comm, size));
}

static int comm_rank(MPI_Comm comm, int *rank)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "rank", rank));
    *rank = c->rank;
    return MPI_SUCCESS;
}

MPR_API(int, Comm_rank, (MPI_Comm comm, int *rank))
{
    return MPR_RUN(Comm_rank, comm_rank(comm, rank));
}

static int comm_group(MPI_Comm comm, MPI_Group *group)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "group", group));
    int code = mpr_group_open(c->group);
    if (code == 0) {
        *group = (MPI_Group)c->group->object.handle;
    }
    return mpr_result(c, code);
}

MPR_API(int, Comm_group, (MPI_Comm comm, MPI_Group *group))
{
    return MPR_RUN(Comm_group, comm_group(comm, group));
}

static int compare(const struct mpr_comm *left, const struct mpr_comm *right)
{
    if (left == right) {
        return MPI_IDENT;
    }
    if (mpr_comm_is_inter(left) != mpr_comm_is_inter(right)) {
        return MPI_UNEQUAL;
    }
    int group = mpr_group_compare(left->group, right->group);
    int remote = mpr_group_compare(left->remote, right->remote);
    if (group == MPI_UNEQUAL || remote == MPI_UNEQUAL) {
        return MPI_UNEQUAL;
    }
    return group == MPI_IDENT && remote == MPI_IDENT ? MPI_CONGRUENT : MPI_SIMILAR;
}

static int comm_compare(MPI_Comm comm1, MPI_Comm comm2, int *result)
{
    struct mpr_comm *c1, *c2;
    MPR_TRY(mpr_arg_comm_named("comm1", comm1, &c1));
    MPR_TRY(mpr_arg_comm_named("comm2", comm2, &c2));
    MPR_TRY(mpr_arg_pointer(c1, "result", result));
    *result = compare(c1, c2);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_compare, (MPI_Comm comm1, MPI_Comm comm2, int *result))
{
    return MPR_RUN(Comm_compare, comm_compare(comm1, comm2, result));
}

static int comm_test_inter(MPI_Comm comm, int *flag)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "flag", flag));
    *flag = mpr_comm_is_inter(c);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_test_inter, (MPI_Comm comm, int *flag))
{
    return MPR_RUN(Comm_test_inter, comm_test_inter(comm, flag));
}

/* ---- Making and freeing ---- */

static int comm_split(MPI_Comm comm, int color, int key, MPI_Comm *newcomm)
{
    struct mpr_comm *c, *made;
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (color < 0 && color != MPI_UNDEFINED) {
        return mpr_raise(c, MPI_ERR_ARG, "color is %d, but must be MPI_UNDEFINED or not negative",
                         color);
    }
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    MPR_TRY(mpr_result(c, mpr_comm_split(c, color, key, &made)));
    *newcomm = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_split, (MPI_Comm comm, int color, int key, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_split, comm_split(comm, color, key, newcomm));
}

/* A communicator whose attributes resist is not freed. Their delete functions may have freed it. */
static int free_with_attributes(struct mpr_comm *c)
{
    struct mpr_holder holder = mpr_comm_holder(c);
    int error = mpr_attributes_delete_all(&holder);

    if (error != MPI_SUCCESS) {
        return mpr_raise_attribute(&holder, error);
    }
    mpr_bsend_drop(&c->attached);
    if (c->object.handle != 0) {
        mpr_comm_free(c);
    }
    return MPI_SUCCESS;
}

/* The slots of processes that have ended are given away only when nobody holds them, with all that
 * they have sent (shm/slot.h); so what a disconnection has to wait for is this process's own. */
static void finish_pending(struct mpr_comm *c)
{
    struct mpr_wait wait = mpr_wait_begin(-1);

    while (c->active_count > 0) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
}

static int comm_free(MPI_Comm *comm, bool waits)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_pointer(NULL, "comm", comm));
    MPR_TRY(mpr_arg_comm(*comm, &c));
    if (c == mpr_comm_world || c == mpr_comm_self) {
        return mpr_raise(c, MPI_ERR_COMM, "%s must not be freed", c->name);
    }
    mpr_comm_retain(c);
    if (waits) {
        finish_pending(c);
    }
    int code = free_with_attributes(c);
    mpr_comm_release(c);
    if (code == MPI_SUCCESS) {
        *comm = MPI_COMM_NULL;
    }
    return code;
}

MPR_API(int, Comm_free, (MPI_Comm * comm))
{
    return MPR_RUN(Comm_free, comm_free(comm, false));
}

MPR_API(int, Comm_disconnect, (MPI_Comm * comm))
{
    return MPR_RUN(Comm_disconnect, comm_free(comm, true));
}

/* ---- Names ---- */

static int comm_set_name(MPI_Comm comm, const char *comm_name)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "comm_name", comm_name));
    // A longer name is cut, as MPI 5.0, 7.8 has it.
    size_t length = strnlen(comm_name, MPI_MAX_OBJECT_NAME - 1);
    memmove(c->name, comm_name, length);
    c->name[length] = '\0';
    return MPI_SUCCESS;
}

MPR_API(int, Comm_set_name, (MPI_Comm comm, const char *comm_name))
{
    return MPR_RUN(Comm_set_name, comm_set_name(comm, comm_name));
}

/* MPI_COMM_NULL has a name too. */
static int comm_get_name(MPI_Comm comm, char *comm_name, int *resultlen)
{
    struct mpr_comm *c = NULL;
    if (comm != MPI_COMM_NULL) {
        MPR_TRY(mpr_arg_comm(comm, &c));
    }
    MPR_TRY(mpr_arg_pointer(c, "comm_name", comm_name));
    MPR_TRY(mpr_arg_pointer(c, "resultlen", resultlen));
    strcpy(comm_name, c != NULL ? c->name : "MPI_COMM_NULL");
    *resultlen = (int)strlen(comm_name);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_get_name, (MPI_Comm comm, char *comm_name, int *resultlen))
{
    return MPR_RUN(Comm_get_name, comm_get_name(comm, comm_name, resultlen));
}
