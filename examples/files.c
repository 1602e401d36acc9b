/* SPDX-License-Identifier: BSD-3-Clause */
/* Examines every text file below a directory, and keeps what it found:
 * mprun -n 8 files DIR [KEPT]
 *
 * Prints each file's lines and characters (of UTF-8, which are fewer than its bytes). A file that
 * is not UTF-8 or cannot be read is a failed task: it is reported at the end, and the others do not
 * mind. The results are kept in the file KEPT (files.kept if not given), by name, size and time of
 * change: the next run, or the one after Ctrl-C, examines only what is new or has changed. */
#include <errno.h>
#include <mp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tape.h"

enum {
    NAME_BYTES = 496,
    BLOCK_BYTES = 1 << 16,
    FACTS_VERSION = 1 /* of what examine() finds: another number makes kept results void */
};

/* A task's input, and so the key of what is kept: unused bytes are zero. */
struct file {
    int64_t bytes, changed_ns;
    char name[NAME_BYTES];
};

struct facts {
    int64_t lines, characters;
};

/* ---- The task ---- */

/* Takes one more byte of a text. `expected` bytes are to continue the last character. Returns false
 * when the byte cannot stand here. (The second byte alone tells overlong forms and surrogates.) */
static bool take_byte(unsigned char byte, int *expected, unsigned char *first, struct facts *facts)
{
    if (*expected > 0) {
        const bool is_second = *first != 0;
        const bool is_wrong = (byte & 0xc0) != 0x80 ||
                              (is_second && ((*first == 0xe0 && byte < 0xa0) ||
                                             (*first == 0xed && byte > 0x9f) ||
                                             (*first == 0xf0 && byte < 0x90) ||
                                             (*first == 0xf4 && byte > 0x8f)));
        *first = 0;
        (*expected)--;
        return !is_wrong;
    }
    facts->characters++;
    facts->lines += byte == '\n';
    *first = byte;
    *expected = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    return byte < 0x80 || (byte >= 0xc2 && byte <= 0xf4);
}

/* Counts to the end of a stream. Returns where it stops being UTF-8, or -1. */
static int64_t count_text(FILE *stream, struct facts *facts)
{
    static unsigned char block[BLOCK_BYTES];
    unsigned char first = 0;
    int expected = 0;
    int64_t position = 0;
    size_t bytes;

    while ((bytes = fread(block, 1, sizeof block, stream)) > 0) {
        for (size_t i = 0; i < bytes; i++, position++) {
            if (!take_byte(block[i], &expected, &first, facts)) {
                return position;
            }
        }
    }
    return expected > 0 ? position : -1;
}

static int examine(const void *in, void *out, mp_task *task)
{
    const struct file *file = in;
    FILE *stream = fopen(file->name, "re");

    if (stream == NULL) {
        return mp_task_fail(task, errno, "%s: %s", file->name, strerror(errno));
    }
    const int64_t wrong_at = count_text(stream, out);
    const int error = ferror(stream) ? EIO : 0;

    fclose(stream);
    if (error != 0) {
        return mp_task_fail(task, error, "%s: cannot be read", file->name);
    }
    if (wrong_at >= 0) {
        return mp_task_fail(task, EILSEQ, "%s: not UTF-8 at byte %lld", file->name,
                            (long long)wrong_at);
    }
    return 0;
}

/* ---- The root ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* The files below a directory, by name. Returns null with errno set when it cannot be read. */
static struct file *list_files(const char *directory, int64_t *count)
{
    size_t bytes;
    void *packed = tape_list(directory, &bytes);

    if (packed == NULL) {
        return NULL;
    }
    struct tape *tape = tape_unpack(packed, bytes);
    struct file *files = calloc((size_t)tape->file_count + 1, sizeof *files);
    struct stat status;

    *count = 0;
    for (int64_t i = 0; files != NULL && i < tape->file_count; i++) {
        const char *name = tape->files[i].name;

        if (strlen(name) >= NAME_BYTES) {
            fprintf(stderr, "%s: the name is too long, skipped\n", name);
        } else if (stat(name, &status) == 0) {
            struct file *file = &files[(*count)++];

            file->bytes = status.st_size;
            file->changed_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
            memcpy(file->name, name, strlen(name));
        }
    }
    tape_free(tape);
    free(packed);
    if (files != NULL) {
        qsort(files, (size_t)*count, sizeof *files, compare_names);
    }
    return files;
}

/* Prints the facts, and what failed where they are missing. */
static void print_facts(mp_pool *pool, const struct file *files, const struct facts *facts,
                        int64_t count)
{
    const mp_failure *failures;
    int64_t failure_count, next = 0;

    mp_pool_failures(pool, &failures, &failure_count);
    for (int64_t i = 0; i < count; i++) {
        if (next < failure_count && failures[next].index == i) {
            next++;
        } else {
            printf("%10lld %12lld  %s\n", (long long)facts[i].lines, (long long)facts[i].characters,
                   files[i].name);
        }
    }
    fflush(stdout);
    for (next = 0; next < failure_count; next++) {
        fprintf(stderr, "%s, skipped\n", failures[next].text);
    }
}

static int examine_all(mp_pool *pool, const char *directory, const char *kept)
{
    mp_options options = {.progress = "files", .version = FACTS_VERSION};
    int64_t count, found, missed;
    struct file *files = list_files(directory, &count);

    if (files == NULL) {
        perror(directory);
        return EXIT_FAILURE;
    }
    struct facts *facts = calloc((size_t)count + 1, sizeof *facts);
    int error = mp_store_open(kept, &options.store);

    if (!error) {
        error =
            mp_pool_map(pool, examine, files, count, sizeof *files, facts, sizeof *facts, &options);
        mp_store_count(options.store, NULL, &found, &missed);
        mp_store_close(&options.store);
    }
    if (error == MPI_SUCCESS || error == MP_ERR_TASK) {
        print_facts(pool, files, facts, count);
        printf("%lld files: %lld were known, %lld examined\n", (long long)count, (long long)found,
               (long long)missed);
    } else {
        fprintf(stderr, "files: %s\n", mp_error_text());
    }
    free(facts);
    free(files);
    if (error == MP_ERR_INTERRUPTED) {
        return 128 + SIGINT; // as a shell has it, so that its loops end
    }
    return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    mp_pool *pool;
    int status = EXIT_SUCCESS;

    mp_init(&argc, &argv);
    mp_pool_create(MPI_COMM_WORLD, NULL, &pool); // the other ranks work in here
    if (pool != NULL && (argc < 2 || argc > 3)) {
        fprintf(stderr, "usage: mprun -n RANKS files DIR [KEPT]\n");
        status = EXIT_FAILURE;
    } else if (pool != NULL) {
        status = examine_all(pool, argv[1], argc > 2 ? argv[2] : "files.kept");
    }
    mp_pool_free(&pool);
    MPI_Finalize();
    return status;
}
