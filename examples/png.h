/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes a picture as a PNG file, without a library for it: the pixels are
 * stored, not compressed. */
#ifndef EXAMPLES_PNG_H
#define EXAMPLES_PNG_H

#include <stdint.h>

/* Whether rank 0 can write a picture to `path`; if not, it says why. To be asked before the work,
 * by all ranks of the world. A picture that is there stays as it is. */
int png_is_possible(const char *path);

/* Writes `width` x `height` pixels of red, green and blue, row by row from the top. Returns 0, or
 * -1 with errno set. */
int png_write(const char *path, const uint8_t *rgb, uint32_t width, uint32_t height);

#endif
