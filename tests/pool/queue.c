/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues: what is put is got once, in the order of each who puts; limits of
 * room and time; the end. */
/* matrix: np=1,3,8 copy=chunk rings=default,tiny limit=120 */
#include "sync.h"
#include "tests/lib/ownmemory.h"

struct item {
    int rank;
    int number;
};

static int home;
static mp_queue *shared;

/* Every rank puts, and every rank gets, until all that was put is got. */
static void test_all_to_all(int64_t capacity, int items)
{
    mp_queue *queue = NULL;
    int *last = calloc((size_t)mpitest_size, sizeof *last);
    int64_t sums[2] = {0};
    int64_t all[2] = {0};
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof(struct item), capacity, &queue),
             MPI_SUCCESS);
    // Ranks of different phase: some put first, so that the queue fills, and others get meanwhile.
    for (int put = 0, got = 0; put < items || got < items;) {
        struct item item = {mpitest_rank, put + 1};
        int error = MP_ERR_TIMEOUT;
        if (put < items) {
            error = mp_queue_put(queue, &item, sizeof item, 0);
            CHECK(error == MPI_SUCCESS || error == MP_ERR_TIMEOUT);
            put += error == MPI_SUCCESS;
        }
        if (got < items && error != MPI_SUCCESS) {
            size_t bytes = 0;
            error = mp_queue_get(queue, &item, &bytes, put < items ? 0 : MP_FOREVER);
            CHECK(error == MPI_SUCCESS || (error == MP_ERR_TIMEOUT && put < items));
            if (error == MPI_SUCCESS) {
                CHECK_EQ(bytes, sizeof item);
                CHECK(item.number > last[item.rank]);
                last[item.rank] = item.number;
                sums[0] += item.number;
                sums[1]++;
                got++;
            }
        }
    }
    MPI_Allreduce(sums, all, 2, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(all[1], (int64_t)items * mpitest_size);
    CHECK_EQ(all[0], (int64_t)items * (items + 1) / 2 * mpitest_size);
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
    CHECK(queue == NULL);
    free(last);
}

/* One puts all, in order, and the last rank gets all, in order; sizes of messages differ. */
static void test_stream(size_t item_bytes, int count, int64_t capacity)
{
    mp_queue *queue = NULL;
    int getter = mpitest_size - 1;
    char *buffer = mpitest_malloc(item_bytes);
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, item_bytes, capacity, &queue), MPI_SUCCESS);
    for (int i = 0; i < count; i++) {
        size_t bytes = (size_t)i * 7919 % (item_bytes + 1);
        size_t got = 0;
        if (mpitest_rank == 0) {
            mpitest_fill(buffer, bytes, (uint64_t)i);
            CHECK_EQ(mp_queue_put(queue, buffer, bytes, mpitest_size == 1 ? 0 : MP_FOREVER),
                     MPI_SUCCESS);
        }
        if (mpitest_rank == getter) {
            CHECK_EQ(mp_queue_get(queue, buffer, &got, MP_FOREVER), MPI_SUCCESS);
            CHECK_EQ(got, bytes);
            CHECK_PATTERN(buffer, bytes, (uint64_t)i);
        }
    }
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
    free(buffer);
}

