/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine that a scene runs on: threads of several processes, and the memory of C11.
 *
 * A scene is a small program over the real sources of the runtime. Each of its threads runs by
 * itself up to its next operation on shared memory (an atomic access, a fence, a system call, the
 * lock), and spin (explore.pml) tries every order of these operations, and for each load every
 * value that the memory may give. What a scene can do wrong ends in one of two ways: model_fail()
 * with a text, or all threads blocked, as when one sleeps for ever.
 *
 * The memory is that of C11 in operational form (J. Kang et al., "A Promising Semantics for
 * Relaxed-Memory Concurrency", POPL 2017, without promises): each location keeps its history of
 * stores, each thread has a view, which is how far it has seen each history, and a load may give
 * any store that is not older than the view. A release store carries the writer's view, an acquire
 * load takes it on; a seq_cst fence exchanges views with all other such fences. So a store may stay
 * invisible for as long as the standard allows (store buffers are a case of it), and loads may be
 * out of order. Not covered are loads that see stores which follow them in program order, and
 * stores of two threads to one location in an order other than that of execution.
 *
 * Memory that is not atomic is checked for races instead: whoever touches it must have seen, by
 * release and acquire, all that others have done to it. A membarrier(2) is such a fence in every
 * thread of the registered processes; it does not count between a store and a load that the
 * compiler may exchange. */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_THREADS_MAX = 3,
    MODEL_LOCATIONS_MAX = 56,
    MODEL_HISTORY_MAX = 10,
    MODEL_STACK_BYTES = 1536,
    MODEL_IMAGE_BYTES = 2560,
    MODEL_SHARED_BYTES = 9856
};

/* ---- What a scene is made of ---- */

struct model_scene {
    int thread_count;
    int process_of[MODEL_THREADS_MAX]; /* by thread; threads of a process share its variables */
    int awaited; /* thread whose end others may wait for */
    bool is_mortal; /* its process may be killed at any operation */
    void (*start)(int process); /* first of all, in the order of processes; not explored */
    void (*run)(int thread);
};

/* The scene to explore: number MODEL_CASE (environment) of the program. */
const struct model_scene *model_scene_find(int number);

/* During start(): memory that the processes share, zeroed; and which words of it are atomic, which
 * parts are not. What is not named is not checked. */
void *model_shared(void);
void model_atomic(const volatile void *at, const char *name);
void model_plain(const volatile void *at, size_t bytes, const char *name);

/* Before plain memory is read or written. */
void model_reads(const void *at);
void model_writes(const void *at);

/* Until something that this thread has looked at since its last pause may look different. */
void model_pause(void);

/* The process's own lock. */
void model_lock(void);
void model_unlock(void);

/* Until the awaited thread has ended or was killed, which it tells. Its stores are seen from then
 * on. */
bool model_await_end(void);

/* Whether membarrier(2) works for the process of this thread; true unless changed. */
void model_membarrier_works(bool works);

/* A thread that has gone around more often than the bounds allow: this run is not followed further.
 * */
void model_give_up(void);

/* What must hold does not. */
void model_fail(const char *what);

#define model_check(condition)        \
    do {                              \
        if (!(condition)) {           \
            model_fail(#condition);   \
        }                             \
    } while (0)

/* ---- What the explorer asks for ---- */

struct model_view {
    uint8_t seen[MODEL_LOCATIONS_MAX]; /* by location: index into its history */
};

struct model_message {
    uint64_t value;
    struct model_view view;
};

struct model_location {
    uint8_t newest;
    uint8_t reads; /* plain memory: how often it was read; a location of its own in the views */
    struct model_message history[MODEL_HISTORY_MAX];
};

struct model_thread {
    jmp_buf resume;
    unsigned char *stack_top;
    bool has_ended;
    bool was_killed;
    bool is_asleep;
    bool was_woken;
    bool has_loose_store; /* not kept in order with later loads by a fence for the compiler yet */
    bool was_interrupted; /* by a membarrier, between such a store and the fence */
    uint32_t looked_at; /* locations, since the last pause */
    bool has_news;      /* one of these had a newer value, or has now */
    uint8_t request;
    uint8_t location;
    uint8_t order;
    uint64_t operand;
    uint64_t expected; /* for an exchange that compares */
    uint64_t result;
    struct model_view now;      /* what loads may not fall behind */
    struct model_view acquired; /* what an acquire fence would add to it */
    struct model_view released; /* what a relaxed store carries */
    struct model_view settled;  /* at the last fence for the compiler */
};

struct model_process {
    bool is_registered; /* for membarrier */
    bool lacks_membarrier;
    int8_t lock_owner; /* thread + 1 */
    struct model_view lock_view;
    _Alignas(16) unsigned char image[MODEL_IMAGE_BYTES]; /* its variables, while another one runs */
};

/* All that changes, so that spin can put it back. */
struct model_world {
    const char *failure;
    bool was_given_up;
    struct model_view fences; /* what seq_cst fences have exchanged */
    struct model_location locations[MODEL_LOCATIONS_MAX];
    struct model_thread threads[MODEL_THREADS_MAX];
    struct model_process processes[MODEL_THREADS_MAX];
    _Alignas(128) unsigned char shared[MODEL_SHARED_BYTES];
    _Alignas(64) unsigned char stacks[MODEL_THREADS_MAX][MODEL_STACK_BYTES];
};

extern struct model_world model_world;

/* 128 bits of it, by which spin knows the world again: it need not keep the whole of each. */
extern uint64_t model_digest[2];

void machine_start(void);
int machine_thread_count(void);
bool machine_can_step(int thread);
bool machine_has_ended(int thread);

/* The next operation of `thread`: in how many ways it may go, and one of them. */
int machine_choices(int thread);
void machine_step(int thread, int choice);

bool machine_can_kill(void);
void machine_kill(void);

#endif
