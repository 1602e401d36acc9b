/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of the MPI calls. */
#include "base/call.h"

static const char *const call_names[MPR_CALL_COUNT] = {
    [MPR_CALL_NONE] = "no MPI call",
#define MPR_CALL_NAME(name)                                                                        \
    [MPR_CALL_##name] = "MPI_" #name, [MPR_CALL_##name##_c] = "MPI_" #name "_c",
    MPR_CALLS(MPR_CALL_NAME)
#undef MPR_CALL_NAME
};

const char *mpr_call_name(enum mpr_call call)
{
    return (unsigned)call < MPR_CALL_COUNT ? call_names[call] : "unknown MPI call";
}
