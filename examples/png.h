/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes a picture as a PNG file, without any library: the pixels are stored, not compressed. */
#ifndef EXAMPLES_PNG_H
#define EXAMPLES_PNG_H

#include <stdint.h>

/* Returns 0 if a picture can be written to `path`, or -1 with errno set: to be asked before the work. A
 * picture that is there stays as it is. */
int png_probe(const char *path);

/* Writes `width` x `height` pixels of red, green and blue, row by row from the top. Returns 0, or
 * -1 with errno set. */
int png_write(const char *path, const uint8_t *rgb, uint32_t width, uint32_t height);

#endif
