/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap over a window of its own: what is shared and what is not, what a child sees, what
 * goes back to the system. */
#include "heap/heap.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap/state.h"
#include "tests/lib/unit.h"

#define HEAP_BYTES ((size_t)256 << 20)
#define PAGE MPR_HEAP_PAGE_BYTES

enum { BLOCK_BYTES = 64 * PAGE, OFTEN = 3 };

static int window_fd;
static unsigned char *window_view; /* as a peer sees it */

static void open_heap(void)
{
    if (window_view == NULL) {
        window_fd = memfd_create("window", MFD_CLOEXEC);
        CU_ASSERT_EQUAL_FATAL(ftruncate(window_fd, (off_t)HEAP_BYTES), 0);
        window_view = mmap(NULL, HEAP_BYTES, PROT_READ, MAP_SHARED, window_fd, 0);
        CU_ASSERT_EQUAL_FATAL(mpr_heap_start(HEAP_BYTES), 0);
        void *window = mmap(NULL, HEAP_BYTES, PROT_NONE, MAP_SHARED, window_fd, 0);
        CU_ASSERT_NOT_EQUAL_FATAL(window, MAP_FAILED);
        mprun_heap.join(window);
    }
}

static unsigned char *allocate(size_t bytes)
{
    unsigned char *block = mpr_heap_allocate(bytes, 1, false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    CU_ASSERT_TRUE(mpr_heap_owns(block));
    CU_ASSERT_TRUE(mpr_heap_usable_bytes(block) >= bytes);
    return block;
}

static const unsigned char *peers_view(const unsigned char *address)
{
    return window_view + (address - mprun_heap.base);
}

static bool is_shared(const unsigned char *address)
{
    return mprun_heap.sends[(size_t)(address - mprun_heap.base) / PAGE] == MPR_HEAP_SHARED;
}

static void send_from(const void *address, size_t bytes, int times)
{
    for (int i = 0; i < times; i++) {
        mprun_heap.share(address, bytes, OFTEN);
    }
}

static long window_kept_bytes(void)
{
    struct stat status;
    CU_ASSERT_EQUAL_FATAL(fstat(window_fd, &status), 0);
    return (long)status.st_blocks * 512;
}

static bool is_filled(const unsigned char *bytes, size_t count, unsigned char value)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static void memory_is_as_asked_for(void)
{
    open_heap();
    unsigned char *block = allocate(BLOCK_BYTES);
    memset(block, 7, BLOCK_BYTES);
    mpr_heap_free(block);
    block = mpr_heap_allocate(BLOCK_BYTES, 1, true);
    CU_ASSERT_TRUE(is_filled(block, BLOCK_BYTES, 0));
    unsigned char *aligned = mpr_heap_allocate(5 * PAGE, 1 << 20, false);
    CU_ASSERT_EQUAL((uintptr_t)(aligned - mprun_heap.base) % PAGE, 0);
    CU_ASSERT_EQUAL((uintptr_t)aligned % (1 << 20), 0);
    CU_ASSERT_PTR_NULL(mpr_heap_allocate(HEAP_BYTES + 1, 1, false));
    CU_ASSERT_PTR_NULL(mpr_heap_allocate(SIZE_MAX, 1, false));
    CU_ASSERT_FALSE(mpr_heap_resize(block, SIZE_MAX));
    mpr_heap_free(aligned);
    mpr_heap_free(block);
}

static void what_is_sent_often_is_shared(void)
{
    open_heap();
    unsigned char *block = allocate(BLOCK_BYTES);
    memset(block, 5, BLOCK_BYTES);
    send_from(block, BLOCK_BYTES, OFTEN - 1);
    CU_ASSERT_FALSE(is_shared(block));
    send_from(block, BLOCK_BYTES, 1);
    CU_ASSERT_TRUE(is_shared(block) && is_shared(block + BLOCK_BYTES - 1));
    CU_ASSERT_TRUE(is_filled(block, BLOCK_BYTES, 5));
    CU_ASSERT_TRUE(is_filled(peers_view(block), BLOCK_BYTES, 5));
    block[PAGE + 1] = 6;
    CU_ASSERT_EQUAL(peers_view(block)[PAGE + 1], 6);
    mpr_heap_free(block);
}

static void only_pages_of_the_message_are_shared(void)
{
    open_heap();
    unsigned char *all = allocate((size_t)8 << 20);
    unsigned char *block = all + ((size_t)4 << 20); // where nothing has been sent from
    memset(block, 5, BLOCK_BYTES);
    send_from(block + 3 * PAGE + 100, PAGE, OFTEN);
    CU_ASSERT_FALSE(is_shared(block + 2 * PAGE));
    CU_ASSERT_TRUE(is_shared(block + 3 * PAGE) && is_shared(block + 4 * PAGE));
    CU_ASSERT_FALSE(is_shared(block + 5 * PAGE));
    send_from(block, BLOCK_BYTES, OFTEN); // around what is shared already
    CU_ASSERT_TRUE(is_shared(block) && is_shared(block + BLOCK_BYTES - 1));
    CU_ASSERT_TRUE(is_filled(peers_view(block), BLOCK_BYTES, 5));
    mpr_heap_free(all);
}

/* More than is kept has to go, whichever way it is backed. */
static void what_is_freed_goes_back(void)
{
    enum { BIG_BYTES = 160 << 20, SENT_BYTES = 1 << 20 };
    enum { SENT_AT = BIG_BYTES - SENT_BYTES };

    open_heap();
    unsigned char *block = allocate(BIG_BYTES);
    memset(block, 3, BIG_BYTES);
    long before_bytes = window_kept_bytes();
    send_from(block + SENT_AT, SENT_BYTES, OFTEN);
    CU_ASSERT_TRUE(is_shared(block + SENT_AT));
    CU_ASSERT_EQUAL(window_kept_bytes(), before_bytes + SENT_BYTES);
    mpr_heap_free(block);
    CU_ASSERT_EQUAL(window_kept_bytes(), before_bytes);
    block = mpr_heap_allocate(BIG_BYTES, 1, true);
    CU_ASSERT_FALSE(is_shared(block + SENT_AT));
    CU_ASSERT_TRUE(is_filled(block, BIG_BYTES, 0));
    mpr_heap_free(block);
}

/* Pages of [address, address + bytes) that have memory. */
static size_t resident_pages(void *address, size_t bytes)
{
    static unsigned char residency[HEAP_BYTES / PAGE];
    size_t count = 0;

    CU_ASSERT_EQUAL_FATAL(mincore(address, bytes, residency), 0);
    for (size_t i = 0; i < bytes / PAGE; i++) {
        count += residency[i] & 1;
    }
    return count;
}

/* A peak has left as much as is kept, and more: what goes then is that, and not what the program
 * allocates and frees again and again. */
static void what_is_used_again_is_kept(void)
{
    enum { PARTS = 6, PART_BYTES = 16 << 20, AGAIN_BYTES = 4 << 20, MOST_BYTES = 64 << 20 };
    unsigned char *parts[PARTS], *between[PARTS];

    open_heap();
    for (int i = 0; i < PARTS; i++) {
        parts[i] = allocate(PART_BYTES);
        between[i] = allocate(PAGE);
        memset(parts[i], 1, PART_BYTES);
    }
    unsigned char *again = allocate(AGAIN_BYTES);
    unsigned char *behind = allocate(PAGE);
    memset(again, 2, AGAIN_BYTES);
    for (int i = 0; i < PARTS; i++) {
        mpr_heap_free(parts[i]);
    }
    mpr_heap_free(again);
    CU_ASSERT_EQUAL(resident_pages(again, AGAIN_BYTES), AGAIN_BYTES / PAGE);
    size_t kept = resident_pages(again, AGAIN_BYTES);
    for (int i = 0; i < PARTS; i++) {
        kept += resident_pages(parts[i], PART_BYTES);
    }
    CU_ASSERT(kept <= MOST_BYTES / PAGE);
    CU_ASSERT(kept > MOST_BYTES / PAGE / 2);
    for (int i = 0; i < PARTS; i++) {
        mpr_heap_free(between[i]);
    }
    mpr_heap_free(behind);
}

static void grows_where_it_lies(void)
{
    open_heap();
    unsigned char *block = allocate(BLOCK_BYTES);
    memset(block, 9, BLOCK_BYTES);
    CU_ASSERT_TRUE(mpr_heap_resize(block, (size_t)40 << 20));
    memset(block + BLOCK_BYTES, 9, ((size_t)40 << 20) - BLOCK_BYTES);
    CU_ASSERT_TRUE(is_filled(block, BLOCK_BYTES, 9));
    CU_ASSERT_TRUE(mpr_heap_resize(block, PAGE));
    CU_ASSERT_EQUAL(mpr_heap_usable_bytes(block), PAGE);
    mpr_heap_free(block);
}

/* What realloc() does with a block that has to go elsewhere. */
static unsigned char *grow(unsigned char *block, size_t bytes, int *moves)
{
    if (mpr_heap_resize(block, bytes)) {
        return block;
    }
    unsigned char *roomy = mpr_heap_allocate_roomy(bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(roomy);
    CU_ASSERT_EQUAL(mpr_heap_usable_bytes(roomy), bytes);
    *roomy = *block;
    mpr_heap_free(block);
    (*moves)++;
    return roomy;
}

static void blocks_that_grow_in_turn_move_seldom(void)
{
    enum { STEP_BYTES = 32 * PAGE, STEPS = 128, MOVES_MAX = 32 };
    int moves = 0;

    open_heap();
    unsigned char *one = allocate(STEP_BYTES);
    unsigned char *other = allocate(STEP_BYTES);
    *one = 1;
    *other = 2;
    for (int i = 2; i <= STEPS; i++) {
        one = grow(one, (size_t)i * STEP_BYTES, &moves);
        other = grow(other, (size_t)i * STEP_BYTES, &moves);
    }
    CU_ASSERT_TRUE(moves <= MOVES_MAX);
    CU_ASSERT_EQUAL(*one, 1);
    CU_ASSERT_EQUAL(*other, 2);
    mpr_heap_free(one);
    mpr_heap_free(other);
    CU_ASSERT_PTR_NULL(mpr_heap_allocate_roomy(HEAP_BYTES + 1));
    one = mpr_heap_allocate_roomy(HEAP_BYTES - BLOCK_BYTES); // no room for room
    CU_ASSERT_PTR_NOT_NULL(one);
    mpr_heap_free(one);
}

static int exit_status(pid_t child)
{
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The parent writes as soon as it may, the child looks later; and the other way round. */
static void a_child_has_memory_of_its_own(void)
{
    open_heap();
    unsigned char *block = allocate(BLOCK_BYTES);
    memset(block, 1, BLOCK_BYTES);
    send_from(block + PAGE, 8 * PAGE, OFTEN);

    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        bool is_old = is_filled(block, BLOCK_BYTES, 1);
        memset(block, 2, BLOCK_BYTES);
        unsigned char *more = mpr_heap_allocate(BLOCK_BYTES, 1, false);
        memset(more, 3, BLOCK_BYTES);
        mpr_heap_free(more);
        mpr_heap_free(block);
        _exit(is_old ? 0 : 1);
    }
    memset(block, 4, BLOCK_BYTES);
    CU_ASSERT_EQUAL(exit_status(child), 0);
    CU_ASSERT_TRUE(is_filled(block, BLOCK_BYTES, 4));
    CU_ASSERT_TRUE(is_shared(block + PAGE));
    CU_ASSERT_TRUE(is_filled(peers_view(block + PAGE), 8 * PAGE, 4));
    mpr_heap_free(block);
}

static void a_wrong_free_ends_the_process(void)
{
    open_heap();
    unsigned char *block = allocate(BLOCK_BYTES);
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        mpr_heap_free(block + PAGE);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFSIGNALED(status));
    mpr_heap_free(block);
}

static uint32_t count_stretches(void)
{
    const unsigned char *sends = mprun_heap.sends;
    uint32_t count = 0;

    for (size_t page = 0; page < HEAP_BYTES / PAGE; page++) {
        count +=
            sends[page] == MPR_HEAP_SHARED && (page == 0 || sends[page - 1] != MPR_HEAP_SHARED);
    }
    return count;
}

static int count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    int count = 0;

    for (int c; (c = getc(maps)) != EOF;) {
        count += c == '\n';
    }
    fclose(maps);
    return count;
}

