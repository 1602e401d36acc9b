/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests/pool/disturbances.sh runs: a map that takes a while.
 *
 *     disturbed TASKS MS [LABEL [WORKERS]]
 *
 * Tasks of so many milliseconds each; with a progress line, unless the label is empty; over the
 * ranks, or over three "processes" or "threads" of rank 0.
 *
 * Says on standard output when a process of its own, and when the map, has begun, and what came of
 * it. A second program is made of this file, with OTHER_BUILD defined, whose functions are
 * others. */
#include <mp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef OTHER_BUILD
const char build_name[] = "other";
#else
const char build_name[] = "first";
#endif

static int nap(const void *in, void *out, mp_task *task)
{
    int ms;
    (void)task;
    memcpy(&ms, in, sizeof ms);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
    ms = 1;
    memcpy(out, &ms, sizeof ms);
    return 0;
}

static int say_worker(const void *argument, size_t bytes, void **state)
{
    (void)argument;
    (void)bytes;
    (void)state;
    puts("worker");
    return fflush(stdout);
}

static void say_begun(const mp_result *result, void *state)
{
    int *was_said = state;
    (void)result;
    if (!*was_said) {
        *was_said = 1;
        puts("begun");
        fflush(stdout);
    }
}

/* Outputs of tasks that were done are there, and no others. */
static int count_done(const int *out, int count)
{
    int done = 0;
    for (int i = 0; i < count; i++) {
        done += out[i] == 1;
    }
    return done;
}

int main(int argc, char **argv)
{
    mp_pool *pool = NULL;
    mp_init(&argc, &argv);
    int count = argc > 2 ? atoi(argv[1]) : 1;
    int *in = malloc((size_t)count * sizeof *in);
    int *out = calloc((size_t)count, sizeof *out);
    int was_said = 0;
    const char *workers = argc > 4 ? argv[4] : "ranks";
    const mp_pool_options pool_options = {.processes = *workers == 'p' ? 3 : 0,
                                          .threads = *workers == 't' ? 3 : 0,
                                          .initializer = *workers == 'p' ? say_worker : NULL};
    mp_options options = {.chunk = 1,
                          .progress = argc > 3 && *argv[3] ? argv[3] : NULL,
                          .on_result = say_begun,
                          .callback_state = &was_said};
    for (int i = 0; i < count; i++) {
        in[i] = argc > 2 ? atoi(argv[2]) : 0;
    }
    mp_pool_create(MPI_COMM_WORLD, &pool_options, &pool);
    if (pool) {
        const mp_failure *failures = NULL;
        int64_t failure_count = 0;
        int error = mp_pool_map(pool, nap, in, count, sizeof *in, out, sizeof *out, &options);
        const char *text = error ? mp_error_text() : "";
        mp_pool_failures(pool, &failures, &failure_count);
        printf("%s: %d done, %s%s\n", build_name, count_done(out, count),
               !error                         ? "success"
               : error == MP_ERR_INTERRUPTED ? "interrupted: "
               : error == MP_ERR_TASK        ? "failed: "
                                             : "other: ",
               text);
        if (failure_count && failures[0].error == MP_ERR_BINARY) {
            printf("another binary: %s\n", failures[0].text);
        }
        mp_pool_free(&pool);
    }
    free(in);
    free(out);
    MPI_Finalize();
    return 0;
}
