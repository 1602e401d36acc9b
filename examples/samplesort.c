/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts keys that are spread over all ranks: mprun -n 8 samplesort [--check] [KEYS]
 *
 * Each rank sorts what it has, and shows an even sample of it to all. The sorted samples give the
 * splitters, keys that part the whole into nearly equal stretches, one for each rank (regular
 * sampling, Shi and Schaeffer 1992: no rank gets more than twice its share, equal keys aside). Then
 * each key travels to the rank of its stretch, and the sorted runs that come in are merged. Rank 0
 * ends with the smallest keys, the last rank with the largest. */
#include <mpi.h>
#include <stdint.h>

#include "kit.h"

/* A rank's keys. */
struct keys {
    uint64_t *at;
    int count;
};

/* Key `i` of the input: as if at random, the small ones more frequent, whatever the ranks. */
static uint64_t key_of(int i)
{
    uint64_t x = ((uint64_t)i + 1) * 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (x >> 32) * (x & 0xffffffff) >> 20;
}

static struct keys keys_make(int first, int count)
{
    struct keys keys = {allocate((size_t)count, sizeof(uint64_t)), count};

    for (int i = 0; i < count; i++) {
        keys.at[i] = key_of(first + i);
    }
    return keys;
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void sort(struct keys keys)
{
    qsort(keys.at, (size_t)keys.count, sizeof *keys.at, compare_keys);
}

/* How many of the sorted keys are smaller than `key`. */
static int count_below(struct keys keys, uint64_t key)
{
    int low = 0, high = keys.count;

    while (low < high) {
        const int middle = low + (high - low) / 2;

        if (keys.at[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The ranks - 1 keys where the stretches of the ranks after 0 begin. A rank without keys shows the
 * largest number there is, which does no more harm than to shift a splitter. */
static void choose_splitters(struct keys sorted, int ranks, uint64_t *splitters, MPI_Comm comm)
{
    struct keys samples = {allocate((size_t)ranks * (size_t)ranks, sizeof(uint64_t)),
                           ranks * ranks};
    uint64_t *mine = allocate((size_t)ranks, sizeof *mine);

    for (int i = 0; i < ranks; i++) {
        mine[i] = sorted.count > 0 ? sorted.at[share_start(sorted.count, ranks, i)] : UINT64_MAX;
    }
    MPI_Allgather(mine, ranks, MPI_UINT64_T, samples.at, ranks, MPI_UINT64_T, comm);
    sort(samples);
    for (int i = 1; i < ranks; i++) {
        splitters[i - 1] = samples.at[i * ranks + (ranks - 1) / 2];
    }
    free(samples.at);
    free(mine);
}

/* Merges the sorted runs starts[0] .. starts[1], starts[1] .. starts[2], and so on to
 * starts[runs], two by two until one is left; `starts` is used up. */
static void merge(struct keys *keys, int *starts, int runs)
{
    uint64_t *from = keys->at, *to = allocate((size_t)keys->count, sizeof *to);

    for (; runs > 1; runs = (runs + 1) / 2) {
        for (int run = 0; run < runs; run += 2) {
            const int middle = starts[run + 1], end = run + 2 <= runs ? starts[run + 2] : middle;
            int left = starts[run], right = middle;

            for (int i = left; i < end; i++) {
                const bool take_left = right == end || (left < middle && from[left] <= from[right]);
                to[i] = take_left ? from[left++] : from[right++];
            }
            if (end == middle) { // the last run has no partner
                memcpy(to + left, from + left, (size_t)(middle - left) * sizeof *to);
            }
            starts[run / 2] = starts[run];
        }
        starts[(runs + 1) / 2] = keys->count;

        uint64_t *merged = to;
        to = from;
        from = merged;
    }
    keys->at = from;
    free(to);
}

/* Turns counts into starts, with the sum at the end. */
static void add_up(const int *counts, int *starts, int ranks)
{
    starts[0] = 0;
    for (int i = 0; i < ranks; i++) {
        starts[i + 1] = starts[i] + counts[i];
    }
}

/* Sends the keys of each stretch to its rank; returns those of this rank's, merged. */
static struct keys exchange(struct keys sorted, const uint64_t *splitters, int ranks, MPI_Comm comm)
{
    int *numbers = allocate(4 * ((size_t)ranks + 1), sizeof *numbers);
    int *send_starts = numbers, *send_counts = send_starts + ranks + 1;
    int *recv_starts = send_counts + ranks + 1, *recv_counts = recv_starts + ranks + 1;

    for (int i = 1; i < ranks; i++) {
        send_starts[i] = count_below(sorted, splitters[i - 1]);
    }
    send_starts[ranks] = sorted.count;
    for (int i = 0; i < ranks; i++) {
        send_counts[i] = send_starts[i + 1] - send_starts[i];
    }
    MPI_Alltoall(send_counts, 1, MPI_INT, recv_counts, 1, MPI_INT, comm);
    add_up(recv_counts, recv_starts, ranks);

    struct keys received = {allocate((size_t)recv_starts[ranks], sizeof(uint64_t)),
                            recv_starts[ranks]};
    MPI_Alltoallv(sorted.at, send_counts, send_starts, MPI_UINT64_T, received.at, recv_counts,
                  recv_starts, MPI_UINT64_T, comm);
    merge(&received, recv_starts, ranks);
    free(numbers);
    return received;
}

/* Sorts the keys of all ranks. `keys` is replaced by this rank's stretch. */
static void samplesort(struct keys *keys, MPI_Comm comm)
{
    int ranks;

    MPI_Comm_size(comm, &ranks);
    uint64_t *splitters = allocate((size_t)ranks, sizeof *splitters);

    sort(*keys);
    choose_splitters(*keys, ranks, splitters, comm);
    const struct keys stretch = exchange(*keys, splitters, ranks, comm);
    free(splitters);
    free(keys->at);
    *keys = stretch;
}

/* Rank 0 collects all keys, and counts those that are not where sorting all of them alone puts
 * them. */
static double compare(struct keys keys, int total, int rank, int ranks)
{
    struct keys all = {NULL, 0};
    int *counts = allocate((size_t)ranks, sizeof *counts);
    int *starts = allocate((size_t)ranks + 1, sizeof *starts);
    double wrong = 0;

    MPI_Gather(&keys.count, 1, MPI_INT, counts, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        add_up(counts, starts, ranks);
        all.count = starts[ranks];
        all.at = allocate((size_t)all.count, sizeof *all.at);
    }
    MPI_Gatherv(keys.at, keys.count, MPI_UINT64_T, all.at, counts, starts, MPI_UINT64_T, 0,
                MPI_COMM_WORLD);
    if (rank == 0) {
        struct keys expected = keys_make(0, total);

        sort(expected);
        wrong = abs(total - all.count);
        for (int i = 0; i < total && i < all.count; i++) {
            wrong += all.at[i] != expected.at[i];
        }
        free(expected.at);
    }
    free(all.at);
    free(counts);
    free(starts);
    return wrong;
}

int main(int argc, char **argv)
{
    char what[80];
    int rank, ranks, most, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const struct options options = read_options(argc, argv, 4000000, 1, 1000000000);
    const int total = options.size, first = share_start(total, ranks, rank);
    struct keys keys = keys_make(first, share_start(total, ranks, rank + 1) - first);

    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    samplesort(&keys, MPI_COMM_WORLD);
    MPI_Reduce(&keys.count, &most, 1, MPI_INT, MPI_MAX, 0, MPI_COMM_WORLD);
    snprintf(what, sizeof what, "samplesort: %d keys, at most %.2f of a fair share", total,
             rank == 0 ? (double)most * ranks / total : 0);
    report_time(what, start);
    if (options.check) {
        const double wrong = compare(keys, total, rank, ranks);
        status = rank == 0 ? report_check(wrong, 0) : EXIT_SUCCESS;
    }
    free(keys.at);
    MPI_Finalize();
    return status;
}
