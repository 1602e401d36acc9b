/* SPDX-License-Identifier: BSD-3-Clause */
/* Splitting a communicator by what its processes share (MPI 5.0, 7.4.2).
 *
 * All processes of a job share memory. By the hardware, each process belongs to the part of a kind
 * that it is bound to; a process that may run on several of them belongs to none. */
#include <limits.h>

#include "coll/agree.h"
#include "coll/newcomm.h"
#include "mpi/api.h"
#include "mpi/resource.h"

static int arg_split_type(struct mpr_comm *comm, int split_type)
{
    switch (split_type) {
    case MPI_UNDEFINED:
    case MPI_COMM_TYPE_SHARED:
    case MPI_COMM_TYPE_HW_UNGUIDED:
    case MPI_COMM_TYPE_HW_GUIDED:
    case MPI_COMM_TYPE_RESOURCE_GUIDED:
        return MPI_SUCCESS;
    default:
        return mpr_raise(comm, MPI_ERR_ARG,
                         "split_type is %d, but must be MPI_UNDEFINED or an MPI_COMM_TYPE_...",
                         split_type);
    }
}

static int color_here(enum mpr_hardware kind)
{
    int part = mpr_hardware_here(kind);
    return part >= 0 ? part : MPI_UNDEFINED;
}

/* By the kind that the info object names; nothing else in it is known. */
static int guided_color(const struct mpr_info *info)
{
    const char *name = info != NULL ? mpr_info_get(info, MPR_RESOURCE_KEY) : NULL;
    enum mpr_hardware kind;
    return name != NULL && mpr_resource_find(name, &kind) ? color_here(kind) : MPI_UNDEFINED;
}

/* By the largest kind that tells the processes apart at all: the least and the greatest number of
 * that kind, over all processes, differ. *resource is its name, or NULL. Only the processes that
 * ask for such a split count (`asks`), but all must call this, since some may not know what others
 * ask. */
static int unguided_color(struct mpr_comm *comm, bool asks, int *color, const char **resource)
{
    int64_t bounds[2 * MPR_HARDWARE_COUNT];
    struct mpr_coll coll;

    for (int i = 0; i < MPR_HARDWARE_COUNT; i++) {
        int part = asks ? mpr_hardware_here((enum mpr_hardware)i) : 0;
        bounds[2 * i] = asks ? part : INT_MAX;
        bounds[2 * i + 1] = asks ? -part : INT_MAX;
    }
    mpr_coll_begin(comm, &coll);
    mpr_agree_least(&coll, bounds, 2 * MPR_HARDWARE_COUNT);
    *color = MPI_UNDEFINED;
    *resource = NULL;
    for (int i = 0; i < MPR_HARDWARE_COUNT && asks && coll.error == 0; i++) {
        if (bounds[2 * i] != -bounds[2 * i + 1]) {
            *color = color_here((enum mpr_hardware)i);
            *resource = mpr_resource_name((enum mpr_hardware)i);
            break;
        }
    }
    return coll.error;
}

static int choose_color(struct mpr_comm *comm, int split_type, const struct mpr_info *info,
                        int *color, const char **resource)
{
    int code = unguided_color(comm, split_type == MPI_COMM_TYPE_HW_UNGUIDED, color, resource);
    if (split_type == MPI_COMM_TYPE_SHARED) {
        *color = 0;
    } else if (split_type == MPI_COMM_TYPE_HW_GUIDED ||
               split_type == MPI_COMM_TYPE_RESOURCE_GUIDED) {
        *color = guided_color(info);
    }
    return code;
}

/* Tells the program, by its info object, which resource an unguided split has followed. */
static int tell(struct mpr_info *info, const char *resource)
{
    bool can_tell = info != NULL && info != &mpr_info_env && resource != NULL;
    return can_tell ? mpr_info_set(info, MPR_RESOURCE_KEY, resource) : MPR_OK;
}

static int comm_split_type(MPI_Comm comm, int split_type, int key, MPI_Info info, MPI_Comm *newcomm)
{
    struct mpr_comm *c, *made;
    const char *resource;
    int color;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(arg_split_type(c, split_type));
    MPR_TRY(mpr_arg_info(c, info));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    MPR_TRY(mpr_result(c, choose_color(c, split_type, mpr_info_find(info), &color, &resource)));
    MPR_TRY(mpr_result(c, mpr_comm_split(c, color, key, &made)));
    *newcomm = made != NULL ? (MPI_Comm)made->object.handle : MPI_COMM_NULL;
    return mpr_result(c, tell(mpr_info_find(info), resource));
}

MPR_API(int, Comm_split_type,
        (MPI_Comm comm, int split_type, int key, MPI_Info info, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_split_type, comm_split_type(comm, split_type, key, info, newcomm));
}
