/* SPDX-License-Identifier: BSD-3-Clause */
/* What every datatype can be asked. */
#include "type/type.h"

struct mpr_type *mpr_type_find(MPI_Datatype handle)
{
    return (struct mpr_type *)mpr_handle_find(MPR_KIND_TYPE, (uintptr_t)handle);
}

void mpr_type_set_items(struct mpr_type *type)
{
    const struct mpr_block *first = type->blocks;
    bool are_runs = type->block_count == 1 && first->body == NULL && first->count == 1;

    type->items = (struct mpr_block){.offset = are_runs ? first->offset : 0,
                                     .bytes = type->size_bytes,
                                     .count = 1,
                                     .stride = type->extent,
                                     .body = are_runs ? NULL : first,
                                     .body_count = are_runs ? 0 : type->block_count};
}

void mpr_type_close(struct mpr_type *type)
{
    mpr_handle_close(MPR_KIND_TYPE, &type->object);
    mpr_type_release(type);
}
