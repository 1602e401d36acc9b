/* SPDX-License-Identifier: BSD-3-Clause */
/* Each worker knows its share of the CPUs: a task that makes a pool of its own, as large as its
 * budget, and so on, does not take all CPUs several times over; libraries with threads are told by
 * OMP_NUM_THREADS. And mp_cpu_count, which the affinity of a process limits. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include <mp.h>
#include <sched.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

struct nested {
    int budget;  /* of the task */
    int count;   /* of the CPUs that it may use */
    int workers; /* of the pool that it made */
    int inner;   /* most that tasks of that pool may use, all together */
};

static int tell_budget(const void *in, void *out, mp_task *task)
{
    int budget = mp_cpu_budget();
    (void)in;
    (void)task;
    memcpy(out, &budget, sizeof budget);
    return 0;
}

/* A task that makes a pool of threads, as many as its budget allows. */
static int nest(const void *in, void *out, mp_task *task)
{
    enum { COUNT = 10 };
    struct nested nested = {.budget = mp_cpu_budget(), .count = mp_cpu_count()};
    mp_pool_options options = {.threads = nested.budget};
    mp_pool *pool = NULL;
    int budgets[COUNT];
    (void)in;
    (void)task;
    int error = mp_pool_create(MPI_COMM_SELF, &options, &pool);
    error = error ? error : mp_pool_workers(pool, &nested.workers);
    error = error ? error
                  : mp_pool_map(pool, tell_budget, NULL, COUNT, 0, budgets, sizeof *budgets, NULL);
    for (int i = 0; i < COUNT && !error; i++) {
        int all = budgets[i] * nested.workers;
        nested.inner = all > nested.inner ? all : nested.inner;
    }
    error = error ? error : mp_pool_free(&pool);
    memcpy(out, &nested, sizeof nested);
    return error;
}

/* `workers` of them, which share `cpus`, or have CPUs of their own. */
static void check_nested(const struct nested *nested, int workers, int cpus)
{
    CHECK(nested->budget >= 1 && nested->budget <= nested->count);
    CHECK(nested->budget == 1 || nested->count < cpus || nested->budget * workers <= cpus);
    CHECK_EQ(nested->workers, nested->budget);
    CHECK_EQ(nested->inner, nested->budget);
}

static void test_pool(const mp_pool_options *options)
{
    enum { COUNT = 16 };
    const mp_options one_by_one = {.chunk = 1};
    int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    int before = mp_cpu_budget();
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, options, &pool), MPI_SUCCESS);
    if (pool) {
        struct nested out[COUNT];
        int workers = 0;
        CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
        CHECK_EQ(mp_pool_map(pool, nest, NULL, COUNT, 0, out, sizeof *out, &one_by_one),
                 MPI_SUCCESS);
        for (int i = 0; i < COUNT; i++) {
            check_nested(&out[i], workers, cpus);
        }
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    CHECK_EQ(mp_cpu_budget(), before); /* the worker's share was one of that pool */
}

/* Threads of one process share what it has, bound or not. */
static void test_threads(int threads)
{
    const mp_pool_options options = {.threads = threads};
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_SUCCESS);
    int budgets[20];
    CHECK_EQ(mp_pool_map(pool, tell_budget, NULL, 20, 0, budgets, sizeof *budgets, NULL),
             MPI_SUCCESS);
    for (int i = 0; i < 20; i++) {
        CHECK(budgets[i] == 1 || budgets[i] * threads <= mp_cpu_budget());
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

/* mprun says it to each rank; elsewhere it may be unset. */
static void test_threaded_libraries(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    int threads = text ? atoi(text) : 1;
    CHECK(threads == 1 || threads * mpitest_size <= sysconf(_SC_NPROCESSORS_ONLN));
#ifdef MPI_ABI_VERSION
    CHECK(text != NULL);
#endif
}

static void test_cpu_count(void)
{
    cpu_set_t before, one;
    int count = mp_cpu_count();
    CHECK(count >= 1 && count <= sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(mp_cpu_budget() >= 1 && mp_cpu_budget() <= count);
    CHECK_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++) {
        if (CPU_ISSET(cpu, &before)) {
            CPU_SET(cpu, &one);
        }
    }
    CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    CHECK_EQ(mp_cpu_count(), 1);
    CHECK_EQ(mp_cpu_budget(), 1);
    CHECK_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    test_pool(NULL);
    test_pool(&(mp_pool_options){.root = mpitest_size - 1});
    test_pool(&(mp_pool_options){.threads = 3});
    for (int threads = 1; threads <= 4; threads++) {
        test_threads(threads);
    }
    test_threaded_libraries();
    test_cpu_count();
    return mpitest_finish();
}