/* No more than the capacity fits, whoever puts; then there is room again. */
static void test_capacity(void)
{
    enum { CAPACITY = 5 };
    mp_queue *queue = NULL;
    int64_t size = 0;
    int flag = 0;
    int mine = 0;
    int all = 0;
    int64_t item = mpitest_rank;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, CAPACITY, &queue), MPI_SUCCESS);
    CHECK_EQ(mp_queue_empty(queue, &flag), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < CAPACITY + 1; i++) {
        int error = mp_queue_put(queue, &item, sizeof item, 0);
        CHECK(error == MPI_SUCCESS || error == MP_ERR_TIMEOUT);
        mine += error == MPI_SUCCESS;
    }
    CHECK_EQ(mp_queue_size(queue, &size), MPI_SUCCESS); // takes what we have put along
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(all, CAPACITY);
    CHECK_EQ(mp_queue_full(queue, &flag), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    CHECK_EQ(mp_queue_size(queue, &size), MPI_SUCCESS);
    CHECK_EQ(size, CAPACITY);
    double start = MPI_Wtime();
    CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, 0.05), MP_ERR_TIMEOUT);
    CHECK(MPI_Wtime() - start >= 0.05);
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == mpitest_size - 1) {
        for (int i = 0; i < CAPACITY; i++) {
            CHECK_EQ(mp_queue_get(queue, &item, NULL, 0), MPI_SUCCESS);
        }
        CHECK_ERROR(mp_queue_get(queue, &item, NULL, 0), MP_ERR_TIMEOUT);
        CHECK_ERROR(mp_queue_get(queue, &item, NULL, 0.02), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_queue_put(queue, &item, sizeof item, 0), MPI_SUCCESS);
        CHECK_EQ(mp_queue_get(queue, &item, NULL, 0), MPI_SUCCESS);
    }
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* After a close nothing can be put; what was put before is got; then the end. */
static void test_close(void)
{
    enum { ITEMS = 300 };
    mp_queue *queue = NULL;
    int64_t item = 0;
    int64_t count = 0;
    int64_t all = 0;
    int error = MPI_SUCCESS;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, ITEMS * mpitest_size, &queue),
             MPI_SUCCESS);
    for (int i = 0; i < ITEMS; i++) {
        CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == mpitest_size - 1) {
        CHECK_EQ(mp_queue_close(queue), MPI_SUCCESS);
        CHECK_EQ(mp_queue_close(queue), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MP_ERR_CLOSED);
    CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, 0), MP_ERR_CLOSED);
    while ((error = mp_queue_get(queue, &item, NULL, MP_FOREVER)) == MPI_SUCCESS) {
        count++;
    }
    CHECK_ERROR(error, MP_ERR_CLOSED);
    MPI_Allreduce(&count, &all, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(all, (int64_t)ITEMS * mpitest_size);
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* Those who wait for an item, or for room, learn of a close. */
static void test_close_wakes(int is_full)
{
    mp_queue *queue = NULL;
    int64_t item = 0;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 1, &queue), MPI_SUCCESS);
    if (is_full && mpitest_rank == 0) {
        CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_queue_size(queue, &item), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 0) {
        sync_nap(0.02);
        CHECK_EQ(mp_queue_close(queue), MPI_SUCCESS);
    } else if (is_full) {
        CHECK_ERROR(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MP_ERR_CLOSED);
    } else {
        CHECK_ERROR(mp_queue_get(queue, &item, NULL, MP_FOREVER), MP_ERR_CLOSED);
    }
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* Gets that time out, again and again, while items come now and then: none is lost. */
static void test_cancelled_gets(void)
{
    enum { ITEMS = 300 };
    mp_queue *queue = NULL;
    int64_t item = 0;
    int64_t got = 0;
    int64_t all = 0;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 0, &queue), MPI_SUCCESS);
    if (mpitest_rank == 0) {
        for (int i = 0; i < ITEMS; i++) {
            CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
            sync_nap((double)mpitest_random_below(100) * 1e-6);
        }
        CHECK_EQ(mp_queue_close(queue), MPI_SUCCESS);
    }
    if (mpitest_rank != 0 || mpitest_size == 1) {
        int error;
        while ((error = mp_queue_get(queue, &item, NULL,
                                     (double)mpitest_random_below(60) * 1e-6)) != MP_ERR_CLOSED) {
            CHECK(error == MPI_SUCCESS || error == MP_ERR_TIMEOUT);
            got += error == MPI_SUCCESS;
        }
    }
    MPI_Allreduce(&got, &all, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(all, ITEMS);
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

/* An item does not wait for the next call of one who computes, nor for a home that computes. */
static void test_computing(void)
{
    mp_queue *queue = NULL;
    int64_t item = 0;
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 0, &queue), MPI_SUCCESS);
    if (mpitest_rank == 1 % mpitest_size) {
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
        }
    }
    if (mpitest_rank == mpitest_size - 1) {
        double start = MPI_Wtime();
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(mp_queue_get(queue, &item, NULL, 20), MPI_SUCCESS);
        }
        CHECK(MPI_Wtime() - start < 20);
    } else {
        sync_nap(0.3);
    }
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
}

enum { THREADS = 4, THREAD_ITEMS = 2000 };
static int64_t thread_sum[THREADS];

