/* SPDX-License-Identifier: BSD-3-Clause */
/* A rank dies with a lock, in a barrier, with items in a queue, as the home of them all: the others
 * hear of it and go on. Run by bereaved.sh under mprun --continue; the case is the first argument.
 * Each prints what has become of the living. */
#include <signal.h>

#include "sync.h"

enum { ITEMS = 100 };

/* The last rank is the one that dies, unless it is the home that does. */
static int dies(int victim)
{
    return mpitest_rank == victim;
}

static void die(void)
{
    raise(SIGKILL);
}

/* The first who waits is told, whoever takes it later is not. */
static void holder_dies(int victim)
{
    mp_lock *lock = NULL;
    mp_array *told = NULL;
    int one = 1;
    int count = 0;
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, 0, MP_LOCK_PLAIN, &lock), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(MPI_COMM_WORLD, 0, MPI_INT, NULL, &told), MPI_SUCCESS);
    if (dies(victim)) {
        CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (dies(victim)) {
        sync_nap(0.05);
        die();
    }
    for (int i = 0; i < 3; i++) {
        int error = mp_lock_acquire(lock, MP_FOREVER);
        CHECK(error == MPI_SUCCESS || error == MP_ERR_HOLDER_DIED);
        if (error == MP_ERR_HOLDER_DIED) {
            CHECK_EQ(mp_value_update(told, MPI_SUM, &one, NULL), MPI_SUCCESS);
        }
        CHECK_EQ(mp_lock_release(lock), MPI_SUCCESS);
    }
    CHECK_EQ(mp_value_get(told, &count), MPI_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(mp_array_free(&told), MPI_SUCCESS);
    CHECK_EQ(mp_lock_free(&lock), MPI_SUCCESS);
}

static void party_dies(int victim)
{
    mp_barrier *barrier = NULL;
    CHECK_EQ(mp_barrier_create(MPI_COMM_WORLD, 0, 0, &barrier), MPI_SUCCESS);
    if (dies(victim)) {
        sync_nap(0.05);
        die();
    }
    CHECK_ERROR(mp_barrier_wait(barrier, MP_FOREVER, NULL), MP_ERR_BROKEN);
    CHECK_EQ(mp_barrier_free(&barrier), MPI_SUCCESS);
}

/* What had arrived stays, and its unused credit comes back. */
static void producer_dies(int victim)
{
    mp_queue *queue = NULL;
    int64_t item = 0;
    int64_t size = 0;
    int count = 0;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, 0, sizeof item, ITEMS + 50, &queue), MPI_SUCCESS);
    if (dies(victim)) {
        for (item = 0; item < ITEMS; item++) {
            CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
        }
        CHECK_EQ(mp_queue_size(queue, &size), MPI_SUCCESS);
        CHECK_EQ(size, ITEMS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (dies(victim)) {
        die();
    }
    if (mpitest_rank == 0) {
        sync_nap(0.05);
        for (item = 0; item < 50; item++) {
            CHECK_EQ(mp_queue_put(queue, &item, sizeof item, 20), MPI_SUCCESS);
        }
        CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, 0), MP_ERR_TIMEOUT);
        for (; count < ITEMS + 50; count++) {
            CHECK_EQ(mp_queue_get(queue, &item, NULL, MP_FOREVER), MPI_SUCCESS);
            CHECK_EQ(item, count % ITEMS);
        }
        CHECK_ERROR(mp_queue_get(queue, &item, NULL, 0), MP_ERR_TIMEOUT);
    }
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* With their home, everything is gone: those who wait, and those who come. */
static void home_dies(int home)
{
    mp_queue *queue = NULL;
    mp_lock *lock = NULL;
    int64_t item = 0;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 0, &queue), MPI_SUCCESS);
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_PLAIN, &lock), MPI_SUCCESS);
    if (dies(home)) {
        CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
        sync_nap(0.05);
        die();
    }
    CHECK_ERROR(mp_queue_get(queue, &item, NULL, MP_FOREVER), MP_ERR_PEER_DIED);
    CHECK_ERROR(mp_lock_acquire(lock, 20), MP_ERR_PEER_DIED);
    CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MP_ERR_PEER_DIED);
    CHECK_EQ(mp_lock_free(&lock), MPI_SUCCESS);
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* What had been sent is received; then the end of the pipe is told apart from its being closed. */
static void end_dies(int victim)
{
    mp_pipe *pipe = NULL;
    char text[8] = "";
    if (mpitest_rank != 0 && !dies(victim)) {
        return;
    }
    CHECK_EQ(mp_pipe_create(MPI_COMM_WORLD, 0, victim, 1, &pipe), MPI_SUCCESS);
    if (dies(victim)) {
        CHECK_EQ(mp_pipe_send(pipe, "last", 5), MPI_SUCCESS);
        sync_nap(0.05);
        die();
    }
    CHECK_EQ(mp_pipe_recv(pipe, text, sizeof text, NULL, MP_FOREVER), MPI_SUCCESS);
    CHECK(!strcmp(text, "last"));
    CHECK_ERROR(mp_pipe_recv(pipe, text, sizeof text, NULL, MP_FOREVER), MP_ERR_PEER_DIED);
    CHECK_EQ(mp_pipe_close(&pipe), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(int victim);
    } cases[] = {{"holder", holder_dies},
                 {"party", party_dies},
                 {"producer", producer_dies},
                 {"home", home_dies},
                 {"end", end_dies}};
    sync_start(&argc, &argv);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
            cases[i].run(mpitest_size - 1);
        }
    }
    printf("rank %d: %d failures\n", mpitest_rank, (int)mpitest_failure_count);
    MPI_Finalize();
    return 0;
}
