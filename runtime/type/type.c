/* SPDX-License-Identifier: BSD-3-Clause */
/* What every datatype can be asked. */
#include "type/type.h"

struct mpr_type *mpr_type_find(MPI_Datatype handle)
{
    return (struct mpr_type *)mpr_handle_find(MPR_KIND_TYPE, (uintptr_t)handle);
}

MPI_Aint mpr_type_span(const struct mpr_type *type, MPI_Count count)
{
    return count == 0 ? 0 : (MPI_Aint)(count - 1) * type->extent + type->true_extent;
}
