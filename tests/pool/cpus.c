/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests/pool/cpus.sh runs: says how many ranks there are, how many CPUs each may use, and what
 * the largest share of a task is. */
#include <mp.h>
#include <stdio.h>
#include <string.h>

static int tell_budget(const void *in, void *out, mp_task *task)
{
    int budget = mp_cpu_budget();
    (void)in;
    (void)task;
    memcpy(out, &budget, sizeof budget);
    return 0;
}

int main(int argc, char **argv)
{
    enum { TASKS = 64 };
    int budgets[TASKS] = {0};
    int ranks = 0;
    int largest = 0;
    mp_pool *pool = NULL;
    mp_init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    mp_pool_create(MPI_COMM_WORLD, NULL, &pool);
    if (pool) {
        mp_pool_map(pool, tell_budget, NULL, TASKS, 0, budgets, sizeof *budgets, NULL);
        for (int i = 0; i < TASKS; i++) {
            largest = budgets[i] > largest ? budgets[i] : largest;
        }
        printf("%d ranks, %d CPUs, %d for a task\n", ranks, mp_cpu_count(), largest);
        mp_pool_free(&pool);
    }
    MPI_Finalize();
    return 0;
}
