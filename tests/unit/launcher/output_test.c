/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of how the ranks' output is put together, over both I/O engines. */
#include "launcher/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/lib/unit.h"

#define MS          UINT64_C(1000000)
#define RANKS_MAX   4
#define LINES_BYTES (8 << 20)
#define PATIENCE_NS (10000 * MS) // a machine may be slow, so nothing here depends on being quick

static enum mpr_engine_choice kind;
static struct mpr_engine *engine;
static struct mpr_output *output;
static int rank_fds[RANKS_MAX][2]; // standard output and error of each rank; -1: closed
static int readers[2];             // other ends of the sinks
static char *seen;                 // what has come out of standard output
static size_t seen_bytes;
static int loss; // error with which standard output was lost

static void note_loss(void *context, int error)
{
    (void)context;
    loss = error;
}

static void begin(int rank_count, struct mpr_output_config config)
{
    int fds[2];

    loss = 0;
    seen_bytes = 0;
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
        readers[i] = fds[0];
        fcntl(readers[i], F_SETFL, O_NONBLOCK);
        config.sink_fds[i] = config.sink_fds[i] > 0 ? config.sink_fds[i] : fds[1];
    }
    CU_ASSERT_EQUAL_FATAL(mpr_engine_create(&engine, kind, 16), 0);
    config.engine = engine;
    config.pause_ns = config.pause_ns > 0 ? config.pause_ns : 2 * PATIENCE_NS;
    config.slot_count = rank_count;
    config.lost = note_loss;
    CU_ASSERT_EQUAL_FATAL(mpr_output_create(&output, &config), 0);
    for (int rank = 0; rank < rank_count; rank++) {
        char label[16];
        snprintf(label, sizeof(label), "%d", rank);
        CU_ASSERT_EQUAL_FATAL(mpr_output_open(output, rank, label, rank_fds[rank]), 0);
    }
}

static void end_rank(int rank)
{
    for (int i = 0; i < 2; i++) {
        if (rank_fds[rank][i] >= 0) {
            close(rank_fds[rank][i]);
            rank_fds[rank][i] = -1;
        }
    }
}

static void end(int rank_count)
{
    for (int rank = 0; rank < rank_count; rank++) {
        end_rank(rank);
    }
    mpr_output_stop_reading(output);
    mpr_engine_destroy(engine);
    mpr_output_destroy(output);
    close(readers[0]);
    close(readers[1]);
}

static void collect(void)
{
    ssize_t count;

    while ((count = read(readers[0], seen + seen_bytes, LINES_BYTES - seen_bytes - 1)) > 0) {
        seen_bytes += (size_t)count;
    }
    seen[seen_bytes] = '\0';
}

/* Lets the engine work for a while and collects what comes out. */
static void work(uint64_t time_ns)
{
    uint64_t limit_ns = mpr_clock_ns() + time_ns;

    while (mpr_clock_ns() < limit_ns) {
        mpr_engine_run(engine, (int64_t)MS, 16);
        collect();
    }
}

static void print(int rank, const char *text)
{
    CU_ASSERT_EQUAL(write(rank_fds[rank][0], text, strlen(text)), (ssize_t)strlen(text));
}

/* Works until so many bytes have come out of standard output. */
static void work_until(size_t bytes)
{
    uint64_t limit_ns = mpr_clock_ns() + PATIENCE_NS;

    while (seen_bytes < bytes && mpr_clock_ns() < limit_ns) {
        work(MS);
    }
}

static void work_until_drained(void)
{
    uint64_t limit_ns = mpr_clock_ns() + PATIENCE_NS;

    while (!mpr_output_is_drained(output) && mpr_clock_ns() < limit_ns) {
        work(MS);
    }
    collect();
    CU_ASSERT_TRUE(mpr_output_is_drained(output));
}

static void expect(const char *text)
{
    work_until(strlen(text));
    work(MS); // and no more than that
    CU_ASSERT_STRING_EQUAL(seen, text);
    if (strcmp(seen, text) != 0) {
        printf("\n    expected: %s\n    got: %s\n", text, seen);
    }
}

static void lines_stay_whole(void)
{
    begin(2, (struct mpr_output_config){0});
    print(0, "one ");
    print(1, "two\nthr");
    expect("two\n");
    print(0, "four\n");
    expect("two\none four\n");
    print(1, "ee\n");
    expect("two\none four\nthree\n");
    end(2);
}

