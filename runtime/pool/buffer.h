/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes that grow. Zero is an empty buffer. */
#ifndef MPP_BUFFER_H
#define MPP_BUFFER_H

#include <stddef.h>
#include <stdlib.h>

struct mpp_buffer {
    char *bytes;
    size_t used;
    size_t room;
};

/* Room for `more` bytes after those used. Returns where they go, or null without memory: then
 * the buffer is as it was. */
static inline void *mpp_buffer_reserve(struct mpp_buffer *buffer, size_t more)
{
    size_t needed = buffer->used + more;
    if (needed > buffer->room || !buffer->bytes) {
        size_t room = needed + needed / 2 + 64;
        char *bytes = realloc(buffer->bytes, room);
        if (!bytes) {
            return NULL;
        }
        buffer->bytes = bytes;
        buffer->room = room;
    }
    return buffer->bytes + buffer->used;
}

static inline void mpp_buffer_free(struct mpp_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct mpp_buffer){0};
}

#endif
