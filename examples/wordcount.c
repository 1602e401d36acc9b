/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the words of all text files below a directory, on one rank and on all of them:
 * mprun -n 8 wordcount DIR
 *
 * A word is a run of letters, digits and bytes outside ASCII; capitals count as small letters. All
 * files, one after the other, are one long tape. A task is a stretch of it: the words that begin
 * there. So no task is large, however large a file is, and none is tiny, however small the files
 * are. The pool gives the stretches to the ranks as they come for more, and rank 0 adds up the
 * counts as they return: count_words() has all of that. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <mp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tape.h"
#include "word_table.h"

enum {
    TOP_COUNT = 20,
    TEXT_BYTES = 56,              /* of a word as it is printed */
    HEAD_BYTES = 4096,            /* a file with a zero byte among its first is not text */
    BLOCK_BYTES = 1 << 18,        /* read at once */
    STRETCH_BYTES_MIN = 1 << 12,
    STRETCH_BYTES_MAX = 1 << 20
};

/* A task. */
struct stretch {
    int64_t begin, end; // on the tape
};

/* What a task returns, followed by its words. */
struct totals {
    int64_t files, bytes;
};

struct entry {
    uint64_t count;
    char text[TEXT_BYTES];
};

struct summary {
    struct totals totals;
    int64_t words, different;
    struct entry top[TOP_COUNT];
};

static unsigned char letters[256]; // each byte as a letter of a word; 0 for what parts words

/* ---- Counting: what every rank does ---- */

/* Before its first task, a rank learns what the tape is made of: it becomes
 * the state of its tasks. */
static int take_tape(const void *packed, size_t bytes, void **tape)
{
    for (int byte = 0; byte < 256; byte++) {
        letters[byte] = byte >= 0x80 || isalnum(byte) ? (unsigned char)tolower(byte) : 0;
    }
    *tape = tape_unpack(packed, bytes);
    return 0;
}

static void drop_tape(void *tape)
{
    tape_free(tape);
}

static bool is_text(int fd)
{
    char head[HEAD_BYTES];
    const ssize_t bytes = pread(fd, head, sizeof head, 0);

    return bytes > 0 && memchr(head, 0, (size_t)bytes) == NULL;
}

/* Counts the words of a file that begin from `begin` to before `end`. The word that `begin` falls
 * into began earlier; the last one may reach beyond `end`. */
static void count_part(int fd, int64_t begin, int64_t end, struct word_table *table)
{
    static unsigned char block[BLOCK_BYTES];
    static char *word;
    static size_t capacity;
    // The byte before `begin` tells whether a word began there.
    int64_t position = begin > 0 ? begin - 1 : 0;
    bool counting = begin == 0, done = false;
    uint64_t hash = WORD_HASH_START;
    size_t length = 0;
    ssize_t bytes;

    while (!done && (bytes = pread(fd, block, sizeof block, position)) > 0) {
        if (length + (size_t)bytes > capacity) {
            capacity = length + sizeof block;
            word = word_table_grow(word, capacity);
        }
        for (ssize_t i = 0; i < bytes && !done; i++) {
            const unsigned char letter = letters[block[i]];

            if (letter != 0) {
                word[length++] = (char)letter;
                hash = word_hash_add(hash, letter);
                continue;
            }
            if (counting && length > 0) {
                word_table_add(table, word, length, hash, 1);
            }
            length = 0;
            hash = WORD_HASH_START;
            counting = true;
            done = position + i + 1 >= end;
        }
        position += bytes;
    }
    if (!done && counting && length > 0) {
        word_table_add(table, word, length, hash, 1); // the file ends with a word
    }
}

/* Counts the part of file `i` that lies on a stretch of the tape. */
static void count_file(const struct tape *tape, int64_t i, const struct stretch *stretch,
                       struct totals *totals, struct word_table *table)
{
    const int64_t first = tape->files[i].begin, next = tape->files[i + 1].begin;
    const int64_t begin = stretch->begin > first ? stretch->begin - first : 0;
    const int64_t end = (stretch->end < next ? stretch->end : next) - first;
    const int fd = open(tape->files[i].name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        fprintf(stderr, "%s: %s, skipped\n", tape->files[i].name, strerror(errno));
        return;
    }
    if (is_text(fd)) {
        count_part(fd, begin, end, table);
        totals->files += begin == 0;
        totals->bytes += end - begin;
    }
    close(fd);
}

