/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes of chunks, and when the tasks of a map end: a root that works and remote workers, in a time
 * of their own, so that the machine's other work changes nothing. */
#include "pool/schedule.h"

#include <math.h>

#include "tests/lib/unit.h"

enum { TASKS_MAX = 40000, WORKERS_MAX = 7, CHUNKS_MAX = 16, SEEDS = 50 };

static const double message_ns = 2000; /* on its way */
static const double call_ns = 700;     /* of the root, for each message */

struct chunk {
    int64_t count;
    double given_ns, work_ns;
};

struct worker {
    struct chunk chunks[CHUNKS_MAX]; /* in hand */
    int chunk_count;
    int64_t task_count;              /* in them */
    int64_t done_count;
    double free_ns;                  /* when it had done what came before */
};

struct world {
    double task_ns[TASKS_MAX];
    int64_t count, begin;
    struct mpp_pace pace;
    struct worker workers[WORKERS_MAX];
    int worker_count; /* besides the root */
    int64_t own_count;
    double now_ns;    /* of the root */
};

static struct world world;

/* ---- Tasks ---- */

static double total_ns(void)
{
    double sum = 0;
    for (int64_t i = 0; i < world.count; i++) {
        sum += world.task_ns[i];
    }
    return sum;
}

static void even_tasks(int64_t count, double task_ns)
{
    world = (struct world){.count = count};
    for (int64_t i = 0; i < count; i++) {
        world.task_ns[i] = task_ns;
    }
}

/* One task in 50 takes 200 times as long: regularly, or at random. */
static void uneven_tasks(unsigned seed)
{
    even_tasks(5000, 10e3);
    for (int64_t i = 0; i < world.count; i++) {
        seed = seed * 1103515245 + 12345;
        world.task_ns[i] *= (seed ? (seed >> 16) % 50 == 0 : i % 50 == 25) ? 200 : 1;
    }
}

/* ---- The root and its workers ---- */

static struct chunk take(int64_t count)
{
    struct chunk chunk = {.count = count, .given_ns = world.now_ns};
    for (; count > 0; count--) {
        chunk.work_ns += world.task_ns[world.begin++];
    }
    return chunk;
}

/* When a worker's first chunk is back. */
static double end_ns(const struct worker *worker)
{
    const struct chunk *chunk = &worker->chunks[0];
    return fmax(worker->free_ns, chunk->given_ns + message_ns) + chunk->work_ns + message_ns;
}

static void take_results(struct worker *worker)
{
    while (worker->chunk_count && end_ns(worker) <= world.now_ns) {
        struct chunk chunk = worker->chunks[0];
        worker->free_ns = end_ns(worker) - message_ns;
        mpp_pace_add(&world.pace, chunk.count, (uint64_t)chunk.work_ns);
        worker->done_count += chunk.count;
        worker->task_count -= chunk.count;
        worker->chunk_count--;
        memmove(worker->chunks, worker->chunks + 1, (size_t)worker->chunk_count * sizeof chunk);
    }
}

static struct mpp_share share(void)
{
    return (struct mpp_share){.remaining = world.count - world.begin,
                              .workers = world.worker_count + 1,
                              .task_bytes = sizeof(double)};
}

static void feed(struct worker *worker)
{
    while (world.begin < world.count) {
        struct mpp_share of_worker = share();
        of_worker.done_count = worker->done_count + worker->task_count;
        of_worker.under_way = worker->task_count;
        of_worker.chunks_under_way = worker->chunk_count;
        of_worker.chunks_max = CHUNKS_MAX;
        if (!mpp_chunk_is_due(&world.pace, &of_worker)) {
            return;
        }
        int64_t count = mpp_chunk_count(&world.pace, &of_worker);
        worker->chunks[worker->chunk_count++] = take(count);
        worker->task_count += count;
        world.now_ns += call_ns;
    }
}

static void work_here(void)
{
    struct mpp_share of_root = share();
    of_root.done_count = world.own_count;
    struct chunk chunk = take(mpp_chunk_count(&world.pace, &of_root));
    mpp_pace_add(&world.pace, chunk.count, (uint64_t)chunk.work_ns);
    world.own_count += chunk.count;
    world.now_ns += chunk.work_ns;
}

