/* SPDX-License-Identifier: BSD-3-Clause */
/* Moving a message's bytes between user buffers and the segment: any range, any datatype. A buffer
 * of no bytes may have no address: NULL, which memcpy() must not get. */
#ifndef MPR_P2P_DATA_H
#define MPR_P2P_DATA_H

#include <string.h>

#include "base/compiler.h"
#include "base/copy.h"
#include "type/type.h"

/* Up to here bytes are copied without a call. */
enum { MPR_DATA_SMALL_BYTES = 64 };

/* Copies 0 to MPR_DATA_SMALL_BYTES bytes: two pieces of one length that overlap where they must. */
static inline void mpr_data_copy_small(void *target, const void *source, size_t bytes)
{
    char *to = target;
    const char *from = source;

#define MPR_COPY_ENDS(piece_bytes)                                                                 \
    do {                                                                                           \
        char first[piece_bytes], last[piece_bytes];                                                \
        memcpy(first, from, piece_bytes);                                                          \
        memcpy(last, from + bytes - (piece_bytes), piece_bytes);                                   \
        memcpy(to, first, piece_bytes);                                                            \
        memcpy(to + bytes - (piece_bytes), last, piece_bytes);                                     \
    } while (0)

    if (bytes >= 8) {
        if (bytes <= 16) {
            MPR_COPY_ENDS(8);
        } else if (bytes <= 32) {
            MPR_COPY_ENDS(16);
        } else {
            MPR_COPY_ENDS(32);
        }
    } else if (bytes >= 4) {
        MPR_COPY_ENDS(4);
    } else if (bytes >= 2) {
        MPR_COPY_ENDS(2);
    } else if (bytes == 1) {
        *to = *from;
    }
#undef MPR_COPY_ENDS
}

static MPR_INLINE void mpr_data_copy(void *target, const void *source, size_t bytes)
{
    if (bytes <= MPR_DATA_SMALL_BYTES) {
        mpr_data_copy_small(target, source, bytes);
    } else {
        mpr_copy(target, source, bytes);
    }
}

static inline void mpr_data_out(const struct mpr_type *type, const void *buffer,
                                MPI_Count position, void *target, size_t bytes)
{
    if (mpr_likely(type->contiguous)) {
        mpr_data_copy(target, (const char *)buffer + position, bytes);
    } else if (bytes > 0) {
        mpr_type_pack(type, buffer, position, target, bytes);
    }
}

/* The packed data of a short message lies in another core's cache: loops that take it piece by
 * piece had better not wait for one line after the other. */
static inline void mpr_data_expect(const void *source, size_t bytes)
{
    enum { SHORT_BYTES = 2048 };

    if (bytes <= SHORT_BYTES) {
        for (size_t line = 0; line < bytes; line += MPR_LINE_BYTES) {
            __builtin_prefetch((const char *)source + line);
        }
    }
}

static MPR_INLINE void mpr_data_in(const struct mpr_type *type, void *buffer, MPI_Count position,
                               const void *source, size_t bytes)
{
    if (mpr_likely(type->contiguous)) {
        mpr_data_copy((char *)buffer + position, source, bytes);
    } else if (bytes > 0) {
        mpr_data_expect(source, bytes);
        mpr_type_unpack(type, buffer, position, source, bytes);
    }
}

#endif
