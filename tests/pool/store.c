/* SPDX-License-Identifier: BSD-3-Clause */
/* Results kept on disk: a second run computes nothing, whatever form the map has; files that were
 * cut off or changed anywhere are read up to there. */
/* matrix: np=1,2,3 copy=chunk rings=default limit=60 */
#include <fcntl.h>
#include <mp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { COUNT = 200 };

static int is_forbidden; /* a task that runs is a mistake */

static int compute(const void *in, void *out, mp_task *task)
{
    int64_t number;
    memcpy(&number, in, sizeof number);
    number = number * number + 1;
    memcpy(out, &number, sizeof number);
    return is_forbidden ? mp_task_fail(task, 1, "was computed again") : 0;
}

/* Results of 0 to 999 bytes. */
static int compute_bytes(const void *in, void *out, mp_task *task)
{
    char text[1000];
    int64_t number;
    (void)out;
    memcpy(&number, in, sizeof number);
    memset(text, (int)('a' + number % 26), sizeof text);
    return is_forbidden ? 1 : mp_task_return(task, text, (size_t)(number * 7 % 1000));
}

static int fails(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    (void)task;
    return 1;
}

static int64_t in[COUNT];
static int64_t out[COUNT];

static int wrong_count(void)
{
    int wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        wrong += out[i] != in[i] * in[i] + 1;
    }
    return wrong;
}

static void expect_counts(mp_store *store, int64_t kept, int64_t found, int64_t missed)
{
    int64_t counts[3] = {-1, -1, -1};
    CHECK_EQ(mp_store_count(store, &counts[0], &counts[1], &counts[2]), MPI_SUCCESS);
    CHECK_EQ(counts[0], kept);
    CHECK_EQ(counts[1], found);
    CHECK_EQ(counts[2], missed);
}

static mp_store *open_store(const char *path)
{
    mp_store *store = NULL;
    CHECK_EQ(mp_store_open(path, &store), MPI_SUCCESS);
    return store;
}

