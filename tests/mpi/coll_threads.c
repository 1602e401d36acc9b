/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_THREAD_MULTIPLE: the threads of a rank are in collectives at once, blocking and nonblocking,
 * each on communicators of its own, and every result is checked. Types and operators are freed by
 * another thread while a blocking call uses them. */
/* matrix: copy=chunk,direct rings=default,tiny */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/asleep.h"
#include "tests/lib/mpitest.h"

enum { THREADS = 4, ROUNDS = 60, COUNT_MAX = 3000, FREE_ROUNDS = 2 };

struct worker {
    pthread_t thread;
    int number;
    MPI_Comm blocking, nonblocking;
    long *out, *in, *later;
};

static long value_of(const struct worker *worker, int rank, int round, int i)
{
    return 1000000L * rank + 1000L * worker->number + round + i;
}

/* The sum of the values of all ranks. */
static long sum_of(const struct worker *worker, int round, int i)
{
    return mpitest_size * value_of(worker, 0, round, i) +
           1000000L * mpitest_size * (mpitest_size - 1) / 2;
}

static void check_block(const struct worker *worker, const long *block, int count, int rank,
                        int round)
{
    for (int i = 0; i < count; i++) {
        CHECK_EQ(block[i], value_of(worker, rank, round, i));
    }
}

/* A blocking collective, one after the other. */
static void call_one(struct worker *worker, int round, int count)
{
    int root = round % mpitest_size;

    switch (round % 5) {
    case 0:
        memcpy(worker->in, worker->out, (size_t)count * sizeof(long));
        MPI_Bcast(worker->in, count, MPI_LONG, root, worker->blocking);
        check_block(worker, worker->in, count, root, round);
        break;
    case 1:
        MPI_Allreduce(worker->out, worker->in, count, MPI_LONG, MPI_SUM, worker->blocking);
        for (int i = 0; i < count; i++) {
            CHECK_EQ(worker->in[i], sum_of(worker, round, i));
        }
        break;
    case 2:
        MPI_Allgather(worker->out, count, MPI_LONG, worker->in, count, MPI_LONG, worker->blocking);
        for (int rank = 0; rank < mpitest_size; rank++) {
            check_block(worker, worker->in + rank * count, count, rank, round);
        }
        break;
    case 3:
        MPI_Gather(worker->out, count, MPI_LONG, worker->in, count, MPI_LONG, root,
                   worker->blocking);
        for (int rank = 0; rank < mpitest_size && mpitest_rank == root; rank++) {
            check_block(worker, worker->in + rank * count, count, rank, round);
        }
        break;
    default:
        MPI_Barrier(worker->blocking);
        break;
    }
}

/* A nonblocking one is in flight while the blocking one runs. */
static void *work(void *argument)
{
    struct worker *worker = argument;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t random = mpitest_mix((uint64_t)(worker->number * ROUNDS + round));
        int count = 1 + (int)(random % (random % 3 == 0 ? COUNT_MAX : 20));
        MPI_Request request;

        for (int i = 0; i < count; i++) {
            worker->out[i] = value_of(worker, mpitest_rank, round, i);
        }
        MPI_Iallreduce(worker->out, worker->later, count, MPI_LONG, MPI_SUM, worker->nonblocking,
                       &request);
        call_one(worker, round, count);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        for (int i = 0; i < count; i++) {
            CHECK_EQ(worker->later[i], sum_of(worker, round, i));
        }
    }
    return NULL;
}

static void start_thread(pthread_t *thread, void *(*function)(void *), void *argument)
{
    if (pthread_create(thread, NULL, function, argument) != 0) {
        fprintf(stderr, "cannot start a thread\n");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
}

static void test_stress(void)
{
    struct worker workers[THREADS];
    size_t bytes = COUNT_MAX * sizeof(long);

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.number = i,
                                     .out = mpitest_malloc(bytes),
                                     .in = mpitest_malloc(bytes * (size_t)mpitest_size),
                                     .later = mpitest_malloc(bytes)};
        MPI_Comm_dup(MPI_COMM_WORLD, &workers[i].blocking);
        MPI_Comm_dup(MPI_COMM_WORLD, &workers[i].nonblocking);
    }
    for (int i = 0; i < THREADS; i++) {
        start_thread(&workers[i].thread, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        MPI_Comm_free(&workers[i].blocking);
        MPI_Comm_free(&workers[i].nonblocking);
        free(workers[i].out);
        free(workers[i].in);
        free(workers[i].later);
    }
}

/* ---- Freed in the meantime ---- */

struct objects {
    MPI_Datatype type;
    MPI_Op op;
    pid_t caller; /* the thread whose call uses them */
};