/* Even threads put, odd ones get. */
static void *put_or_get(void *argument)
{
    int number = *(int *)argument;
    int64_t item = 0;
    for (int i = 0; i < THREAD_ITEMS; i++) {
        if (number % 2 == 0) {
            item = i + 1;
            CHECK_EQ(mp_queue_put(shared, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
        } else {
            CHECK_EQ(mp_queue_get(shared, &item, NULL, MP_FOREVER), MPI_SUCCESS);
            thread_sum[number] += item;
        }
    }
    return NULL;
}

static void test_threads(MPI_Comm comm)
{
    int64_t sum = 0;
    int64_t all = 0;
    int size = 0;
    MPI_Comm_size(comm, &size);
    CHECK_EQ(mp_queue_create(comm, 0, sizeof(int64_t), 3, &shared), MPI_SUCCESS);
    memset(thread_sum, 0, sizeof thread_sum);
    sync_run_threads(THREADS, put_or_get);
    for (int i = 0; i < THREADS; i++) {
        sum += thread_sum[i];
    }
    MPI_Allreduce(&sum, &all, 1, MPI_INT64_T, MPI_SUM, comm);
    CHECK_EQ(all, (int64_t)size * THREADS / 2 * THREAD_ITEMS * (THREAD_ITEMS + 1) / 2);
    CHECK_EQ(mp_queue_free(&shared), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_queue *queue = NULL;
    char item[9] = "";
    CHECK_ERROR(mp_queue_create(MPI_COMM_NULL, 0, 8, 0, &queue), MP_ERR_MEMBER);
    CHECK_ERROR(mp_queue_create(MPI_COMM_WORLD, mpitest_size, 8, 0, &queue), MPI_ERR_ARG);
    CHECK_ERROR(mp_queue_create(MPI_COMM_WORLD, 0, 0, 0, &queue), MPI_ERR_ARG);
    CHECK_ERROR(mp_queue_create(MPI_COMM_WORLD, 0, 8, 0, NULL), MPI_ERR_ARG);
    CHECK_ERROR(mp_queue_put(NULL, item, 8, 0), MPI_ERR_ARG);
    if (mpitest_size > 1) {
        CHECK_ERROR(mp_queue_create(MPI_COMM_WORLD, 0, 8 + (size_t)mpitest_rank, 0, &queue),
                    MP_ERR_SIZE);
        CHECK(queue == NULL);
    }
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, 8, 0, &queue), MPI_SUCCESS);
    CHECK_ERROR(mp_queue_put(queue, item, 9, 0), MP_ERR_SIZE);
    CHECK_ERROR(mp_queue_get(queue, NULL, NULL, 0), MPI_ERR_ARG);
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
    CHECK_ERROR(mp_queue_free(&queue), MPI_ERR_ARG);
}

enum { MEMORY_MOST_BYTES = 512 << 10 };

/* Memory stays flat over many items, and many queues. */
static void test_memory(void)
{
    mp_queue *queue = NULL;
    int64_t item = 0;
    struct ownmemory memory = {0};
    CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 1000, &queue), MPI_SUCCESS);
    int putters = mpitest_size > 1 ? mpitest_size - 1 : 1;
    for (int i = 1; i <= 50000; i++) {
        if (mpitest_rank != home || mpitest_size == 1) {
            CHECK_EQ(mp_queue_put(queue, &item, sizeof item, MP_FOREVER), MPI_SUCCESS);
        }
        for (int k = 0; k < putters && mpitest_rank == home; k++) {
            CHECK_EQ(mp_queue_get(queue, &item, NULL, MP_FOREVER), MPI_SUCCESS);
        }
        if (i % 5000 == 0) {
            ownmemory_look(&memory);
        }
    }
    CHECK(ownmemory_is_flat(&memory, MEMORY_MOST_BYTES));
    CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
    memory = (struct ownmemory){0};
    for (int i = 1; i <= 1000; i++) {
        CHECK_EQ(mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 10, &queue), MPI_SUCCESS);
        CHECK_EQ(mp_queue_free(&queue), MPI_SUCCESS);
        if (i % 100 == 0) {
            ownmemory_look(&memory);
        }
    }
    CHECK(ownmemory_is_flat(&memory, MEMORY_MOST_BYTES));
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    for (home = 0; home<mpitest_size; home += mpitest_size> 1 ? mpitest_size - 1 : 1) {
        test_all_to_all(0, 1000);
        test_all_to_all(7, 1000);
        test_all_to_all(1, 200);
        test_stream(8, 5000, 0);
        test_stream(300, 2000, 3);
        test_stream(100000, 50, 4);
        test_capacity();
        test_close();
        test_close_wakes(0);
        test_close_wakes(1);
        test_cancelled_gets();
        test_computing();
    }
    home = mpitest_size / 2;
    test_misuse();
    test_threads(MPI_COMM_SELF);
    test_threads(MPI_COMM_WORLD);
    test_memory();
    return mpitest_finish();
}
