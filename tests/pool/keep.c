/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests/pool/kept.sh runs: maps whose results are kept in a file.
 *
 *     keep map FILE COUNT    computes what is missing, checks all; prints what was found and missed
 *     keep churn FILE SHARED checks everything in the file, then adds to it until it is killed;
 *                            SHARED is a file with the number of results that must be found
 *
 * A second program is made of this file, with OTHER_BUILD defined: the same
 * tasks in another build. */
#include <fcntl.h>
#include <mp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef OTHER_BUILD
const char build_name[] = "other";
#else
const char build_name[] = "first";
#endif

enum { BYTES_MAX = 200000, STEP = 16 };

static int is_forbidden;

/* Small results, and one in eight that takes more than one page to write. */
static size_t size_of(int64_t number)
{
    return number % 8 == 3 ? (size_t)(number * 7919 % BYTES_MAX) : (size_t)(number % 100);
}

static int make(const void *in, void *out, mp_task *task)
{
    static _Thread_local char bytes[BYTES_MAX];
    int64_t number;
    (void)out;
    memcpy(&number, in, sizeof number);
    memset(bytes, (int)(number % 251), sizeof bytes);
    return is_forbidden ? mp_task_fail(task, 1, "number %lld was not kept", (long long)number)
                        : mp_task_return(task, bytes, size_of(number));
}

static void fail(const char *what)
{
    fprintf(stderr, "keep: %s: %s\n", what, mp_error_text());
    MPI_Abort(MPI_COMM_WORLD, 1);
}

static void check(const mp_bytes *result, int64_t number)
{
    int wrong = result->bytes != size_of(number);
    for (size_t i = 0; i < result->bytes && !wrong; i++) {
        wrong = ((const unsigned char *)result->data)[i] != number % 251;
    }
    if (wrong) {
        fprintf(stderr, "keep: the result of %lld is wrong\n", (long long)number);
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
}

/* Maps over the numbers from first on, and checks the results. */
static void map(mp_pool *pool, int64_t first, int64_t count, const mp_options *options)
{
    int64_t *numbers = calloc((size_t)count + 1, sizeof *numbers);
    mp_bytes *results = calloc((size_t)count + 1, sizeof *results);
    for (int64_t i = 0; i < count; i++) {
        numbers[i] = first + i;
    }
    int error =
        mp_pool_map(pool, make, numbers, count, sizeof *numbers, results, MP_VARIABLE, options);
    if (error && error != MP_ERR_STORE) {
        fail("map");
    }
    if (error) {
        fprintf(stderr, "keep: %s\n", mp_error_text());
    }
    for (int64_t i = 0; i < count; i++) {
        check(&results[i], first + i);
        free(results[i].data);
    }
    free(numbers);
    free(results);
}

static void acknowledge(const mp_result *result, void *state)
{
    (void)result;
    ++*(volatile int64_t *)state;
}

static void churn(mp_pool *pool, mp_store *store, const char *shared_path)
{
    int file = open(shared_path, O_RDWR);
    int64_t *promised = mmap(NULL, sizeof *promised, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    mp_options options = {.store = store, .version = 1};
    int64_t kept = 0;
    mp_store_count(store, &kept, NULL, NULL);
    if (promised == MAP_FAILED || kept < *promised) {
        fprintf(stderr, "keep: %lld results, and not all that were promised\n", (long long)kept);
        MPI_Abort(MPI_COMM_WORLD, 3);
    }
    is_forbidden = 1;
    map(pool, 0, kept, &options);
    is_forbidden = 0;
    *promised = kept;
    options.on_result = acknowledge;
    options.callback_state = promised;
    for (int64_t first = kept;; first += STEP) {
        map(pool, first, STEP, &options);
    }
}

int main(int argc, char **argv)
{
    mp_pool *pool = NULL;
    mp_store *store = NULL;
    mp_init(&argc, &argv);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    if (argc != 4 || mp_pool_create(MPI_COMM_WORLD, NULL, &pool)) {
        fail("start");
    }
    if (pool) {
        if (mp_store_open(argv[2], &store)) {
            fail("open");
        }
        if (!strcmp(argv[1], "churn")) {
            churn(pool, store, argv[3]);
        }
        int64_t found = 0;
        int64_t missed = 0;
        map(pool, 0, atoll(argv[3]), &(mp_options){.store = store});
        mp_store_count(store, NULL, &found, &missed);
        printf("%s build: found %lld, missed %lld\n", build_name, (long long)found,
               (long long)missed);
        mp_store_close(&store);
        mp_pool_free(&pool);
    }
    MPI_Finalize();
    return 0;
}
