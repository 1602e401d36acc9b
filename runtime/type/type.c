/* SPDX-License-Identifier: BSD-3-Clause */
/* What every datatype can be asked. */
#include "type/type.h"

struct mpr_type *mpr_type_find(MPI_Datatype handle)
{
    return (struct mpr_type *)mpr_handle_find(MPR_KIND_TYPE, (uintptr_t)handle);
}

void mpr_type_close(struct mpr_type *type)
{
    mpr_handle_close(MPR_KIND_TYPE, &type->object);
    mpr_type_release(type);
}