/* The task: counts the words of a stretch of the tape. */
static int count_stretch(const void *in, void *out, mp_task *task)
{
    const struct stretch *stretch = in;
    const struct tape *tape = mp_task_state(task);
    struct totals totals = {0};
    struct word_table table;

    (void)out;
    word_table_make(&table);
    for (int64_t i = tape_file_at(tape, stretch->begin);
         i < tape->file_count && tape->files[i].begin < stretch->end; i++) {
        count_file(tape, i, stretch, &totals, &table);
    }
    const size_t bytes = sizeof totals + word_table_packed_bytes(&table);
    char *result = word_table_grow(NULL, bytes);
    memcpy(result, &totals, sizeof totals);
    word_table_pack(&table, result + sizeof totals);
    const int error = mp_task_return(task, result, bytes);
    free(result);
    word_table_free(&table);
    return error;
}

/* ---- Giving and gathering: what rank 0 does ---- */

/* Where to cut next. */
struct cutter {
    int64_t position, end, stretch_bytes;
};

/* The source of tasks: short stretches for short tapes, so that every rank gets some. */
static struct cutter start_cutting(int64_t bytes, int workers)
{
    struct cutter cutter = {.end = bytes, .stretch_bytes = bytes / (16 * workers)};

    if (cutter.stretch_bytes < STRETCH_BYTES_MIN) {
        cutter.stretch_bytes = STRETCH_BYTES_MIN;
    } else if (cutter.stretch_bytes > STRETCH_BYTES_MAX) {
        cutter.stretch_bytes = STRETCH_BYTES_MAX;
    }
    return cutter;
}

static int next_stretch(void *input, void *state)
{
    struct cutter *cutter = state;
    struct stretch *stretch = input;

    stretch->begin = cutter->position;
    cutter->position += cutter->stretch_bytes;
    stretch->end = cutter->position < cutter->end ? cutter->position : cutter->end;
    return stretch->begin < cutter->end;
}

static void add_counts(const mp_result *result, struct totals *totals, struct word_table *words)
{
    struct totals more;

    memcpy(&more, result->data, sizeof more);
    totals->files += more.files;
    totals->bytes += more.bytes;
    word_table_unpack(words, (const char *)result->data + sizeof more, result->bytes - sizeof more);
}

/* Counts all words of a tape with the workers of a pool. Returns the program's exit status. */
static int count_words(mp_pool *pool, int64_t bytes, struct totals *totals,
                       struct word_table *words)
{
    const mp_options options = {.unordered = 1};
    mp_stream *stream;
    mp_result result;
    int workers, error;

    mp_pool_workers(pool, &workers);
    struct cutter cutter = start_cutting(bytes, workers);
    mp_pool_imap(pool, count_stretch, next_stretch, &cutter, sizeof(struct stretch), MP_VARIABLE,
                 &options, &stream);
    while ((error = mp_stream_next(stream, &result, MP_FOREVER)) == MPI_SUCCESS) {
        if (result.failure == NULL) {
            add_counts(&result, totals, words);
        } else if (result.failure->error != MP_ERR_CANCELLED) {
            fprintf(stderr, "wordcount: %s\n", result.failure->text);
        }
    }
    mp_stream_free(&stream);
    if (error == MP_ERR_CLOSED) {
        return EXIT_SUCCESS; // the end of the stream
    }
    fprintf(stderr, "wordcount: %s\n", mp_error_text());
    return error == MP_ERR_INTERRUPTED ? 128 + SIGINT : EXIT_FAILURE; // as a shell has it
}

/* ---- The result ---- */

/* Whether `a` stands above `b`: the more frequent, then the alphabet. */
static bool is_above(const struct entry *a, const struct entry *b)
{
    return a->count != b->count ? a->count > b->count : strcmp(a->text, b->text) < 0;
}

