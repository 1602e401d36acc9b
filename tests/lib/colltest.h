/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of the collectives share: types with and without holes, communicators, blocks of
 * items in buffers, and images: what a whole buffer must look like, gaps and holes included.
 *
 * Random numbers that all ranks must draw alike come from mpitest_random(); what belongs to one
 * rank follows from mpitest_mix() of a key, so that every rank can work out what every other one
 * holds. */
#ifndef MPR_TESTS_COLLTEST_H
#define MPR_TESTS_COLLTEST_H

#include "tests/lib/mpitest.h"

enum { COLLTEST_RANKS_MAX = 64, COLLTEST_FILLER = 0xa5 };

/* ---- Types ---- */

struct colltest_short_int {
    short value;
    int index;
};

struct colltest_double_int {
    double value;
    int index;
};

/* Where the data of one item lies: two runs, the second may be empty. */
struct colltest_type {
    MPI_Datatype handle;
    size_t extent;
    size_t first_bytes;
    size_t second_offset;
    size_t second_bytes;
};

enum { COLLTEST_TYPES = 6 };

static inline struct colltest_type colltest_type(unsigned index)
{
    const struct colltest_type types[COLLTEST_TYPES] = {
        {MPI_CHAR, 1, 1, 0, 0},
        {MPI_SHORT, 2, 2, 0, 0},
        {MPI_INT, 4, 4, 0, 0},
        {MPI_DOUBLE, 8, 8, 0, 0},
        {MPI_SHORT_INT, sizeof(struct colltest_short_int), sizeof(short),
         offsetof(struct colltest_short_int, index), sizeof(int)},
        {MPI_DOUBLE_INT, sizeof(struct colltest_double_int), sizeof(double),
         offsetof(struct colltest_double_int, index), sizeof(int)},
    };
    return types[index];
}

static inline size_t colltest_size(const struct colltest_type *type)
{
    return type->first_bytes + type->second_bytes;
}

/* ---- Buffers ---- */

/* Room for `count` items, and one more that must stay as it is, all of it filler. */
MPITEST_UNUSED static unsigned char *colltest_image(const struct colltest_type *type,
                                                    MPI_Count count)
{
    size_t bytes = type->extent * ((size_t)count + 1);
    unsigned char *image = mpitest_malloc(bytes);
    memset(image, COLLTEST_FILLER, bytes);
    return image;
}

/* Writes the data of `count` items, from item `first` of the buffer on: the pattern of `key`. Holes
 * stay as they are. */
MPITEST_UNUSED static void colltest_put(unsigned char *buffer, const struct colltest_type *type,
                                        MPI_Count first, MPI_Count count, uint64_t key)
{
    size_t size = colltest_size(type);
    unsigned char *items = buffer + (size_t)first * type->extent;
    if (size == type->extent) {
        mpitest_fill(items, size * (size_t)count, key);
        return;
    }
    for (size_t i = 0; i < (size_t)count; i++) {
        unsigned char item[64];
        mpitest_fill(item, size, mpitest_mix(key) + i);
        memcpy(items + i * type->extent, item, type->first_bytes);
        memcpy(items + i * type->extent + type->second_offset, item + type->first_bytes,
               type->second_bytes);
    }
}

/* The buffer must be the same as the image, byte by byte. Frees both. */
#define COLLTEST_MATCH(buffer, image, type, count, what)                                           \
    colltest_match(__FILE__, __LINE__, (buffer), (image), (type), (count), (what))

MPITEST_UNUSED static void colltest_match(const char *file, int line, unsigned char *buffer,
                                          unsigned char *image, const struct colltest_type *type,
                                          MPI_Count count, const char *what)
{
    size_t bytes = type->extent * ((size_t)count + 1);
    if (memcmp(buffer, image, bytes) != 0) {
        size_t at = 0;
        while (buffer[at] == image[at]) {
            at++;
        }
        mpitest_fail(file, line, "%s: byte %zu of %zu is %02x, expected %02x (extent %zu)", what,
                     at, bytes, buffer[at], image[at], type->extent);
    }
    free(buffer);
    free(image);
}

