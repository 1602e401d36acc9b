/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocations of all kinds that live, grow, move and end while they are sent from and received
 * into, with their contents checked at every step; children that fork() makes among them; and,
 * where the path is the shared heap's, that what was sent does lie in shared memory. */
/* matrix: copy=chunk,direct rings=default,tiny limit=30 */
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"
#include "tests/lib/sanitized.h"

enum { BLOCKS = 12, ROUNDS = 24, BYTES_MAX = 300 << 10, FORK_EVERY = 8 };

struct block {
    unsigned char *bytes;
    size_t count;
    unsigned char mark;
};

static struct block blocks[BLOCKS];

static unsigned char byte_at(size_t i, unsigned char mark)
{
    return (unsigned char)(i * 7 + i / 4096 + mark);
}

static void fill(const struct block *block, size_t from)
{
    for (size_t i = from; i < block->count; i++) {
        block->bytes[i] = byte_at(i, block->mark);
    }
}

static bool holds(const unsigned char *bytes, size_t count, unsigned char mark)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != byte_at(i, mark)) {
            return false;
        }
    }
    return true;
}

static size_t random_bytes(void)
{
    return mpitest_random_below(4) == 0 ? 1 + mpitest_random_below(3000)
                                        : 1 + mpitest_random_below(BYTES_MAX);
}

static unsigned char *allocate(size_t bytes)
{
    void *memory = NULL;

    switch (mpitest_random_below(5)) {
    case 0:
        memory = calloc(1, bytes);
        CHECK(memory != NULL && ((char *)memory)[0] == 0 && ((char *)memory)[bytes - 1] == 0);
        break;
    case 1:
        CHECK_EQ(posix_memalign(&memory, 1 << 14, bytes), 0);
        CHECK_EQ((uintptr_t)memory % (1 << 14), 0);
        break;
    case 2:
        memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
        CHECK_EQ((uintptr_t)memory % 64, 0);
        break;
    default:
        memory = malloc(bytes);
        break;
    }
    CHECK(malloc_usable_size(memory) >= bytes);
    return memory;
}

/* A block ends and another begins, or it gets longer or shorter. */
static void change(struct block *block)
{
    size_t bytes = random_bytes();
    size_t kept = bytes < block->count ? bytes : block->count;

    CHECK(holds(block->bytes, block->count, block->mark));
    if (mpitest_random_below(2) == 0) {
        block->bytes = realloc(block->bytes, bytes);
        CHECK(holds(block->bytes, kept, block->mark));
    } else {
        free(block->bytes);
        block->bytes = allocate(bytes);
        kept = 0;
    }
    block->count = bytes;
    block->mark = kept > 0 ? block->mark : (unsigned char)mpitest_random_below(256);
    fill(block, kept);
}

/* Every rank sends the same number of blocks, of its own sizes, to the next one. */
static void exchange(void)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    MPI_Request requests[2 * BLOCKS];
    unsigned char *received[BLOCKS];
    MPI_Status statuses[2 * BLOCKS];

    for (int i = 0; i < BLOCKS; i++) {
        received[i] = malloc(BYTES_MAX);
        MPI_Irecv(received[i], BYTES_MAX, MPI_BYTE, previous, MPI_ANY_TAG, MPI_COMM_WORLD,
                  &requests[i]);
    }
    for (int i = 0; i < BLOCKS; i++) {
        MPI_Isend(blocks[i].bytes, (int)blocks[i].count, MPI_BYTE, next, blocks[i].mark,
                  MPI_COMM_WORLD, &requests[BLOCKS + i]);
    }
    MPI_Waitall(2 * BLOCKS, requests, statuses);
    for (int i = 0; i < BLOCKS; i++) {
        int count;
        MPI_Get_count(&statuses[i], MPI_BYTE, &count);
        CHECK(holds(received[i], (size_t)count, (unsigned char)statuses[i].MPI_TAG));
        free(received[i]);
    }
}

/* The child finds what was there, and what it writes is its own; what its parent writes too. */
static void fork_once(void)
{
    pid_t child = fork();

    if (child == 0) {
        bool is_right = true;
        for (int i = 0; i < BLOCKS; i++) {
            is_right = is_right && holds(blocks[i].bytes, blocks[i].count, blocks[i].mark);
            memset(blocks[i].bytes, 0xee, blocks[i].count);
        }
        _exit(is_right ? 0 : 1);
    }
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i].mark++;
        fill(&blocks[i], 0);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(holds(blocks[i].bytes, blocks[i].count, blocks[i].mark));
    }
}

