/* SPDX-License-Identifier: BSD-3-Clause */
/* Copying messages: what memcpy() does, but for longer data in a way that suits memory which two
 * cores share.
 *
 * The memcpy() of some C libraries takes the instruction `rep movsb` from 2 KiB on. On processors
 * where that is slow it takes ten times as long if the target lies some bytes behind the source in
 * its page; and it costs not only the reader: lines that were read so take several times as long
 * when their owner writes them again (runtime/README.md has the numbers). A loop of plain loads and
 * stores has neither fault. */
#ifndef MPR_BASE_COPY_H
#define MPR_BASE_COPY_H

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

/* From here on data is long: below, memcpy() is a loop, too. */
enum { MPR_COPY_LONG_BYTES = 2048 };

/* For MPR_COPY_LONG_BYTES bytes and more that do not overlap. */
extern MPR_HIDDEN void *(*mpr_copy_long)(void *restrict to, const void *restrict from,
                                         size_t bytes);

/* Finds out what suits this processor. Until then mpr_copy_long is memcpy(), and it remains so
 * where somebody watches what that touches (a sanitizer), or where the user wants no vectors. */
void mpr_copy_start(void);

/* Copies `bytes` bytes that do not overlap. */
static MPR_INLINE void mpr_copy(void *restrict to, const void *restrict from, size_t bytes)
{
    if (bytes < MPR_COPY_LONG_BYTES) {
        memcpy(to, from, bytes);
    } else {
        mpr_copy_long(to, from, bytes);
    }
}

#endif
