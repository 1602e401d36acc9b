/* SPDX-License-Identifier: BSD-3-Clause */
/* What every datatype can be asked. */
#include "type/type.h"

struct mpr_type *mpr_type_find(MPI_Datatype handle)
{
    return (struct mpr_type *)mpr_handle_find(MPR_KIND_TYPE, (uintptr_t)handle);
}
