/* SPDX-License-Identifier: BSD-3-Clause */
/* Moving a message's bytes between user buffers and the segment: any range, any datatype. A buffer of
 * no bytes may have no address: NULL, which memcpy() must not get. */
#ifndef MPR_P2P_DATA_H
#define MPR_P2P_DATA_H

#include <string.h>

#include "type/type.h"

static inline void mpr_data_out(const struct mpr_type *type, const void *buffer,
                                MPI_Count position, void *target, size_t bytes)
{
    if (mpr_unlikely(bytes == 0)) {
        return;
    }
    if (mpr_likely(type->contiguous)) {
        memcpy(target, (const char *)buffer + position, bytes);
    } else {
        mpr_type_pack(type, buffer, position, target, bytes);
    }
}

static inline void mpr_data_in(const struct mpr_type *type, void *buffer, MPI_Count position,
                               const void *source, size_t bytes)
{
    if (mpr_unlikely(bytes == 0)) {
        return;
    }
    if (mpr_likely(type->contiguous)) {
        memcpy((char *)buffer + position, source, bytes);
    } else {
        mpr_type_unpack(type, buffer, position, source, bytes);
    }
}

#endif
