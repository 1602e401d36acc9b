/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts the words of all text files below a directory, on one rank and on all of them:
 * mprun -n 8 wordcount DIR
 *
 * A word is a run of letters, digits and bytes outside ASCII; capitals count as small letters. Rank
 * 0 lists the files. All text files, one after the other, are one long tape, of which each rank
 * reads an equal stretch and counts the words that begin there: no rank has more to do than
 * another, however large or small the files. Then each word's counts travel to the rank that owns
 * the word, chosen by its hash, and the owners' most frequent words to rank 0. */
#define _XOPEN_SOURCE 700 /* nftw() */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "word_table.h"

enum {
    TOP_COUNT = 20,
    TEXT_BYTES = 56,          /* of a word as it is printed */
    HEAD_BYTES = 4096,        /* a file with a zero byte among its first is not text */
    BLOCK_BYTES = 1 << 18,    /* read at once */
    DIRECTORIES_OPEN_MAX = 16 /* while walking */
};

struct files {
    int count;     /* -1: could not be listed */
    int64_t *size; /* of each, in bytes; 0 when the file is to be skipped */
    char *names;   /* each ended by a zero byte */
    int names_bytes;
};

struct entry {
    uint64_t count;
    char text[TEXT_BYTES];
};

struct result {
    int64_t files, bytes, words, different;
    struct entry top[TOP_COUNT];
};

static unsigned char letters[256]; /* each byte as a letter of a word; 0 for what parts words */
static bool quiet;                 /* whether files that cannot be read were named already */

