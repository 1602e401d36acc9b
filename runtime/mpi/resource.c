/* SPDX-License-Identifier: BSD-3-Clause */
/* Hardware resources by name. The names are those of hwloc's object types, which other libraries
 * use as well. */
#include "mpi/resource.h"

#include <string.h>

#include "mpi/api.h"

static const char *const names[MPR_HARDWARE_COUNT] = {
    [MPR_HARDWARE_MACHINE] = "hwloc://Machine", [MPR_HARDWARE_PACKAGE] = "hwloc://Package",
    [MPR_HARDWARE_NUMA] = "hwloc://NUMANode",   [MPR_HARDWARE_L3] = "hwloc://L3Cache",
    [MPR_HARDWARE_L2] = "hwloc://L2Cache",      [MPR_HARDWARE_L1] = "hwloc://L1Cache",
    [MPR_HARDWARE_CORE] = "hwloc://Core",       [MPR_HARDWARE_THREAD] = "hwloc://PU",
};

/* The standard's own name for what all processes with common memory are on: the machine. */
static const char shared_memory_name[] = "mpi_shared_memory";

const char *mpr_resource_name(enum mpr_hardware kind)
{
    return names[kind];
}

bool mpr_resource_find(const char *name, enum mpr_hardware *kind)
{
    if (strcmp(name, shared_memory_name) == 0) {
        *kind = MPR_HARDWARE_MACHINE;
        return true;
    }
    for (int i = 0; i < MPR_HARDWARE_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *kind = (enum mpr_hardware)i;
            return true;
        }
    }
    return false;
}

/* Of each kind, whether the process is bound to one of them. */
static int describe(struct mpr_info *info)
{
    int code = mpr_info_set(info, shared_memory_name, "true");
    for (int i = 0; i < MPR_HARDWARE_COUNT && code == MPR_OK; i++) {
        bool bound = mpr_hardware_here((enum mpr_hardware)i) >= 0;
        code = mpr_info_set(info, names[i], bound ? "true" : "false");
    }
    return code;
}

static int get_hw_resource_info(MPI_Info *hw_info)
{
    MPR_TRY(mpr_arg_pointer(NULL, "hw_info", hw_info));
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(NULL, made, made != NULL ? describe(made) : MPR_OK, hw_info);
}

MPR_API(int, Get_hw_resource_info, (MPI_Info * hw_info))
{
    return MPR_RUN(Get_hw_resource_info, get_hw_resource_info(hw_info));
}