/* Every second page: each becomes a mapping of its own, and so does each between them. */
static void the_program_keeps_its_mappings(void)
{
    enum { PAGES = 40000, MOST = 34000 };

    open_heap();
    unsigned char *block = allocate((size_t)PAGES * PAGE);
    for (int page = 0; page < PAGES; page += 2) {
        send_from(block + (size_t)page * PAGE, PAGE, OFTEN);
    }
    CU_ASSERT_TRUE(count_mappings() < MOST);
    CU_ASSERT_EQUAL(mpr_heap.shared_stretches, count_stretches());
    CU_ASSERT_TRUE(is_shared(block) && !is_shared(block + (size_t)(PAGES - 2) * PAGE));
    mpr_heap_free(block);
    CU_ASSERT_EQUAL(mpr_heap.shared_stretches, count_stretches());

    block = allocate(BLOCK_BYTES); // there is room for others again
    send_from(block, BLOCK_BYTES, OFTEN);
    CU_ASSERT_TRUE(is_shared(block) && is_shared(block + BLOCK_BYTES - 1));
    CU_ASSERT_EQUAL(mpr_heap.shared_stretches, count_stretches());
    mpr_heap_free(block);
}

UNIT_MAIN("heap", UNIT(memory_is_as_asked_for), UNIT(what_is_sent_often_is_shared),
          UNIT(only_pages_of_the_message_are_shared), UNIT(what_is_freed_goes_back),
          UNIT(what_is_used_again_is_kept),
          UNIT(grows_where_it_lies), UNIT(blocks_that_grow_in_turn_move_seldom),
          UNIT(a_child_has_memory_of_its_own), UNIT(a_wrong_free_ends_the_process),
          UNIT(the_program_keeps_its_mappings))
