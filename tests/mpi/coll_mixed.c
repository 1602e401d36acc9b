/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives in random order on three communicators, while point-to-point messages are on their
 * way that any wildcard may take: the planes never mix, no message is lost or meets the wrong
 * receive.
 *
 * In each round every rank posts receives from any source with any tag, on a random communicator,
 * sends as many messages as others expect, and takes part in some collectives before, between and
 * after. What a message holds follows from communicator, round, source and number, so that the
 * receiver can check it whatever it was matched with. */
/* matrix: np=1,2,3,8 copy=chunk,cma,pipe,direct engine=uring crowded=no,yes limit=120 */
#include "tests/lib/colltest.h"

enum { ROUNDS = 150, COMMS = 3, MESSAGES_MAX = 3, INTS_MAX = 20000 };

struct scene {
    MPI_Comm comm;
    int index; /* of the communicator */
    int rank;
    int size;
};

static struct scene scenes[COMMS];

/* ---- Collectives, each with a check of its own ---- */

static void try_barrier(const struct scene *scene, uint64_t draw)
{
    (void)draw;
    CHECK_EQ(MPI_Barrier(scene->comm), MPI_SUCCESS);
}

static void try_bcast(const struct scene *scene, uint64_t draw)
{
    int root = (int)(draw % (uint64_t)scene->size);
    size_t bytes = (size_t)(draw >> 8) % (draw % 5 == 0 ? 200000 : 200);
    unsigned char *buffer = mpitest_malloc(bytes);
    memset(buffer, 0, bytes);
    if (scene->rank == root) {
        mpitest_fill(buffer, bytes, draw);
    }
    CHECK_EQ(MPI_Bcast(buffer, (int)bytes, MPI_BYTE, root, scene->comm), MPI_SUCCESS);
    CHECK_PATTERN(buffer, bytes, draw);
    free(buffer);
}

static void try_allreduce(const struct scene *scene, uint64_t draw)
{
    int count = 1 + (int)((draw >> 8) % (draw % 5 == 0 ? 5000 : 20));
    double *in = mpitest_malloc(sizeof(double) * (size_t)count);
    double *out = mpitest_malloc(sizeof(double) * (size_t)count);
    for (int i = 0; i < count; i++) {
        in[i] = scene->rank + i;
    }
    CHECK_EQ(MPI_Allreduce(in, out, count, MPI_DOUBLE, MPI_SUM, scene->comm), MPI_SUCCESS);
    for (int i = 0; i < count; i++) {
        CHECK_EQ(out[i], scene->size * (scene->size - 1) / 2 + scene->size * i);
    }
    free(in);
    free(out);
}

static void try_alltoall(const struct scene *scene, uint64_t draw)
{
    int count = 1 + (int)((draw >> 8) % (draw % 5 == 0 ? 3000 : 10));
    size_t total = (size_t)(count * scene->size);
    int *in = mpitest_malloc(sizeof(int) * total);
    int *out = mpitest_malloc(sizeof(int) * total);
    for (size_t i = 0; i < total; i++) {
        in[i] = scene->rank * 1000000 + (int)i;
    }
    CHECK_EQ(MPI_Alltoall(in, count, MPI_INT, out, count, MPI_INT, scene->comm), MPI_SUCCESS);
    for (size_t i = 0; i < total; i++) {
        int source = (int)i / count, item = (int)i % count;
        CHECK_EQ(out[i], source * 1000000 + scene->rank * count + item);
    }
    free(in);
    free(out);
}

static void try_allgather(const struct scene *scene, uint64_t draw)
{
    uint64_t mine = draw + (uint64_t)scene->rank;
    uint64_t all[COLLTEST_RANKS_MAX];
    CHECK_EQ(MPI_Allgather(&mine, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, scene->comm), MPI_SUCCESS);
    for (int rank = 0; rank < scene->size; rank++) {
        CHECK(all[rank] == draw + (uint64_t)rank);
    }
}

static void try_gather(const struct scene *scene, uint64_t draw)
{
    int root = (int)(draw % (uint64_t)scene->size);
    uint64_t mine = draw + (uint64_t)scene->rank;
    uint64_t all[COLLTEST_RANKS_MAX];
    CHECK_EQ(MPI_Gather(&mine, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, root, scene->comm),
             MPI_SUCCESS);
    for (int rank = 0; rank < scene->size && scene->rank == root; rank++) {
        CHECK(all[rank] == draw + (uint64_t)rank);
    }
}

static void try_scan(const struct scene *scene, uint64_t draw)
{
    int mine = scene->rank + (int)(draw % 100), sum = -1;
    CHECK_EQ(MPI_Scan(&mine, &sum, 1, MPI_INT, MPI_SUM, scene->comm), MPI_SUCCESS);
    CHECK_EQ(sum, scene->rank * (scene->rank + 1) / 2 + (scene->rank + 1) * (int)(draw % 100));
}

static void try_reduce_scatter(const struct scene *scene, uint64_t draw)
{
    int in[COLLTEST_RANKS_MAX], out = -1;
    for (int rank = 0; rank < scene->size; rank++) {
        in[rank] = rank + (int)(draw % 100);
    }
    CHECK_EQ(MPI_Reduce_scatter_block(in, &out, 1, MPI_INT, MPI_MAX, scene->comm), MPI_SUCCESS);
    CHECK_EQ(out, scene->rank + (int)(draw % 100));
}