/* Inserts an entry into a sorted list of TOP_COUNT, the last of which drops out. */
static void insert(struct entry *top, const struct entry *entry)
{
    int place = TOP_COUNT;

    while (place > 0 && is_above(entry, &top[place - 1])) {
        place--;
    }
    if (place < TOP_COUNT) {
        memmove(&top[place + 1], &top[place], (size_t)(TOP_COUNT - 1 - place) * sizeof *top);
        top[place] = *entry;
    }
}

/* Counts with a pool, and sums up. Returns the exit status. */
static int summarize(mp_pool *pool, int64_t bytes, struct summary *summary)
{
    struct word_table words;

    *summary = (struct summary){0};
    word_table_make(&words);
    const int status = count_words(pool, bytes, &summary->totals, &words);
    for (size_t i = 0; i < words.slot_count; i++) {
        const struct word *word = &words.slots[i];
        struct entry entry = {.count = word->count};

        summary->words += (int64_t)word->count;
        if (word->count > 0 && word->count >= summary->top[TOP_COUNT - 1].count) {
            memcpy(entry.text, words.letters + word->offset,
                   word->length < TEXT_BYTES ? word->length : TEXT_BYTES - 1);
            insert(summary->top, &entry);
        }
    }
    summary->different = (int64_t)words.word_count;
    word_table_free(&words);
    return status;
}

static void print_summary(const char *directory, const struct summary *summary)
{
    printf("%s: %lld words (%lld different) in %lld text files of %.1f MB\n", directory,
           (long long)summary->words, (long long)summary->different,
           (long long)summary->totals.files, (double)summary->totals.bytes / 1e6);
    for (int i = 0; i < TOP_COUNT && summary->top[i].count > 0; i++) {
        printf("%12llu  %s\n", (unsigned long long)summary->top[i].count, summary->top[i].text);
    }
}

/* Counts three times: with all ranks, which brings the files into memory, then, for the clock, with
 * this rank alone and with all again. All three must agree. Returns the exit status. */
static int count_and_compare(const char *directory, mp_pool *pool, mp_pool *alone, int64_t bytes)
{
    struct summary first, second, third;
    int workers, status;

    if ((status = summarize(pool, bytes, &first)) != EXIT_SUCCESS) {
        return status;
    }
    print_summary(directory, &first);
    const double start = MPI_Wtime();
    if ((status = summarize(alone, bytes, &second)) != EXIT_SUCCESS) {
        return status;
    }
    const double middle = MPI_Wtime();
    if ((status = summarize(pool, bytes, &third)) != EXIT_SUCCESS) {
        return status;
    }
    const double alone_s = middle - start, together_s = MPI_Wtime() - middle;

    mp_pool_workers(pool, &workers);
    printf("1 rank took %.3f s, all %d took %.3f s: %.2f times as fast\n", alone_s, workers,
           together_s, alone_s / together_s);
    if (memcmp(&first, &second, sizeof first) != 0 || memcmp(&first, &third, sizeof first) != 0) {
        fprintf(stderr, "wordcount: the results differ\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    mp_pool_options options = {.initializer = take_tape, .finalizer = drop_tape};
    mp_pool *pool, *alone;
    void *packed = NULL;
    int rank, status = EXIT_SUCCESS;

    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0 && argc != 2) {
        fprintf(stderr, "usage: mprun -n RANKS wordcount DIR\n");
        status = EXIT_FAILURE;
    } else if (rank == 0 && (packed = tape_list(argv[1], &options.argument_bytes)) == NULL) {
        perror(argv[1]);
        status = EXIT_FAILURE;
    }
    options.argument = packed;
    mp_pool_create(MPI_COMM_WORLD, &options, &pool); // the other ranks work in here
    if (pool != NULL && status == EXIT_SUCCESS) {
        struct tape *tape = tape_unpack(packed, options.argument_bytes);

        mp_pool_create(MPI_COMM_SELF, &options, &alone);
        status = count_and_compare(argv[1], pool, alone, tape_bytes(tape));
        mp_pool_free(&alone);
        tape_free(tape);
    }
    mp_pool_free(&pool);
    free(packed);
    MPI_Finalize();
    return status;
}
