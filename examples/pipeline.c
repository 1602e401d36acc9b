/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds files that are the same, by three stages with queues between them:
 * mprun -n 8 pipeline DIR
 *
 * Rank 0 lists the files below the directory and puts their names into a queue. The last rank
 * compares. All ranks between them take names, read the files, and put their sums into the next
 * queue. Each queue has room for a few items: a stage that is too fast waits. When all ranks of a
 * stage are done they close the queue behind them, which tells the next stage that no
 * more will come. */
#include <errno.h>
#include <mp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

enum { NAME_BYTES = 512, ROOM = 64 /* items in a queue */, BLOCK_BYTES = 1 << 16 };

/* An item of the second queue. */
struct sum {
    uint64_t hash;
    int64_t bytes;
    char name[NAME_BYTES];
};

/* ---- The stages: each function returns when there is nothing more to do ---- */

static bool list(const char *directory, mp_queue *names)
{
    size_t bytes;
    void *packed = tape_list(directory, &bytes);

    if (packed == NULL) {
        perror(directory);
        return false;
    }
    struct tape *tape = tape_unpack(packed, bytes);

    for (int64_t i = 0; i < tape->file_count; i++) {
        const char *name = tape->files[i].name;
        const size_t length = strlen(name) + 1;

        if (length > NAME_BYTES) {
            fprintf(stderr, "%s: the name is too long, skipped\n", name);
        } else {
            mp_queue_put(names, name, length, MP_FOREVER);
        }
    }
    tape_free(tape);
    free(packed);
    return true;
}

/* The sum of a file's bytes (FNV-1a). Returns false when it cannot be read. */
static bool add_up(struct sum *sum)
{
    static unsigned char block[BLOCK_BYTES];
    FILE *stream = fopen(sum->name, "re");
    size_t bytes;

    if (stream == NULL) {
        fprintf(stderr, "%s: %s, skipped\n", sum->name, strerror(errno));
        return false;
    }
    sum->hash = 0xcbf29ce484222325u;
    sum->bytes = 0;
    while ((bytes = fread(block, 1, sizeof block, stream)) > 0) {
        for (size_t i = 0; i < bytes; i++) {
            sum->hash = (sum->hash ^ block[i]) * 0x100000001b3u;
        }
        sum->bytes += (int64_t)bytes;
    }
    fclose(stream);
    return true;
}

static void add_up_all(mp_queue *names, mp_queue *sums)
{
    struct sum sum;

    while (mp_queue_get(names, sum.name, NULL, MP_FOREVER) == MPI_SUCCESS) {
        if (add_up(&sum)) {
            mp_queue_put(sums, &sum, offsetof(struct sum, name) + strlen(sum.name) + 1, MP_FOREVER);
        }
    }
}

static int compare_sums(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;

    if (x->bytes != y->bytes) {
        return x->bytes < y->bytes ? 1 : -1; // the largest first
    }
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : strcmp(x->name, y->name);
}

static bool are_same(const struct sum *a, const struct sum *b)
{
    return a->bytes == b->bytes && a->hash == b->hash;
}

/* Prints the names of those that are the same on one line. */
static void print_same(const struct sum *sums, size_t count)
{
    int64_t wasted = 0;

    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && are_same(&sums[first], &sums[next]); next++) {
            wasted += sums[next].bytes;
        }
        if (next - first > 1) {
            printf("%lld bytes:", (long long)sums[first].bytes);
            for (size_t i = first; i < next; i++) {
                printf(" %s", sums[i].name);
            }
            printf("\n");
        }
    }
    printf("%zu files; copies take %lld bytes\n", count, (long long)wasted);
}

static void compare(mp_queue *queue)
{
    struct sum *sums = NULL;
    size_t count = 0, room = 0;

    for (;;) {
        if (count == room) {
            room = 2 * room + 64;
            sums = realloc(sums, room * sizeof *sums);
            if (sums == NULL) {
                fprintf(stderr, "pipeline: no memory for so many files\n");
                MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
            }
        }
        if (mp_queue_get(queue, &sums[count], NULL, MP_FOREVER) != MPI_SUCCESS) {
            break;
        }
        count++;
    }
    qsort(sums, count, sizeof *sums, compare_sums);
    print_same(sums, count);
    free(sums);
}

/* ---- The pipeline ---- */

enum stage { LIST, ADD_UP, COMPARE };

int main(int argc, char **argv)
{
    mp_queue *names, *sums;
    MPI_Comm stage_comm;
    bool done = true;
    int rank, size;

    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc != 2 || size < 3) {
        if (rank == 0) {
            fprintf(stderr, "usage: mprun -n RANKS pipeline DIR, with 3 ranks or more\n");
        }
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    const enum stage stage = rank == 0 ? LIST : rank == size - 1 ? COMPARE : ADD_UP;

    MPI_Comm_split(MPI_COMM_WORLD, stage, 0, &stage_comm);
    mp_queue_create(MPI_COMM_WORLD, 0, NAME_BYTES, ROOM, &names);
    mp_queue_create(MPI_COMM_WORLD, size - 1, sizeof(struct sum), ROOM, &sums);
    if (stage == LIST) {
        done = list(argv[1], names);
        mp_queue_close(names);
    } else if (stage == ADD_UP) {
        add_up_all(names, sums);
        MPI_Barrier(stage_comm);
        mp_queue_close(sums);
    } else {
        compare(sums);
    }
    mp_queue_free(&sums);
    mp_queue_free(&names);
    MPI_Comm_free(&stage_comm);
    MPI_Finalize();
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