static void (*const collectives[])(const struct scene *, uint64_t) = {
    try_barrier,   try_bcast,  try_allreduce, try_alltoall,
    try_allgather, try_gather, try_scan,      try_reduce_scatter,
};

/* All ranks draw the same collectives in the same order. */
static void some_collectives(void)
{
    uint64_t count = mpitest_random_below(4);
    for (uint64_t i = 0; i < count; i++) {
        const struct scene *scene = &scenes[mpitest_random_below(COMMS)];
        uint64_t which = mpitest_random_below(sizeof(collectives) / sizeof(*collectives));
        collectives[which](scene, mpitest_random());
    }
}

/* ---- Messages ---- */

struct message {
    int sent_on;
    int round;
    int source;
    int number;
    int ints[INTS_MAX];
};

enum { HEADER_INTS = 4 };

static struct message outbox[MESSAGES_MAX];
static struct message inbox[MESSAGES_MAX];

static uint64_t draw_of(const struct scene *scene, int round, int source, int number)
{
    return mpitest_mix(mpitest_seed ^
                       mpitest_mix((uint64_t)scene->index << 48 | (uint64_t)round << 24 |
                                   (uint64_t)source << 8 | (uint64_t)number));
}

static int length_of(const struct scene *scene, int round, int source, int number)
{
    uint64_t draw = draw_of(scene, round, source, number);
    return (int)((draw >> 8) % (draw % 6 == 0 ? INTS_MAX : 20));
}

/* Every rank sends message k to the rank that is (k + 1) times `step` further on: so every rank
 * also gets MESSAGES_MAX of them. */
static int dest_of(const struct scene *scene, int step, int number)
{
    return (scene->rank + (number + 1) * step) % scene->size;
}

static void start_sends(const struct scene *scene, int round, int step, MPI_Request *requests)
{
    for (int k = 0; k < MESSAGES_MAX; k++) {
        int length = length_of(scene, round, scene->rank, k);
        uint64_t draw = draw_of(scene, round, scene->rank, k);
        outbox[k].sent_on = scene->index;
        outbox[k].round = round;
        outbox[k].source = scene->rank;
        outbox[k].number = k;
        mpitest_fill(outbox[k].ints, sizeof(int) * (size_t)length, draw);
        MPI_Isend(&outbox[k], HEADER_INTS + length, MPI_INT, dest_of(scene, step, k),
                  (int)(draw % 1000), scene->comm, &requests[k]);
    }
}

static void check_message(const struct scene *scene, int round, const struct message *message,
                          const MPI_Status *status)
{
    int count = -1;
    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(message->sent_on, scene->index);
    CHECK_EQ(message->round, round);
    CHECK_EQ(message->source, status->MPI_SOURCE);
    if (message->source < 0 || message->source >= scene->size) {
        return;
    }
    uint64_t draw = draw_of(scene, round, message->source, message->number);
    int length = length_of(scene, round, message->source, message->number);
    CHECK_EQ(status->MPI_TAG, draw % 1000);
    CHECK_EQ(count, HEADER_INTS + length);
    CHECK_PATTERN(message->ints, sizeof(int) * (size_t)length, draw);
}

static void play_round(int round)
{
    MPI_Request requests[2 * MESSAGES_MAX];
    MPI_Status statuses[2 * MESSAGES_MAX];
    const struct scene *scene = &scenes[mpitest_random_below(COMMS)];
    int step = (int)mpitest_random_below(7);
    bool posts_first = mpitest_random_below(2) != 0;

    some_collectives();
    for (int k = 0; k < MESSAGES_MAX && posts_first; k++) {
        MPI_Irecv(&inbox[k], HEADER_INTS + INTS_MAX, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG,
                  scene->comm, &requests[k]);
    }
    some_collectives();
    start_sends(scene, round, step, requests + MESSAGES_MAX);
    some_collectives();
    for (int k = 0; k < MESSAGES_MAX && !posts_first; k++) {
        MPI_Irecv(&inbox[k], HEADER_INTS + INTS_MAX, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG,
                  scene->comm, &requests[k]);
    }
    some_collectives();
    MPI_Waitall(2 * MESSAGES_MAX, requests, statuses);
    for (int k = 0; k < MESSAGES_MAX; k++) {
        check_message(scene, round, &inbox[k], &statuses[k]);
    }
    /* A rank that is ahead must not fill receives that others have posted for this round. */
    MPI_Barrier(scene->comm);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    MPI_Comm comms[COLLTEST_COMMS];
    colltest_comms_make(comms);
    for (int i = 0; i < COMMS; i++) {
        scenes[i].comm = comms[i];
        scenes[i].index = i;
        MPI_Comm_rank(comms[i], &scenes[i].rank);
        MPI_Comm_size(comms[i], &scenes[i].size);
    }
    for (int round = 0; round < ROUNDS; round++) {
        play_round(round);
    }
    colltest_comms_free(comms);
    return mpitest_finish();
}