/* Waits for the next result. Returns whether there is one to come. */
static int rest(void)
{
    double first_ns = INFINITY;
    for (int i = 0; i < world.worker_count; i++) {
        if (world.workers[i].chunk_count) {
            first_ns = fmin(first_ns, end_ns(&world.workers[i]));
        }
    }
    world.now_ns = isinf(first_ns) ? world.now_ns : fmax(world.now_ns, first_ns);
    return !isinf(first_ns);
}

/* Runs all tasks. Returns the time that takes, divided by the work of each. */
static double map(int worker_count)
{
    int goes_on = 1;
    world.worker_count = worker_count;
    while (goes_on) {
        for (int i = 0; i < worker_count; i++) {
            take_results(&world.workers[i]);
        }
        for (int i = 0; i < worker_count; i++) {
            feed(&world.workers[i]);
        }
        if (world.begin < world.count) {
            work_here();
        } else {
            goes_on = rest();
        }
    }
    return world.now_ns / (total_ns() / (worker_count + 1));
}

/* ---- Tests ---- */

static void even_tasks_end_together(void)
{
    even_tasks(40000, 1e3);
    CU_ASSERT_TRUE(map(1) < 1.02);
    even_tasks(4000, 10e3);
    CU_ASSERT_TRUE(map(1) < 1.02);
    even_tasks(100, 1e6);
    CU_ASSERT_TRUE(map(1) < 1.02);
    even_tasks(100, 1e6);
    CU_ASSERT_TRUE(map(3) < 1.02);
    even_tasks(4000, 10e3);
    CU_ASSERT_TRUE(map(7) < 1.02);
}

/* While the root runs a long task it gives nothing, and the others must have enough in hand. */
static void uneven_tasks_end_together(void)
{
    double sum = 0;
    uneven_tasks(0);
    CU_ASSERT_TRUE(map(1) < 1.03);
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        uneven_tasks(seed);
        sum += map(1);
    }
    CU_ASSERT_TRUE(sum / SEEDS < 1.03);
    uneven_tasks(0);
    CU_ASSERT_TRUE(map(3) < 1.06);
}

/* One task at the end must not wait behind others while somebody is idle. */
static void nobody_hoards_at_the_end(void)
{
    struct mpp_pace pace = {.task_ns = 10e3, .longest_ns = 2e6, .measured_count = 1000};
    struct mpp_share of_worker = {.remaining = 8,
                                  .workers = 2,
                                  .done_count = 1000,
                                  .under_way = 5,
                                  .chunks_under_way = 1,
                                  .chunks_max = CHUNKS_MAX};

    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 1);
    CU_ASSERT_FALSE(mpp_chunk_is_due(&pace, &of_worker));
    of_worker.under_way = 2;
    CU_ASSERT_TRUE(mpp_chunk_is_due(&pace, &of_worker));
}

static void nothing_is_known_at_first(void)
{
    struct mpp_pace pace = {0};
    struct mpp_share of_worker = {.remaining = 1000000, .workers = 2, .chunks_max = CHUNKS_MAX};

    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 1);
    of_worker.done_count = 1;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 2);
    of_worker.chunks_under_way = 2;
    CU_ASSERT_FALSE(mpp_chunk_is_due(&pace, &of_worker));
}

static void limits_hold(void)
{
    struct mpp_pace pace = {.task_ns = 1, .longest_ns = 1, .measured_count = 1000000};
    struct mpp_share of_worker = {.remaining = 100000,
                                  .workers = 2,
                                  .done_count = 1000000,
                                  .limit = 7,
                                  .chunks_max = CHUNKS_MAX};

    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 7);
    of_worker.limit = 0;
    of_worker.task_bytes = 128 << 10;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 4);
    of_worker.task_bytes = 1 << 30;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 1);
    pace.task_ns = 1e9;
    of_worker.fixed = 20;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 20);
    of_worker.remaining = 11;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 11);
    of_worker.fixed = INT64_C(1) << 62;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), 11);
    of_worker.remaining = INT64_MAX;
    CU_ASSERT_EQUAL(mpp_chunk_count(&pace, &of_worker), INT32_MAX);
}

UNIT_MAIN("schedule of a pool", UNIT(even_tasks_end_together), UNIT(uneven_tasks_end_together),
          UNIT(nobody_hoards_at_the_end), UNIT(nothing_is_known_at_first), UNIT(limits_hold))
