/* SPDX-License-Identifier: BSD-3-Clause */
/* Coroutines whose stacks the program has allocated send from buffers on them, which lie at all
 * kinds of places within a page, and call fork(); what a child writes is its own. */
/* matrix: copy=chunk,direct limit=30 */
#include <alloca.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"
#include "tests/lib/sanitized.h"

enum {
    STACK_BYTES = 256 << 10,
    MESSAGE_BYTES = 12000,
    PLACES = 8,
    PAGE = 4096,
    SENDS = 40, /* more than it takes until the pages of a message are shared */
    FORKS = 4,
    DEPTH = 20
};

static ucontext_t outside, inside;
static int next, previous;
static int place;

/* Runs `function` on a stack at `memory`. */
static void run(void (*function)(void), void *memory)
{
    CHECK_EQ(getcontext(&inside), 0);
    inside.uc_stack.ss_sp = memory;
    inside.uc_stack.ss_size = STACK_BYTES;
    inside.uc_link = &outside;
    makecontext(&inside, function, 0);
    CHECK_EQ(swapcontext(&outside, &inside), 0);
}

static void send_around(unsigned char *sent, unsigned char *received, int bytes)
{
    memset(sent, mpitest_rank + 1, (size_t)bytes);
    for (int i = 0; i < SENDS; i++) {
        memset(received, 0, (size_t)bytes);
        MPI_Sendrecv(sent, bytes, MPI_BYTE, next, 0, received, bytes, MPI_BYTE, previous, 0,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK(received[0] == previous + 1 && received[bytes - 1] == previous + 1);
    }
}

/* The frames of what it calls lie right below the buffer that is sent from, for the most part in
 * its first page. */
static void send_from_stack(void)
{
    unsigned char received[MESSAGE_BYTES];
    volatile unsigned char *above = alloca((size_t)(1 + place * PAGE / PLACES));
    unsigned char *sent = alloca(MESSAGE_BYTES);

    above[0] = 0;
    send_around(sent, received, MESSAGE_BYTES);
}

/* Writes to the stack, and returns whether nobody else did. */
static bool is_alone(int depth, int mark)
{
    volatile int words[64];
    bool is_same = true;

    for (int i = 0; i < 64; i++) {
        words[i] = mark + depth;
    }
    is_same = depth == 0 || is_alone(depth - 1, mark);
    for (int i = 0; i < 64; i++) {
        is_same = is_same && words[i] == mark + depth;
    }
    return is_same;
}

/* Parent and child go on at the same time, on the same addresses. */
static void fork_from_stack(void)
{
    for (int i = 0; i < FORKS; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) {
            _exit(is_alone(DEPTH, 2000) ? 0 : 1);
        }
        CHECK(is_alone(DEPTH, 1000));
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK_EQ(status, 0);
    }
}

static void check_child_is_apart(unsigned char **stacks)
{
    int status = -1;

    for (int i = 0; i < PLACES; i++) {
        memset(stacks[i], i, STACK_BYTES);
    }
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < PLACES; i++) {
            memset(stacks[i], 0xee, STACK_BYTES);
        }
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    for (int i = 0; i < PLACES; i++) {
        int changed = 0;
        for (int k = 0; k < STACK_BYTES; k++) {
            changed += stacks[i][k] != i;
        }
        CHECK_EQ(changed, 0);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (SANITIZED_ADDRESS || SANITIZED_THREAD) { // it does not know of these stacks
        return mpitest_skip("coroutines under a sanitizer");
    }
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;

    unsigned char *stacks[PLACES];
    for (place = 0; place < PLACES; place++) {
        stacks[place] = malloc(STACK_BYTES);
        run(send_from_stack, stacks[place]);
    }
    check_child_is_apart(stacks);
    // What has been sent from as any memory is becomes a stack.
    unsigned char *received = malloc(STACK_BYTES);
    send_around(stacks[0], received, STACK_BYTES);
    free(received);
    run(fork_from_stack, stacks[0]);
    for (int i = 0; i < PLACES; i++) {
        free(stacks[i]);
    }
    return mpitest_finish();
}
