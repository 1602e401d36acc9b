/* SPDX-License-Identifier: BSD-3-Clause */
/* A packed tape is a record for each file: its size, and its name with the zero byte. */
#define _XOPEN_SOURCE 700 /* nftw() */

#include "tape.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORIES_OPEN_MAX = 16 /* while walking */ };

static void *must_have(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "no memory for so many files\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static struct {
    char *bytes;
    size_t used, room;
} packed; /* nftw() gives its callback no other place */

static void append(const void *bytes, size_t count)
{
    if (packed.room - packed.used < count) {
        packed.room = 2 * packed.room + count;
        packed.bytes = must_have(realloc(packed.bytes, packed.room));
    }
    memcpy(packed.bytes + packed.used, bytes, count);
    packed.used += count;
}

static int list_one(const char *name, const struct stat *status, int type, struct FTW *place)
{
    const int64_t size = status->st_size;

    (void)place;
    if (type == FTW_DNR || type == FTW_NS) {
        fprintf(stderr, "%s: cannot be examined, skipped\n", name);
    } else if (type == FTW_F && S_ISREG(status->st_mode) && size > 0) {
        if (access(name, R_OK) != 0) {
            fprintf(stderr, "%s: %s, skipped\n", name, strerror(errno));
        } else {
            append(&size, sizeof size);
            append(name, strlen(name) + 1);
        }
    }
    return 0;
}

void *tape_list(const char *directory, size_t *bytes)
{
    packed.room = 1 << 16;
    packed.used = 0;
    packed.bytes = must_have(malloc(packed.room));
    if (nftw(directory, list_one, DIRECTORIES_OPEN_MAX, FTW_PHYS) != 0) {
        free(packed.bytes);
        return NULL;
    }
    *bytes = packed.used;
    return packed.bytes;
}

struct tape *tape_unpack(const void *packed_tape, size_t bytes)
{
    struct tape *tape = must_have(malloc(sizeof *tape + bytes));
    char *records = (char *)(tape + 1);
    int64_t size, begin = 0, count = 0;

    if (bytes > 0) {
        memcpy(records, packed_tape, bytes);
    }
    for (size_t at = 0; at < bytes; at += sizeof size + strlen(records + at + sizeof size) + 1) {
        count++;
    }
    tape->file_count = count;
    tape->files = must_have(malloc(((size_t)count + 1) * sizeof *tape->files));
    for (int64_t i = 0; i < count; i++) {
        memcpy(&size, records, sizeof size);
        records += sizeof size;
        tape->files[i] = (struct tape_file){begin, records};
        records += strlen(records) + 1;
        begin += size;
    }
    tape->files[count] = (struct tape_file){begin, NULL};
    return tape;
}

void tape_free(struct tape *tape)
{
    free(tape->files);
    free(tape);
}

int64_t tape_bytes(const struct tape *tape)
{
    return tape->files[tape->file_count].begin;
}

int64_t tape_file_at(const struct tape *tape, int64_t position)
{
    int64_t low = 0, high = tape->file_count;

    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (tape->files[middle].begin <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