/* The parts of test_again, in the root. */
static void map_once(mp_pool *pool, const char *path)
{
    mp_store *store = open_store(path);
    mp_options options = {.store = store};
    memset(out, 0, sizeof out);
    CHECK_EQ(mp_pool_map(pool, compute, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    CHECK_EQ(wrong_count(), 0);
    if (is_forbidden) {
        expect_counts(store, COUNT, COUNT, 0);
    } else {
        expect_counts(store, COUNT, 0, COUNT);
    }
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
    CHECK(store == NULL);
}

static void map_bytes(mp_pool *pool, const char *path)
{
    mp_bytes results[COUNT];
    mp_store *store = open_store(path);
    mp_options options = {.store = store};
    CHECK_EQ(
        mp_pool_map(pool, compute_bytes, in, COUNT, sizeof *in, results, MP_VARIABLE, &options),
        MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(results[i].bytes, in[i] * 7 % 1000);
        CHECK(!results[i].bytes || *(char *)results[i].data == 'a' + in[i] % 26);
        free(results[i].data);
    }
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
}

static int draw(void *input, void *state)
{
    int64_t *drawn = state;
    if (*drawn == COUNT) {
        return 0;
    }
    memcpy(input, &in[(*drawn)++], sizeof *in);
    return 1;
}

static void stream(mp_pool *pool, const char *path)
{
    mp_store *store = open_store(path);
    mp_options options = {.store = store, .window = 16};
    mp_stream *results = NULL;
    mp_result result;
    int64_t drawn = 0;
    int64_t given = 0;
    CHECK_EQ(mp_pool_imap(pool, compute, draw, &drawn, sizeof *in, sizeof *out, &options, &results),
             MPI_SUCCESS);
    while (!mp_stream_next(results, &result, MP_FOREVER)) {
        CHECK(result.data && *(const int64_t *)result.data == in[given] * in[given] + 1);
        given++;
    }
    CHECK_EQ(given, COUNT);
    expect_counts(store, COUNT, COUNT, 0);
    CHECK_EQ(mp_stream_free(&results), MPI_SUCCESS);
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
}

static void future(mp_pool *pool, const char *path)
{
    mp_store *store = open_store(path);
    mp_options options = {.store = store};
    mp_future *made = NULL;
    const void *output = NULL;
    CHECK_EQ(mp_pool_submit(pool, compute, &in[9], sizeof *in, sizeof *out, &options, &made),
             MPI_SUCCESS);
    CHECK_EQ(mp_future_get(made, &output, NULL, MP_FOREVER), MPI_SUCCESS);
    CHECK(output && *(const int64_t *)output == in[9] * in[9] + 1);
    CHECK_EQ(mp_future_free(&made), MPI_SUCCESS);
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
}

/* In every rank: the second time, a task that runs anywhere fails. */
static void test_again(const char *path, const char *bytes_path)
{
    for (is_forbidden = 0; is_forbidden < 2; is_forbidden++) {
        mp_pool *pool = NULL;
        CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
        if (pool) {
            map_once(pool, path);
            map_bytes(pool, bytes_path);
            if (is_forbidden) {
                stream(pool, path);
                future(pool, path);
            }
            CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        }
    }
    is_forbidden = 0;
}

/* What is asked for is another thing: another version, function, input or size of result. */
static void test_other_tasks(mp_pool *pool, const char *path)
{
    mp_store *store = open_store(path);
    mp_options options = {.store = store};
    CHECK_EQ(mp_pool_map(pool, fails, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MP_ERR_TASK);
    expect_counts(store, COUNT, 0, COUNT); /* failures are not kept */
    options.version = 1;
    CHECK_EQ(mp_pool_map(pool, compute, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    CHECK_EQ(wrong_count(), 0);
    expect_counts(store, 2 * COUNT, 0, 2 * COUNT);
    /* With a version, the function is nobody's business. */
    CHECK_EQ(mp_pool_map(pool, fails, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    CHECK_EQ(wrong_count(), 0);
    options.version = 2;
    CHECK_EQ(mp_pool_map(pool, fails, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MP_ERR_TASK);
    options.version = 1;
    CHECK_EQ(mp_pool_map(pool, fails, in, COUNT, sizeof *in, out, 4, &options), MP_ERR_TASK);
    int64_t other = -1;
    CHECK_EQ(mp_pool_apply(pool, fails, &other, sizeof other, out, sizeof *out, &options),
             MP_ERR_TASK);
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
}

static int64_t kept_in(const char *path)
{
    int64_t kept = -1;
    mp_store *store = open_store(path);
    CHECK_EQ(mp_store_count(store, &kept, NULL, NULL), MPI_SUCCESS);
    mp_store_close(&store);
    return kept;
}

static void copy_file(const char *from, const char *to, size_t bytes)
{
    char *content = mpitest_malloc(bytes);
    FILE *file = fopen(from, "rb");
    CHECK_EQ(fread(content, 1, bytes, file), bytes);
    fclose(file);
    file = fopen(to, "wb");
    CHECK_EQ(fwrite(content, 1, bytes, file), bytes);
    fclose(file);
    free(content);
}

static void change_byte(const char *path, size_t offset)
{
    unsigned char byte = 0;
    int file = open(path, O_RDWR);
    CHECK_EQ(pread(file, &byte, 1, (off_t)offset), 1);
    byte ^= 0x10;
    CHECK_EQ(pwrite(file, &byte, 1, (off_t)offset), 1);
    close(file);
}

/* Three records; cut off at every length, and changed at every byte: what is before is kept, what
 * is computed afterwards is added. */
static void test_damage(mp_pool *pool, const char *path, const char *copy)
{
    mp_store *store = open_store(path);
    mp_options options = {.store = store, .version = 3};
    size_t ends[4];
    struct stat status;
    for (int i = 0; i <= 3; i++) {
        stat(path, &status);
        ends[i] = (size_t)status.st_size;
        CHECK(i == 3 ||
              !mp_pool_apply(pool, compute, &in[i], sizeof *in, &out[i], sizeof *out, &options));
    }
    mp_store_close(&store);
    for (size_t length = 0; length <= ends[3]; length++) {
        copy_file(path, copy, length);
        CHECK_EQ(kept_in(copy), (length >= ends[1]) + (length >= ends[2]) + (length >= ends[3]));
    }
    for (size_t offset = ends[0]; offset < ends[3]; offset++) {
        copy_file(path, copy, ends[3]);
        change_byte(copy, offset);
        CHECK_EQ(kept_in(copy), (offset >= ends[1]) + (offset >= ends[2]));
    }
    copy_file(path, copy, ends[3] - 1);
    options.store = open_store(copy);
    CHECK_EQ(mp_pool_map(pool, compute, in, 4, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    expect_counts(options.store, 4, 2, 2);
    mp_store_close(&options.store);
    CHECK_EQ(kept_in(copy), 4);
}

/* Every result is there, and every form of a map says in the end that not all are kept, and why, to
 * whatever thread asks. */
static void expect_not_kept(mp_pool *pool, const char *path)
{
    const int64_t number = 3;
    int64_t drawn = 0;
    int count = 0;
    int place = -1;
    int error;
    mp_result result;
    mp_stream *stream = NULL;
    mp_future *future = NULL;
    mp_options options = {.store = open_store(path), .version = 1};
    CHECK_EQ(mp_pool_map(pool, compute, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MP_ERR_STORE);
    CHECK_EQ(wrong_count(), 0);
    CHECK(strstr(mp_error_text(), path) != NULL);
    options.version = 2;
    CHECK_EQ(mp_pool_imap(pool, compute, draw, &drawn, sizeof *in, sizeof *out, &options, &stream),
             MPI_SUCCESS);
    while ((error = mp_stream_next(stream, &result, MP_FOREVER)) == MPI_SUCCESS) {
        count++;
    }
    CHECK_EQ(count, COUNT);
    CHECK_EQ(error, MP_ERR_STORE);
    CHECK(strstr(mp_error_text(), path) != NULL);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
    CHECK_EQ(mp_pool_submit(pool, compute, &number, sizeof number, sizeof number, &options,
                            &future),
             MPI_SUCCESS);
    CHECK_EQ(mp_as_completed(&future, 1, MP_FOREVER, &place), MPI_SUCCESS);
    CHECK_EQ(mp_as_completed(&future, 1, MP_FOREVER, &place), MP_ERR_CLOSED);
    mp_store_close(&options.store);
    CHECK_EQ(mp_future_wait(future, MP_FOREVER), MP_ERR_STORE);
    CHECK(strstr(mp_error_text(), path) != NULL);
    CHECK_EQ(mp_future_free(&future), MPI_SUCCESS);
}

/* A file that may not grow is as good as a full disk. */
static void test_no_room(mp_pool *pool, const char *path)
{
    const mp_pool_options options = {.threads = 2};
    mp_pool *threads = NULL;
    struct rlimit before;
    struct rlimit small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &threads), MPI_SUCCESS);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_not_kept(pool, path);
    expect_not_kept(threads, path);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    CHECK_EQ(mp_pool_free(&threads), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_store *store = NULL;
    EXPECT_CLASS(mp_store_open(NULL, &store), MPI_ERR_ARG);
    EXPECT_CLASS(mp_store_open("x", NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_store_count(NULL, NULL, NULL, NULL), MPI_ERR_ARG);
    CHECK_EQ(mp_store_open("/", &store), MP_ERR_STORE);
    CHECK_EQ(mp_store_open("/nowhere/at/all", &store), MP_ERR_STORE);
    CHECK(strstr(mp_error_text(), "/nowhere/at/all") != NULL);
    CHECK_EQ(mp_store_open("/dev/full", &store), MP_ERR_STORE);
    CHECK_EQ(mp_store_open("/proc/self/exe", &store), MP_ERR_STORE);
    CHECK(store == NULL);
    CHECK_EQ(mp_store_close(&store), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    enum { FILES = 5 };
    char folder[] = "/tmp/mpstore-XXXXXX";
    char paths[FILES][64];
    mp_pool *pool = NULL;

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    CHECK(mpitest_rank != 0 || mkdtemp(folder));
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d", folder, i);
    }
    for (int i = 0; i < COUNT; i++) {
        in[i] = 17 * i;
    }
    test_again(paths[0], paths[1]);
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool) {
        test_other_tasks(pool, paths[0]);
        test_damage(pool, paths[2], paths[3]);
        test_no_room(pool, paths[4]);
        test_misuse();
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        for (int i = 0; i < FILES; i++) {
            CHECK_EQ(unlink(paths[i]), 0);
        }
        CHECK_EQ(rmdir(folder), 0);
    }
    return mpitest_finish();
}