/* A message of contiguous bytes into items with gaps, and one that is longer than its receive. */
static void receive_otherwise(void)
{
    enum { ITEMS = 20000 };
    int peer = mpitest_rank ^ 1;
    double *sent = malloc(ITEMS * sizeof(double)), *received = malloc(2 * ITEMS * sizeof(double));
    MPI_Datatype every_second;
    MPI_Status status;

    if (peer < mpitest_size) {
        for (int i = 0; i < ITEMS; i++) {
            sent[i] = i + mpitest_rank;
            received[2 * i + 1] = -1;
        }
        MPI_Type_vector(ITEMS, 1, 2, MPI_DOUBLE, &every_second);
        MPI_Type_commit(&every_second);
        MPI_Sendrecv(sent, ITEMS, MPI_DOUBLE, peer, 1, received, 1, every_second, peer, 1,
                     MPI_COMM_WORLD, &status);
        for (int i = 0; i < ITEMS; i++) {
            CHECK(received[2 * i] == i + peer && received[2 * i + 1] == -1);
        }
        MPI_Type_free(&every_second);
        memset(received, 0, ITEMS * sizeof(double));
        EXPECT_CLASS(MPI_Sendrecv(sent, ITEMS, MPI_DOUBLE, peer, 2, received, ITEMS / 2, MPI_DOUBLE,
                                  peer, 2, MPI_COMM_WORLD, &status),
                     MPI_ERR_TRUNCATE);
        CHECK(received[ITEMS / 2 - 1] == ITEMS / 2 - 1 + peer && received[ITEMS / 2] == 0);
    }
    free(sent);
    free(received);
}

/* Whether the mapping that an address belongs to is of the job's segment. */
static bool is_in_segment(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    bool is_found = false;
    unsigned long from, to;

    while (maps != NULL && !is_found && fgets(line, sizeof line, maps) != NULL) {
        is_found = sscanf(line, "%lx-%lx", &from, &to) == 2 && (uintptr_t)address >= from &&
                   (uintptr_t)address < to && strstr(line, "memfd:mprun") != NULL;
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return is_found;
}

/* Whether what is sent comes to lie there. */
static bool is_shared_when_sent(void)
{
    const char *copy = getenv("MPRUN_COPY");

    return copy != NULL && strcmp(copy, "direct") == 0 && mpitest_size > 1 && !SANITIZED_ADDRESS &&
           !SANITIZED_THREAD;
}

static void expect_shared(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        if (blocks[i].count > 4096) {
            CHECK_EQ(is_in_segment(blocks[i].bytes), is_shared_when_sent());
        }
    }
}

enum { SMALL_BYTES = 3000, SENDS = 40 };

static void expect_shared_small(unsigned char *sent, bool is_expected)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    const struct block block = {sent, SMALL_BYTES, 5};
    unsigned char received[SMALL_BYTES];

    fill(&block, 0);
    for (int i = 0; i < SENDS; i++) {
        MPI_Sendrecv(sent, SMALL_BYTES, MPI_BYTE, next, 0, received, SMALL_BYTES, MPI_BYTE,
                     previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK(holds(received, SMALL_BYTES, block.mark));
    }
    CHECK_EQ(is_in_segment(sent), is_expected);
}

/* Small blocks of which the program has asked that they begin at a page, or that are made for
 * messages; and others. For settings in which these are too small for the heap. */
static void whole_pages(void)
{
    void *paged, *plain = malloc(SMALL_BYTES), *made;

    CHECK_EQ(posix_memalign(&paged, 4096, SMALL_BYTES), 0);
    MPI_Alloc_mem(SMALL_BYTES, MPI_INFO_NULL, &made);
    CHECK_EQ((uintptr_t)made % 64, 0);
    expect_shared_small(paged, is_shared_when_sent());
    expect_shared_small(made, is_shared_when_sent());
    expect_shared_small(plain, false);
    free(paged);
    free(plain);
    MPI_Free_mem(made);
}

/* What a rank starts gets no heap. */
static void expect_clean_environment(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    CHECK(getenv("MPRUN_HEAP") == NULL);
    CHECK(preloaded == NULL || strstr(preloaded, "libmprun_heap") == NULL);
}

static void traffic(void)
{
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i].bytes = malloc(1);
        blocks[i].count = 1;
        fill(&blocks[i], 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BLOCKS / 2; i++) {
            change(&blocks[mpitest_random_below(BLOCKS)]);
        }
        exchange();
        if (round % FORK_EVERY == FORK_EVERY - 1) {
            expect_shared();
            fork_once();
            exchange();
        }
    }
    receive_otherwise();
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(holds(blocks[i].bytes, blocks[i].count, blocks[i].mark));
        free(blocks[i].bytes);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    mpitest_random_restart((uint64_t)mpitest_rank);
    expect_clean_environment();
    if (argc > 1 && strcmp(argv[1], "pages") == 0) {
        whole_pages();
    } else {
        traffic();
    }
    return mpitest_finish();
}
