/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers die in the midst of a computation, several at any time, and nothing is lost: workers SEED
 *
 * Rank 0 hands out TASKS tasks to the others, some at a time, and receives results from whoever
 * sends one. A task is a number of bytes that the worker returns changed. When a receive says that
 * a worker has died, its tasks go to others. Rank 1 lives; each other worker dies with a
 * probability of three in four, by SIGKILL, at a random instant. The results, and how many deaths
 * rank 0 has heard of, must be right. Run by mprun --continue with at least 3 ranks. */
#include <mpi.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { TASKS = 400, AT_ONCE = 3, BYTES_MAX = 120000, LIFE_US = 30000 };
enum { TAG_TASK = 0, TAG_STOP = TASKS };

static int rank, size;
static unsigned seed;

static uint32_t mix(uint32_t value)
{
    value = (value ^ value >> 16) * 0x45d9f3bu;
    value = (value ^ value >> 16) * 0x45d9f3bu;
    return value ^ value >> 16;
}

static void fail(const char *what, int number)
{
    fprintf(stderr, "workers %u: rank %d: %s %d\n", seed, rank, what, number);
    exit(98);
}

/* ---- Tasks ---- */

static int bytes_of(int task)
{
    const uint32_t random = mix((uint32_t)task + seed * 7919u);

    return (int)(random % 8 < 5 ? random / 8 % 200 : random / 8 % BYTES_MAX);
}

static void fill(unsigned char *data, int task)
{
    for (int i = 0; i < bytes_of(task); i++) {
        data[i] = (unsigned char)(task + i);
    }
}

static bool is_result(const unsigned char *data, int bytes, int task)
{
    bool is_right = bytes == bytes_of(task);

    for (int i = 0; i < bytes && is_right; i++) {
        is_right = data[i] == (unsigned char)~(task + i);
    }
    return is_right;
}

/* ---- A worker ---- */

static void doom(void)
{
    const uint32_t random = mix(seed * 64 + (uint32_t)rank);
    const struct itimerval timer = {.it_value.tv_usec = 1 + random / 4 % LIFE_US};

    if (rank > 1 && random % 4 != 0) {
        setitimer(ITIMER_REAL, &timer, NULL);
    }
}

static void deed(int number)
{
    (void)number;
    raise(SIGKILL);
}

static void work(unsigned char *data)
{
    MPI_Status status;
    int bytes;

    signal(SIGALRM, deed);
    doom();
    for (;;) {
        MPI_Recv(data, BYTES_MAX, MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        if (status.MPI_TAG == TAG_STOP) {
            return;
        }
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        for (int i = 0; i < bytes; i++) {
            data[i] = (unsigned char)~data[i];
        }
        MPI_Send(data, bytes, MPI_BYTE, 0, status.MPI_TAG, MPI_COMM_WORLD);
    }
}

/* ---- The root ---- */

static int holder[TASKS]; /* of a task: the worker that has it, 0: nobody, -1: it is done */
static bool is_dead[64];
static int at_work[64]; /* tasks of each worker */
static unsigned char *task_data[64][AT_ONCE];
static MPI_Request sends[64][AT_ONCE];

static int find_task(void)
{
    int task = 0;

    while (task < TASKS && holder[task] != 0) {
        task++;
    }
    return task;
}

/* A send that fails is as good as one that succeeds: the death is told by a receive. */
static void give(int worker, int task)
{
    int slot = 0, done = 0;

    for (; slot < AT_ONCE; slot++) {
        MPI_Test(&sends[worker][slot], &done, MPI_STATUS_IGNORE);
        if (sends[worker][slot] == MPI_REQUEST_NULL) {
            break;
        }
    }
    if (slot == AT_ONCE) {
        fail("the worker has sent more results than it had tasks:", worker);
    }
    fill(task_data[worker][slot], task);
    MPI_Isend(task_data[worker][slot], bytes_of(task), MPI_BYTE, worker, task, MPI_COMM_WORLD,
              &sends[worker][slot]);
    holder[task] = worker;
    at_work[worker]++;
}

static void feed(void)
{
    for (int round = 0; round < AT_ONCE; round++) {
        for (int worker = 1; worker < size; worker++) {
            const int task = find_task();
            if (task < TASKS && !is_dead[worker] && at_work[worker] <= round) {
                give(worker, task);
            }
        }
    }
}

static void bury(int worker)
{
    if (worker < 2 || worker >= size || is_dead[worker]) {
        fail("a death that cannot be is told: that of", worker);
    }
    is_dead[worker] = true;
    for (int task = 0; task < TASKS; task++) {
        holder[task] = holder[task] == worker ? 0 : holder[task];
    }
}

static void take_result(const unsigned char *data, const MPI_Status *status)
{
    const int task = status->MPI_TAG, worker = status->MPI_SOURCE;
    int bytes;

    MPI_Get_count(status, MPI_BYTE, &bytes);
    at_work[worker]--;
    if (!is_result(data, bytes, task)) {
        fail("wrong is the result of task", task);
    }
    // What a worker had sent before it died comes all the same, maybe after the word of its death.
    if (holder[task] != worker && !is_dead[worker]) {
        fail("a second result has come of task", task);
    }
    holder[task] = -1;
}

static bool all_done(void)
{
    for (int task = 0; task < TASKS; task++) {
        if (holder[task] >= 0) {
            return false;
        }
    }
    return true;
}

static void lead(unsigned char *data)
{
    MPI_Status status;
    int class;

    while (!all_done()) {
        feed();
        MPI_Error_class(MPI_Recv(data, BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG,
                                 MPI_COMM_WORLD, &status),
                        &class);
        if (class == MPI_SUCCESS) {
            take_result(data, &status);
        } else if (class != MPI_ERR_PROC_ABORTED) {
            fail("a receive has failed with class", class);
        } else if (!is_dead[status.MPI_SOURCE]) {
            bury(status.MPI_SOURCE); // by name, when its message was cut short: told once more
        }
    }
    for (int worker = 1; worker < size; worker++) {
        MPI_Send(NULL, 0, MPI_BYTE, worker, TAG_STOP, MPI_COMM_WORLD);
        MPI_Waitall(AT_ONCE, sends[worker], MPI_STATUSES_IGNORE);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc != 2 || size < 3 || size > 64) {
        fprintf(stderr, "usage: mprun --continue -n 3..64 workers SEED\n");
        return 99;
    }
    seed = (unsigned)strtoul(argv[1], NULL, 10);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    unsigned char *data = malloc(BYTES_MAX);
    for (int worker = 1; rank == 0 && worker < size; worker++) {
        for (int slot = 0; slot < AT_ONCE; slot++) {
            task_data[worker][slot] = malloc(BYTES_MAX);
            sends[worker][slot] = MPI_REQUEST_NULL;
        }
    }
    if (rank == 0) {
        lead(data);
        printf("all tasks are done\n");
    } else {
        work(data);
    }
    for (int worker = 1; rank == 0 && worker < size; worker++) {
        for (int slot = 0; slot < AT_ONCE; slot++) {
            free(task_data[worker][slot]);
        }
    }
    free(data);
    MPI_Finalize();
    return 0;
}
