/* SPDX-License-Identifier: BSD-3-Clause */
/* A PNG file is a signature and chunks; the pixels are in one chunk as a zlib stream, whose blocks
 * may be stored as they are (RFC 1950, RFC 1951, RFC 2083). */
#include "png.h"

#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES_MAX = 65535, HEADER_BYTES = 13 };

static uint8_t *put_u32(uint8_t *to, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        *to++ = (uint8_t)(value >> shift);
    }
    return to;
}

static uint32_t crc32_update(uint32_t crc, const uint8_t *from, size_t bytes)
{
    while (bytes-- > 0) {
        crc ^= *from++;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
    }
    return crc;
}

static uint32_t adler32(const uint8_t *from, size_t bytes)
{
    uint32_t a = 1, b = 0;

    while (bytes-- > 0) {
        a = (a + *from++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* A chunk: length, name, content, check sum of the latter two. */
static void write_chunk(FILE *file, const char *name, const uint8_t *content, size_t bytes)
{
    const uint8_t *type = (const uint8_t *)name;
    uint8_t word[4];
    uint32_t crc = crc32_update(crc32_update(~0u, type, 4), content, bytes);

    put_u32(word, (uint32_t)bytes);
    fwrite(word, 1, 4, file);
    fwrite(type, 1, 4, file);
    fwrite(content, 1, bytes, file);
    put_u32(word, ~crc);
    fwrite(word, 1, 4, file);
}

/* The zlib stream of `bytes` bytes in stored blocks; its length to *stream_bytes. */
static uint8_t *zlib_store(const uint8_t *from, size_t bytes, size_t *stream_bytes)
{
    size_t block_count = bytes / BLOCK_BYTES_MAX + 1;
    uint8_t *stream = malloc(2 + 5 * block_count + bytes + 4);
    uint8_t *to = stream;

    if (stream == NULL) {
        return NULL;
    }
    *to++ = 0x78;
    *to++ = 0x01;
    for (size_t start = 0; block_count-- > 0; start += BLOCK_BYTES_MAX) {
        size_t part = block_count > 0 ? BLOCK_BYTES_MAX : bytes - start;

        *to++ = block_count == 0; // the last block
        *to++ = (uint8_t)part;
        *to++ = (uint8_t)(part >> 8);
        *to++ = (uint8_t)~part;
        *to++ = (uint8_t)(~part >> 8);
        memcpy(to, from + start, part);
        to += part;
    }
    to = put_u32(to, adler32(from, bytes));
    *stream_bytes = (size_t)(to - stream);
    return stream;
}

/* 0, or an errno value. */
static int probe(const char *path)
{
    FILE *file = fopen(path, "ab");

    return file != NULL && fclose(file) == 0 ? 0 : errno;
}

int png_is_possible(const char *path)
{
    int rank, error = 0;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        error = probe(path);
        if (error != 0) {
            fprintf(stderr, "%s: %s\n", path, strerror(error));
        }
    }
    MPI_Bcast(&error, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return error == 0;
}

int png_write(const char *path, const uint8_t *rgb, uint32_t width, uint32_t height)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const size_t row_bytes = (size_t)width * 3;
    uint8_t header[HEADER_BYTES] = {[8] = 8, [9] = 2}; // 8 bits a channel, RGB
    uint8_t *lines = malloc((row_bytes + 1) * height);
    uint8_t *stream = NULL;
    size_t stream_bytes = 0;
    FILE *file = fopen(path, "wb");
    int failed = file == NULL || lines == NULL;

    if (!failed) {
        for (uint32_t y = 0; y < height; y++) {
            uint8_t *line = lines + y * (row_bytes + 1);
            line[0] = 0; // no filter
            memcpy(line + 1, rgb + y * row_bytes, row_bytes);
        }
        stream = zlib_store(lines, (row_bytes + 1) * height, &stream_bytes);
        failed = stream == NULL;
    }
    if (!failed) {
        put_u32(put_u32(header, width), height);
        fwrite(signature, 1, sizeof signature, file);
        write_chunk(file, "IHDR", header, HEADER_BYTES);
        write_chunk(file, "IDAT", stream, stream_bytes);
        write_chunk(file, "IEND", header, 0);
        failed = ferror(file);
    }
    if (file != NULL) {
        failed |= fclose(file) != 0;
    }
    free(stream);
    free(lines);
    return failed ? -1 : 0;
}
