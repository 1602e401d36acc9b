/* SPDX-License-Identifier: BSD-3-Clause */
/* All files below a directory, one after the other, as one long tape that can be cut anywhere.
 *
 * Packed, a tape is bytes that travel; unpacked, it is an array of files. */
#ifndef EXAMPLES_TAPE_H
#define EXAMPLES_TAPE_H

#include <stddef.h>
#include <stdint.h>

struct tape_file {
    int64_t begin; /* where on the tape; it ends where the next file begins */
    const char *name;
};

struct tape {
    int64_t file_count;
    struct tape_file *files; /* file_count, and one more that begins at the tape's end */
};

/* Lists the regular files below `directory` that are not empty. What cannot be read is named on
 * standard error and left out. Returns the packed tape, to be freed with free(), or null
 * with errno set. */
void *tape_list(const char *directory, size_t *bytes);

/* Unpacks a copy of `packed`. Without memory the program ends, here and in tape_list(). */
struct tape *tape_unpack(const void *packed, size_t bytes);
void tape_free(struct tape *tape);

int64_t tape_bytes(const struct tape *tape);

/* The number of the file that the byte `position` lies in. */
int64_t tape_file_at(const struct tape *tape, int64_t position);

#endif
