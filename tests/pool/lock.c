/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks: one holder at a time among all threads of all ranks, in order, with limits of time. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=60 */
#include "sync.h"
#include "tests/lib/ownmemory.h"

enum { THREADS = 4, ROUNDS = 300 };

static mp_lock *shared;
static mp_array *counter;

/* A sum that is read, changed and written back: any two holders at a time would lose some. */
static void add_under_lock(void)
{
    int64_t value = 0;
    CHECK_EQ(mp_lock_acquire(shared, MP_FOREVER), MPI_SUCCESS);
    CHECK_EQ(mp_value_get(counter, &value), MPI_SUCCESS);
    value++;
    CHECK_EQ(mp_value_set(counter, &value), MPI_SUCCESS);
    CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
}

static void *add_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        add_under_lock();
    }
    return NULL;
}

static void test_exclusion(MPI_Comm comm, int home, int threads)
{
    int64_t value = 0;
    int size = 0;
    MPI_Comm_size(comm, &size);
    CHECK_EQ(mp_lock_create(comm, home, MP_LOCK_PLAIN, &shared), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(comm, home, MPI_INT64_T, NULL, &counter), MPI_SUCCESS);
    sync_run_threads(threads, add_many);
    MPI_Barrier(comm);
    CHECK_EQ(mp_value_get(counter, &value), MPI_SUCCESS);
    CHECK_EQ(value, (int64_t)size * threads * ROUNDS);
    CHECK_EQ(mp_array_free(&counter), MPI_SUCCESS);
    CHECK_EQ(mp_lock_free(&shared), MPI_SUCCESS);
    CHECK(shared == NULL);
}

static void *try_to_take(void *unused)
{
    (void)unused;
    CHECK_ERROR(mp_lock_acquire(shared, 0), MP_ERR_TIMEOUT);
    CHECK_ERROR(mp_lock_acquire(shared, 0.01), MP_ERR_TIMEOUT);
    CHECK_ERROR(mp_lock_release(shared), MP_ERR_HOLDER);
    return NULL;
}

/* A holder's own threads, and the other ranks, cannot take it; when it is
 * released the next one can. */
static void test_time_limits(int home)
{
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_PLAIN, &shared), MPI_SUCCESS);
    for (int holder = 0; holder < mpitest_size; holder++) {
        if (mpitest_rank == holder) {
            CHECK_EQ(mp_lock_acquire(shared, 0), MPI_SUCCESS);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        sync_run_threads(2, try_to_take);
        CHECK_ERROR(mp_lock_acquire(shared, 0.02), MP_ERR_TIMEOUT); // also by the holder itself
        CHECK(MPI_Wtime() - start >= 0.02);
        MPI_Barrier(MPI_COMM_WORLD);
        CHECK_ERROR(mpitest_rank == holder ? MP_ERR_HOLDER : mp_lock_release(shared),
                    MP_ERR_HOLDER);
        if (mpitest_rank == holder) {
            CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
            CHECK_ERROR(mp_lock_release(shared), MP_ERR_HOLDER);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    CHECK_EQ(mp_lock_free(&shared), MPI_SUCCESS);
}

/* Ranks ask for it one after the other while rank 0 has it. Whether they got it in that order. */
static bool is_in_order(int home)
{
    int turn[2] = {0, 0}, mine = 1, all = 0;
    mp_array *turns = NULL;
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_PLAIN, &shared), MPI_SUCCESS);
    CHECK_EQ(mp_array_create(MPI_COMM_WORLD, home, MPI_INT, 2, NULL, &turns), MPI_SUCCESS);
    if (mpitest_rank == 0) {
        CHECK_EQ(mp_lock_acquire(shared, MP_FOREVER), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank > 0) {
        sync_nap(0.05 * mpitest_rank);
        CHECK_EQ(mp_lock_acquire(shared, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_array_get(turns, 0, 1, turn), MPI_SUCCESS);
        mine = turn[0] == mpitest_rank - 1;
        turn[0]++;
        CHECK_EQ(mp_array_set(turns, 0, 1, turn), MPI_SUCCESS);
    } else {
        sync_nap(0.05 * (mpitest_size + 1));
    }
    CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
    CHECK_EQ(mp_array_free(&turns), MPI_SUCCESS);
    CHECK_EQ(mp_lock_free(&shared), MPI_SUCCESS);
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return all != 0;
}

/* Ranks that wait get it in the order in which they came. On a busy machine one may come late. */
static void test_order(int home)
{
    enum { ATTEMPTS = 5 };
    int failures = 0;
    while (failures < ATTEMPTS && !is_in_order(home)) {
        failures++;
    }
    CHECK(failures < ATTEMPTS);
}

/* Tens of thousands of times: memory stays flat. */
static void test_memory(int home)
{
    struct ownmemory memory = {0};
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_PLAIN, &shared), MPI_SUCCESS);
    for (int i = 1; i <= 20000 / mpitest_size; i++) {
        if (i % 1000 == 0) {
            ownmemory_look(&memory);
        }
        CHECK_EQ(mp_lock_acquire(shared, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
    }
    CHECK(ownmemory_is_flat(&memory, 1 << 20));
    CHECK_EQ(mp_lock_free(&shared), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_lock *lock = NULL;
    CHECK_ERROR(mp_lock_create(MPI_COMM_NULL, 0, MP_LOCK_PLAIN, &lock), MP_ERR_MEMBER);
    CHECK_ERROR(mp_lock_create(MPI_COMM_WORLD, -1, MP_LOCK_PLAIN, &lock), MPI_ERR_ARG);
    CHECK_ERROR(mp_lock_acquire(NULL, 0), MPI_ERR_ARG);
    CHECK_ERROR(mp_lock_release(NULL), MPI_ERR_ARG);
    CHECK_ERROR(mp_lock_free(&lock), MPI_ERR_ARG);
    if (mpitest_size > 1) {
        CHECK_ERROR(mp_lock_create(MPI_COMM_WORLD, mpitest_rank == 1, MP_LOCK_PLAIN, &lock),
                    MP_ERR_SIZE);
    }
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    test_exclusion(MPI_COMM_WORLD, 0, 1);
    test_exclusion(MPI_COMM_WORLD, mpitest_size - 1, THREADS);
    test_exclusion(MPI_COMM_SELF, 0, THREADS);
    test_time_limits(mpitest_size / 2);
    test_order(mpitest_size - 1);
    test_memory(0);
    test_misuse();
    return mpitest_finish();
}