/* A block of items for each rank. */
struct colltest_layout {
    MPI_Count counts[COLLTEST_RANKS_MAX];
    MPI_Aint displs[COLLTEST_RANKS_MAX];
    int int_counts[COLLTEST_RANKS_MAX];
    int int_displs[COLLTEST_RANKS_MAX];
    MPI_Count total; /* items from the first to the end of the last, gaps included */
};

/* The blocks of counts[], one after the other; or, with a `key`, in some other order and with gaps.
 */
MPITEST_UNUSED static void colltest_lay_out(struct colltest_layout *layout, int size, uint64_t key)
{
    int start = key != 0 ? (int)(mpitest_mix(key) % (uint64_t)size) : 0;
    layout->total = 0;
    for (int i = 0; i < size; i++) {
        int rank = (start + (start % 2 == 0 ? i : size - i)) % size;
        layout->displs[rank] = (MPI_Aint)layout->total;
        layout->total += layout->counts[rank];
        layout->total += key != 0 ? (MPI_Count)(mpitest_mix(key + (uint64_t)rank) % 3) : 0;
        layout->int_counts[rank] = (int)layout->counts[rank];
        layout->int_displs[rank] = (int)layout->displs[rank];
    }
}

/* ---- Communicators ---- */

enum { COLLTEST_COMMS = 4 };

/* World; the ranks turned around; two halves by odd and even rank; each rank alone. */
MPITEST_UNUSED static void colltest_comms_make(MPI_Comm comms[COLLTEST_COMMS])
{
    comms[0] = MPI_COMM_WORLD;
    MPI_Comm_split(MPI_COMM_WORLD, 0, -mpitest_rank, &comms[1]);
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, mpitest_rank, &comms[2]);
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank, 0, &comms[3]);
}

MPITEST_UNUSED static void colltest_comms_free(MPI_Comm comms[COLLTEST_COMMS])
{
    for (int i = 1; i < COLLTEST_COMMS; i++) {
        MPI_Comm_free(&comms[i]);
    }
}

/* ---- Forms ---- */

enum colltest_form { COLLTEST_BLOCKING, COLLTEST_NONBLOCKING, COLLTEST_PERSISTENT, COLLTEST_FORMS };

static MPI_Request colltest_request = MPI_REQUEST_NULL;

/* Sees a collective through that has given colltest_request and this code. */
MPITEST_UNUSED static int colltest_wait(int code)
{
    if (code == MPI_SUCCESS) {
        code = MPI_Wait(&colltest_request, MPI_STATUS_IGNORE);
        CHECK(colltest_request == MPI_REQUEST_NULL);
    }
    return code;
}

/* The same for a persistent one. */
MPITEST_UNUSED static int colltest_start(int code)
{
    if (code == MPI_SUCCESS) {
        CHECK_EQ(MPI_Start(&colltest_request), MPI_SUCCESS);
        code = MPI_Wait(&colltest_request, MPI_STATUS_IGNORE);
        CHECK_EQ(MPI_Request_free(&colltest_request), MPI_SUCCESS);
    }
    return code;
}

/* Calls a collective in a form, and sees it through: MPI_Bcast, MPI_Ibcast or MPI_Bcast_init, with
 * `suffix` nothing or _c. Its value is the error of all that. */
#define COLLTEST_CALL(form, name, iname, suffix, ...)                                              \
    ((form) == COLLTEST_BLOCKING ? MPI_##name##suffix(__VA_ARGS__)                                 \
     : (form) == COLLTEST_NONBLOCKING                                                              \
         ? colltest_wait(MPI_##iname##suffix(__VA_ARGS__, &colltest_request))                      \
         : colltest_start(                                                                         \
               MPI_##name##_init##suffix(__VA_ARGS__, MPI_INFO_NULL, &colltest_request)))

/* ---- Cases ---- */

/* Up to `most`: none, one, few, some, many. */
MPITEST_UNUSED static MPI_Count colltest_random_count(MPI_Count most)
{
    static const MPI_Count limits[] = {1, 2, 20, 20, 700, 700, 9000};
    uint64_t kind = mpitest_random_below(8);
    MPI_Count limit = kind < 7 ? limits[kind] : most;
    return (MPI_Count)mpitest_random_below((uint64_t)(limit < most ? limit : most) + 1);
}

#endif