static void bytes_of_one_rank_are_unchanged(void)
{
    static const char text[] = "a\0b\n\n\377no newline";

    begin(1, (struct mpr_output_config){0});
    CU_ASSERT_EQUAL(write(rank_fds[0][0], text, sizeof(text)), sizeof(text));
    end_rank(0);
    work_until_drained();
    CU_ASSERT_EQUAL(seen_bytes, sizeof(text));
    CU_ASSERT_EQUAL(memcmp(seen, text, sizeof(text)), 0);
    end(1);
}

static void prompts_appear(void)
{
    begin(2, (struct mpr_output_config){.pause_ns = 5 * MS});
    print(0, "name? ");
    expect("name? ");
    print(1, "hello\n"); // begins on a line of its own
    expect("name? \nhello\n");
    print(0, "rest\n");
    expect("name? \nhello\nrest\n");
    end(2);
}

/* mprun is held up for longer than a pause: the rest of the line, which came
 * meanwhile, counts first. */
static void being_late_is_no_pause(void)
{
    begin(2, (struct mpr_output_config){.pause_ns = 50 * MS});
    print(1, "one ");
    work(MS);
    usleep(60000);
    print(1, "line\n");
    print(0, "other\n");
    work_until(strlen("other\none line\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "one line\n"));
    CU_ASSERT_EQUAL(seen_bytes, strlen("other\none line\n"));
    end(2);
}

static uint64_t kept_used_ns;

/* Rank 0 wants a CPU and has had so much of one; the others sleep. */
static bool is_kept(void *context, int slot, uint64_t *used_ns)
{
    (void)context;
    *used_ns = kept_used_ns;
    return slot == 0;
}

static void who_gets_no_cpu_has_not_paused(void)
{
    begin(2, (struct mpr_output_config){.pause_ns = 20 * MS, .wants_cpu = is_kept});
    kept_used_ns = 5 * MS;
    print(0, "one ");
    work(80 * MS);
    print(1, "other\n");
    expect("other\n");
    kept_used_ns += 19 * MS;
    work(60 * MS);
    print(0, "line\n");
    expect("other\none line\n");
    print(1, "name? "); // of one that sleeps
    expect("other\none line\nname? ");
    print(0, "computing"); // and has done so for as long as a pause takes
    work(60 * MS);
    kept_used_ns += 20 * MS;
    expect("other\none line\nname? \ncomputing");
    end(2);
}

static void patience_with_the_kept_ends(void)
{
    begin(2, (struct mpr_output_config){.pause_ns = MS, .wants_cpu = is_kept});
    kept_used_ns = 5 * MS;
    print(0, "one ");
    expect("one ");
    print(1, "other\n");
    expect("one \nother\n");
    end(2);
}

/* A program that does not flush writes full buffers, which end within lines: nobody asked to see
 * the beginning of such a line, and the other ranks must not come between. */
static void full_buffers_are_no_prompts(void)
{
    char block[3 * 4096 + 1];

    memset(block, 'x', sizeof(block));
    block[sizeof(block) - 1] = '\0';
    block[99] = '\n';
    begin(2, (struct mpr_output_config){.pause_ns = 2 * MS});
    print(0, block);
    work_until(100);
    work(20 * MS);
    CU_ASSERT_EQUAL(seen_bytes, 100);
    print(1, "other\n");
    work_until(106);
    print(0, "end\n");
    work_until(sizeof(block) - 1 + 10);
    CU_ASSERT_EQUAL(strncmp(seen + 100, "other\nxxx", 9), 0);
    CU_ASSERT_STRING_EQUAL(seen + seen_bytes - 7, "xxxend\n");
    print(0, "prompt"); // but what follows a flush is one again
    work_until(sizeof(block) - 1 + 16);
    CU_ASSERT_STRING_EQUAL(seen + seen_bytes - 7, "\nprompt");
    end(2);
}

static void work_until_unused(int slot)
{
    uint64_t limit_ns = mpr_clock_ns() + PATIENCE_NS;

    while (mpr_output_is_used(output, slot) && mpr_clock_ns() < limit_ns) {
        work(MS);
    }
    CU_ASSERT_FALSE(mpr_output_is_used(output, slot));
}

/* Another process may have the slot meanwhile. */
static void an_unfinished_end_is_kept_apart(void)
{
    begin(2, (struct mpr_output_config){0});
    print(0, "foo");
    end_rank(0);
    expect("foo");
    work_until_unused(0);
    print(1, "bar");
    end_rank(1);
    expect("foo\nbar");
    end(2);
}

static void lines_are_tagged(void)
{
    begin(2, (struct mpr_output_config){.tag = true, .pause_ns = 5 * MS});
    print(1, "a\n\nb\nc");
    expect("[1] a\n[1] \n[1] b\n[1] c");
    print(1, "d\n");
    expect("[1] a\n[1] \n[1] b\n[1] cd\n");
    print(0, "e\n");
    expect("[1] a\n[1] \n[1] b\n[1] cd\n[0] e\n");
    end(2);
}

static void lines_are_stamped(void)
{
    begin(1, (struct mpr_output_config){.tag = true, .timestamp = true});
    print(0, "a\n");
    work_until(strlen("07:55:41.123 [0] a\n"));
    CU_ASSERT_EQUAL(seen_bytes, strlen("07:55:41.123 [0] a\n"));
    CU_ASSERT_EQUAL(seen[2], ':');
    CU_ASSERT_EQUAL(seen[8], '.');
    CU_ASSERT_STRING_EQUAL(seen + 12, " [0] a\n");
    end(1);
}

/* A line too long for any buffer: others wait for its end. */
static void a_very_long_line_stays_whole(void)
{
    enum { total = 300000 };
    char piece[3000];
    int sent = 0;

    memset(piece, 'x', sizeof(piece));
    begin(2, (struct mpr_output_config){0});
    for (; sent < total; sent += (int)sizeof(piece)) {
        CU_ASSERT_EQUAL(write(rank_fds[0][0], piece, sizeof(piece)), sizeof(piece));
        if (sent > total / 2 && sent <= total / 2 + (int)sizeof(piece)) {
            print(1, "other\n");
        }
        work(MS / 4);
    }
    print(0, "\n");
    work_until(total + strlen("\nother\n"));
    CU_ASSERT_EQUAL(strspn(seen, "x"), total);
    CU_ASSERT_STRING_EQUAL(seen + total, "\nother\n");
    end(2);
}

static void says_on_a_line_of_its_own(void)
{
    static const char expected[] = "half\nmprun: rank 3 is gone\n";
    uint64_t limit_ns = mpr_clock_ns() + PATIENCE_NS;
    char text[256] = "";
    size_t count = 0;

    begin(1, (struct mpr_output_config){.pause_ns = 5 * MS});
    CU_ASSERT_EQUAL(write(rank_fds[0][1], "half", 4), 4);
    while (count < strlen(expected) && mpr_clock_ns() < limit_ns) {
        work(MS);
        ssize_t more = read(readers[1], text + count, sizeof(text) - 1 - count);
        count += more > 0 ? (size_t)more : 0;
        if (count == 4 && more > 0) {
            mpr_output_say(output, "rank %d is gone", 3);
        }
    }
    CU_ASSERT_STRING_EQUAL(text, expected);
    end(1);
}

static void work_until_lost(void)
{
    uint64_t limit_ns = mpr_clock_ns() + PATIENCE_NS;

    while (loss == 0 && mpr_clock_ns() < limit_ns) {
        work(MS);
    }
}

static void a_lost_reader_is_told_once(void)
{
    begin(2, (struct mpr_output_config){0});
    close(readers[0]);
    readers[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    print(0, "x\n");
    work_until_lost();
    CU_ASSERT_EQUAL(loss, -EPIPE);
    loss = 0;
    // The ranks can go on writing: nothing blocks, nothing is kept.
    for (int i = 0; i < 100; i++) {
        char block[4096];
        memset(block, 'y', sizeof(block));
        CU_ASSERT_EQUAL(write(rank_fds[1][0], block, sizeof(block)), sizeof(block));
        work(MS / 4);
    }
    CU_ASSERT_EQUAL(loss, 0);
    end_rank(0);
    end_rank(1);
    work_until_drained();
    end(2);
}

static void a_full_disk_is_told(void)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    begin(1, (struct mpr_output_config){.sink_fds = {full, 0}});
    print(0, "x\n");
    work_until_lost();
    CU_ASSERT_EQUAL(loss, -ENOSPC);
    end(1);
    close(full);
}

/* A reader that pauses makes the ranks wait; then everything comes, in order. */
static void a_slow_reader_slows_the_ranks(void)
{
    char block[1000];
    size_t sent = 0;
    ssize_t count;

    memset(block, 'z', sizeof(block));
    block[sizeof(block) - 1] = '\n';
    begin(1, (struct mpr_output_config){0});
    fcntl(rank_fds[0][0], F_SETFL, O_NONBLOCK);
    for (int idle = 0; idle < 50;) {
        while ((count = write(rank_fds[0][0], block, sizeof(block))) > 0) {
            sent += (size_t)count;
            idle = 0;
        }
        mpr_engine_run(engine, (int64_t)MS, 16);
        idle++;
    }
    CU_ASSERT_TRUE(sent < 2 << 20);
    end_rank(0);
    work_until_drained();
    CU_ASSERT_EQUAL(seen_bytes, sent);
    end(1);
}

/* Random lines in random pieces of four ranks, with a reader that sometimes pauses. */
static void random_lines_stay_whole(void)
{
    enum { steps = 40000 };
    static char lines[RANKS_MAX][4096];
    size_t lengths[RANKS_MAX] = {0}, offsets[RANKS_MAX] = {0};
    int numbers[RANKS_MAX] = {0}, found[RANKS_MAX] = {0};
    unsigned seed = 7;
    int bad = 0;

    begin(RANKS_MAX, (struct mpr_output_config){0});
    for (int rank = 0; rank < RANKS_MAX; rank++) {
        fcntl(rank_fds[rank][0], F_SETFL, O_NONBLOCK);
    }
    for (int step = 0; step < steps; step++) {
        int rank = rand_r(&seed) % RANKS_MAX;
        if (offsets[rank] == lengths[rank]) {
            int filling = rand_r(&seed) % (rand_r(&seed) % 50 == 0 ? 4000 : 60);
            int head = sprintf(lines[rank], "<%d %d ", rank, numbers[rank]++);
            memset(lines[rank] + head, '.', (size_t)filling);
            lengths[rank] = (size_t)(head + filling);
            lengths[rank] += (size_t)sprintf(lines[rank] + lengths[rank], "%d>\n", filling);
            offsets[rank] = 0;
        }
        size_t piece = lengths[rank] - offsets[rank];
        if (rand_r(&seed) % 2 == 0) {
            piece = 1 + (size_t)rand_r(&seed) % piece;
        }
        ssize_t count = write(rank_fds[rank][0], lines[rank] + offsets[rank], piece);
        offsets[rank] += count > 0 ? (size_t)count : 0;
        if (rand_r(&seed) % 4 == 0) {
            mpr_engine_run(engine, 0, 8);
        }
        if (step / 5000 % 2 == 0 || count < 0) {
            collect();
            mpr_engine_run(engine, 0, 8);
        }
    }
    for (int rank = 0; rank < RANKS_MAX; rank++) {
        for (; offsets[rank] < lengths[rank]; work(MS)) {
            ssize_t count = write(rank_fds[rank][0], lines[rank] + offsets[rank],
                                  lengths[rank] - offsets[rank]);
            offsets[rank] += count > 0 ? (size_t)count : 0;
        }
        end_rank(rank);
    }
    work_until_drained();
    for (char *line = strtok(seen, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        int rank = -1, number = -1, filling = -1, head = 0;
        if (sscanf(line, "<%d %d %n", &rank, &number, &head) != 2 || rank < 0 ||
            rank >= RANKS_MAX || number != found[rank]++) {
            bad++;
            continue;
        }
        size_t dots = strspn(line + head, ".");
        bad += sscanf(line + head + dots, "%d>", &filling) != 1 || filling != (int)dots;
    }
    CU_ASSERT_EQUAL(bad, 0);
    for (int rank = 0; rank < RANKS_MAX; rank++) {
        CU_ASSERT_EQUAL(found[rank], numbers[rank]);
        CU_ASSERT_TRUE(numbers[rank] > 1000);
    }
    end(RANKS_MAX);
}

static const struct unit_test tests[] = {
    UNIT(lines_stay_whole),
    UNIT(bytes_of_one_rank_are_unchanged),
    UNIT(prompts_appear),
    UNIT(who_gets_no_cpu_has_not_paused),
    UNIT(patience_with_the_kept_ends),
    UNIT(being_late_is_no_pause),
    UNIT(full_buffers_are_no_prompts),
    UNIT(an_unfinished_end_is_kept_apart),
    UNIT(lines_are_tagged),
    UNIT(lines_are_stamped),
    UNIT(a_very_long_line_stays_whole),
    UNIT(says_on_a_line_of_its_own),
    UNIT(a_lost_reader_is_told_once),
    UNIT(a_full_disk_is_told),
    UNIT(a_slow_reader_slows_the_ranks),
    UNIT(random_lines_stay_whole),
};

int main(void)
{
    alarm(120);
    signal(SIGPIPE, SIG_IGN);
    seen = malloc(LINES_BYTES);
    kind = MPR_ENGINE_SYNC;
    int failed = unit_run("output, sync", tests, mpr_array_count(tests));
    kind = MPR_ENGINE_URING;
    if (mpr_engine_create(&engine, kind, 4) == 0) {
        mpr_engine_destroy(engine);
        failed |= unit_run("output, uring", tests, mpr_array_count(tests));
    }
    free(seen);
    return failed;
}