static void add(void *in, void *inout, int *count, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < 2 * *count; i++) {
        ((long *)inout)[i] += ((long *)in)[i];
    }
}

/* Whoever calls this has got hold of an operator that came later. */
static void spoil(void *in, void *inout, int *count, MPI_Datatype *type)
{
    (void)in;
    (void)type;
    memset(inout, 0xff, 2 * sizeof(long) * (size_t)*count);
}

/* Frees them while the last rank keeps all others waiting; what this thread makes next takes over
 * their memory, unless somebody still holds it. */
static void free_used(struct objects *objects)
{
    struct objects other;

    MPI_Op_free(&objects->op);
    MPI_Type_free(&objects->type);
    MPI_Op_create(spoil, 1, &other.op);
    MPI_Type_vector(3, 1, 7, MPI_CHAR, &other.type);
    usleep(20000);
    MPI_Op_free(&other.op);
    MPI_Type_free(&other.type);
}

static void *free_during_call(void *argument)
{
    struct objects *objects = argument;

    asleep_await(objects->caller);
    free_used(objects);
    return NULL;
}

static void test_freed(void)
{
    enum { COUNT = 500 };
    static long out[2 * COUNT], in[2 * COUNT];

    for (int round = 0; round < FREE_ROUNDS; round++) {
        struct objects objects = {.caller = gettid()};
        pthread_t thread;

        MPI_Type_contiguous(2, MPI_LONG, &objects.type);
        MPI_Type_commit(&objects.type);
        MPI_Op_create(add, 1, &objects.op);
        struct objects used = objects;
        for (int i = 0; i < 2 * COUNT; i++) {
            out[i] = mpitest_rank + i;
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (mpitest_rank == mpitest_size - 1) {
            usleep(120000);
        }
        // The last rank's own objects go after its call, for sure.
        bool is_last = mpitest_rank == mpitest_size - 1;
        if (!is_last) {
            start_thread(&thread, free_during_call, &objects);
        }
        MPI_Allreduce(out, in, COUNT, used.type, used.op, MPI_COMM_WORLD);
        if (is_last) {
            free_used(&objects);
        } else {
            pthread_join(thread, NULL);
        }
        for (int i = 0; i < 2 * COUNT; i++) {
            CHECK_EQ(in[i], mpitest_size * i + mpitest_size * (mpitest_size - 1) / 2);
        }
    }
}

/* Freed likewise while they are the types of blocks: two longs, with one between them. In place one
 * block goes after the other, and so there are waits between them. */
static void test_freed_of_blocks(void)
{
    const bool is_last = mpitest_rank == mpitest_size - 1;
    const size_t slots = (size_t)mpitest_size;
    long *blocks = mpitest_malloc(4 * slots * sizeof(long));
    int *counts = mpitest_malloc(slots * sizeof(int));
    int *displs = mpitest_malloc(slots * sizeof(int));
    MPI_Datatype *types = mpitest_malloc(slots * sizeof(MPI_Datatype));

    for (int round = 0; round < FREE_ROUNDS; round++) {
        struct objects objects = {.caller = gettid()};
        pthread_t thread;

        MPI_Type_vector(2, 1, 2, MPI_LONG, &objects.type);
        MPI_Type_commit(&objects.type);
        MPI_Op_create(add, 1, &objects.op);
        for (int i = 0; i < mpitest_size; i++) {
            counts[i] = 1;
            displs[i] = 4 * i * (int)sizeof(long);
            types[i] = objects.type;
        }
        for (int i = 0; i < 4 * mpitest_size; i++) {
            blocks[i] = 1000L * mpitest_rank + i;
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (is_last) {
            usleep(120000);
        } else {
            start_thread(&thread, free_during_call, &objects);
        }
        MPI_Alltoallw(MPI_IN_PLACE, NULL, NULL, NULL, blocks, counts, displs, types,
                      MPI_COMM_WORLD);
        if (is_last) {
            free_used(&objects);
        } else {
            pthread_join(thread, NULL);
        }
        for (int i = 0; i < 4 * mpitest_size; i++) {
            CHECK_EQ(blocks[i], i % 2 == 1 ? 1000L * mpitest_rank + i
                                           : 1000L * (i / 4) + 4 * mpitest_rank + i % 4);
        }
    }
    free(types);
    free(displs);
    free(counts);
    free(blocks);
}

int main(int argc, char **argv)
{
    if (!mpitest_start_threads(&argc, &argv)) {
        return mpitest_skip(MPITEST_NO_THREADS);
    }
    test_stress();
    test_freed();
    test_freed_of_blocks();
    return mpitest_finish();
}