static void *grow(void *memory, size_t bytes)
{
    memory = realloc(memory, bytes);
    if (memory == NULL && bytes > 0) {
        fprintf(stderr, "wordcount: no memory\n");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    return memory;
}

static void say_skipped(const char *name, const char *reason)
{
    if (!quiet) {
        fprintf(stderr, "wordcount: %s: %s, skipped\n", name, reason);
    }
}

/* ---- The files ---- */

static struct files listed; /* nftw() gives its callback no other place */

static int list_one(const char *name, const struct stat *status, int type, struct FTW *place)
{
    const int length = (int)strlen(name) + 1;

    (void)place;
    if (type == FTW_DNR || type == FTW_NS) {
        say_skipped(name, "cannot be examined");
    }
    if (type == FTW_F && S_ISREG(status->st_mode) && status->st_size > 0) {
        listed.size = grow(listed.size, ((size_t)listed.count + 1) * sizeof *listed.size);
        listed.size[listed.count++] = status->st_size;
        listed.names = grow(listed.names, (size_t)listed.names_bytes + (size_t)length);
        memcpy(listed.names + listed.names_bytes, name, (size_t)length);
        listed.names_bytes += length;
    }
    return 0;
}

/* Rank 0 walks the directory, then all ranks know the files. */
static void list_files(const char *directory, MPI_Comm comm, int rank, struct files *files)
{
    listed = (struct files){0};
    if (rank == 0 && nftw(directory, list_one, DIRECTORIES_OPEN_MAX, FTW_PHYS) != 0) {
        perror(directory);
        listed.count = -1;
    }
    *files = listed;
    MPI_Bcast(&files->count, 1, MPI_INT, 0, comm);
    if (files->count < 0) {
        return;
    }
    MPI_Bcast(&files->names_bytes, 1, MPI_INT, 0, comm);
    files->size = grow(files->size, (size_t)files->count * sizeof *files->size);
    files->names = grow(files->names, (size_t)files->names_bytes);
    MPI_Bcast(files->size, files->count, MPI_INT64_T, 0, comm);
    MPI_Bcast(files->names, files->names_bytes, MPI_CHAR, 0, comm);
}

static bool is_text(const char *name)
{
    char head[HEAD_BYTES];
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    const ssize_t bytes = fd < 0 ? -1 : read(fd, head, sizeof head);

    if (bytes < 0) {
        say_skipped(name, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return bytes > 0 && memchr(head, 0, (size_t)bytes) == NULL;
}

/* Each rank looks into its share of the files; what is not text gets the size 0 everywhere. */
static void skip_binaries(struct files *files, MPI_Comm comm, int rank, int size)
{
    const char *name = files->names;

    for (int i = 0; i < files->count; i++, name += strlen(name) + 1) {
        if (i % size == rank && !is_text(name)) {
            files->size[i] = 0;
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, files->size, files->count, MPI_INT64_T, MPI_MIN, comm);
}

/* ---- Counting ---- */

/* A byte as a letter of a word; 0 for what parts words. */
static unsigned char letter_of(unsigned char byte)
{
    return byte >= 0x80 || isalnum(byte) ? (unsigned char)tolower(byte) : 0;
}

/* Counts the words of a file that begin from `begin` to before `end`. The word that `begin` falls
 * into began earlier; the last one may reach beyond `end`. */
static void count_stretch(const char *name, int64_t begin, int64_t end, struct word_table *table)
{
    static unsigned char block[BLOCK_BYTES];
    static char *word;
    static size_t capacity;
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    // The byte before `begin` tells whether a word began there.
    int64_t position = begin > 0 ? begin - 1 : 0;
    bool counting = begin == 0, done = false;
    uint64_t hash = WORD_HASH_START;
    size_t length = 0;
    ssize_t bytes = 0;

    while (fd >= 0 && !done && (bytes = pread(fd, block, sizeof block, position)) > 0) {
        if (length + (size_t)bytes > capacity) {
            capacity = length + sizeof block;
            word = grow(word, capacity);
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
    if (fd < 0 || bytes < 0) {
        say_skipped(name, strerror(errno));
    }
    if (!done && counting && length > 0) {
        word_table_add(table, word, length, hash, 1); // the file ends with a word
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Counts this rank's stretch of the tape that all files make together. */
static void count_share(const struct files *files, int rank, int size, struct word_table *table)
{
    int64_t total = 0, start = 0;
    const char *name = files->names;

    for (int i = 0; i < files->count; i++) {
        total += files->size[i];
    }
    const int64_t mine = total / size * rank + total % size * rank / size;
    const int64_t next = total / size * (rank + 1) + total % size * (rank + 1) / size;

    for (int i = 0; i < files->count && start < next; i++, name += strlen(name) + 1) {
        const int64_t begin = mine > start ? mine - start : 0;
        const int64_t end = next - start < files->size[i] ? next - start : files->size[i];

        if (begin < end) {
            count_stretch(name, begin, end, table);
        }
        start += files->size[i];
    }
}

/* ---- Bringing the counts together ---- */

/* What precedes a word's letters on its way to its owner. */
struct parcel {
    uint64_t count, hash, length;
};

static int owner_of(const struct word *word, int size)
{
    return (int)((word->hash >> 32) % (uint64_t)size); // the low bits choose the table's slot
}

/* Turns counts into starts; returns the sum. */
static int add_up(const int *counts, int *starts, int size)
{
    int sum = 0;

    for (int i = 0; i < size; i++) {
        starts[i] = sum;
        sum += counts[i];
    }
    return sum;
}

/* Sends each word of `mine` to its owner, and counts in `owned` what this rank owns. */
static void exchange(const struct word_table *mine, struct word_table *owned, MPI_Comm comm,
                     int size)
{
    int *numbers = calloc(5 * (size_t)size, sizeof *numbers);
    int *send_counts = numbers, *send_starts = numbers + size, *filled = numbers + 2 * size;
    int *recv_counts = numbers + 3 * size, *recv_starts = numbers + 4 * size;

    for (size_t i = 0; i < mine->slot_count; i++) {
        if (mine->slots[i].count > 0) {
            send_counts[owner_of(&mine->slots[i], size)] +=
                (int)(sizeof(struct parcel) + mine->slots[i].length);
        }
    }
    MPI_Alltoall(send_counts, 1, MPI_INT, recv_counts, 1, MPI_INT, comm);
    char *sent = grow(NULL, (size_t)add_up(send_counts, send_starts, size) + 1);
    const int received_bytes = add_up(recv_counts, recv_starts, size);
    char *received = grow(NULL, (size_t)received_bytes + 1);

    for (size_t i = 0; i < mine->slot_count; i++) {
        const struct word *word = &mine->slots[i];

        if (word->count > 0) {
            const struct parcel parcel = {word->count, word->hash, word->length};
            const int owner = owner_of(word, size);
            char *to = sent + send_starts[owner] + filled[owner];

            memcpy(to, &parcel, sizeof parcel);
            memcpy(to + sizeof parcel, mine->letters + word->offset, word->length);
            filled[owner] += (int)(sizeof parcel + word->length);
        }
    }
    MPI_Alltoallv(sent, send_counts, send_starts, MPI_BYTE, received, recv_counts, recv_starts,
                  MPI_BYTE, comm);
    for (const char *from = received; from < received + received_bytes;) {
        struct parcel parcel;

        memcpy(&parcel, from, sizeof parcel);
        from += sizeof parcel;
        word_table_add(owned, from, parcel.length, parcel.hash, parcel.count);
        from += parcel.length;
    }
    free(sent);
    free(received);
    free(numbers);
}

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

/* The result of all ranks' words, complete in rank 0. */
static void sum_up(const struct word_table *owned, MPI_Comm comm, int rank, int size,
                   struct result *result)
{
    int64_t mine[2] = {0, (int64_t)owned->word_count}, all[2];
    struct entry *tops = grow(NULL, (size_t)size * sizeof result->top);

    for (size_t i = 0; i < owned->slot_count; i++) {
        const struct word *word = &owned->slots[i];
        struct entry entry = {.count = word->count};

        mine[0] += (int64_t)word->count;
        if (word->count > 0 && word->count >= result->top[TOP_COUNT - 1].count) {
            memcpy(entry.text, owned->letters + word->offset,
                   word->length < TEXT_BYTES ? word->length : TEXT_BYTES - 1);
            insert(result->top, &entry);
        }
    }
    MPI_Reduce(mine, all, 2, MPI_INT64_T, MPI_SUM, 0, comm);
    MPI_Gather(result->top, sizeof result->top, MPI_BYTE, tops, sizeof result->top, MPI_BYTE, 0,
               comm);
    if (rank == 0) {
        result->words = all[0];
        result->different = all[1];
        for (int i = TOP_COUNT; i < TOP_COUNT * size; i++) {
            insert(result->top, &tops[i]);
        }
    }
    free(tops);
}

/* Counts the words below `directory` on all ranks of `comm`. Returns false, in every rank, when the
 * directory cannot be read. */
static bool count_words(const char *directory, MPI_Comm comm, struct result *result)
{
    struct word_table mine, owned;
    struct files files;
    int rank, size;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    *result = (struct result){0};
    list_files(directory, comm, rank, &files);
    if (files.count < 0) {
        return false;
    }
    skip_binaries(&files, comm, rank, size);
    for (int i = 0; i < files.count; i++) {
        result->files += files.size[i] > 0;
        result->bytes += files.size[i];
    }
    word_table_make(&mine);
    word_table_make(&owned);
    count_share(&files, rank, size, &mine);
    exchange(&mine, &owned, comm, size);
    sum_up(&owned, comm, rank, size, result);
    word_table_free(&mine);
    word_table_free(&owned);
    free(files.size);
    free(files.names);
    return true;
}

static void print_result(const char *directory, const struct result *result)
{
    printf("%s: %lld words (%lld different) in %lld text files of %.1f MB\n", directory,
           (long long)result->words, (long long)result->different, (long long)result->files,
           (double)result->bytes / 1e6);
    for (int i = 0; i < TOP_COUNT && result->top[i].count > 0; i++) {
        printf("%12llu  %s\n", (unsigned long long)result->top[i].count, result->top[i].text);
    }
}

/* Rank 0 counts alone while the others wait, then all count. Rank 0 returns whether both agree. */
static bool compare(const char *directory, const struct result *expected)
{
    struct result alone = *expected, together;
    double start = MPI_Wtime(), alone_s, together_s;
    int rank, size;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == 0) {
        count_words(directory, MPI_COMM_SELF, &alone);
    }
    alone_s = MPI_Wtime() - start;
    MPI_Barrier(MPI_COMM_WORLD);
    start = MPI_Wtime();
    count_words(directory, MPI_COMM_WORLD, &together);
    together_s = MPI_Wtime() - start;
    if (rank != 0) {
        return true;
    }
    printf("1 rank took %.3f s, all %d took %.3f s: %.2f times as fast\n", alone_s, size,
           together_s, alone_s / together_s);
    return memcmp(&alone, expected, sizeof alone) == 0 &&
           memcmp(&together, expected, sizeof together) == 0;
}

int main(int argc, char **argv)
{
    struct result result;
    int rank, status = EXIT_FAILURE;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int byte = 0; byte < 256; byte++) {
        letters[byte] = letter_of((unsigned char)byte);
    }
    if (argc != 2) {
        if (rank == 0) {
            fprintf(stderr, "usage: mprun -n RANKS wordcount DIR\n");
        }
    } else if (count_words(argv[1], MPI_COMM_WORLD, &result)) {
        // The first pass has brought the files into memory: both that follow start alike.
        if (rank == 0) {
            print_result(argv[1], &result);
        }
        quiet = true;
        if (compare(argv[1], &result)) {
            status = EXIT_SUCCESS;
        } else {
            fprintf(stderr, "wordcount: the counts differ: have files changed meanwhile?\n");
        }
    }
    MPI_Finalize();
    return status;
}
