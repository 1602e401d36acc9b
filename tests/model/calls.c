/* SPDX-License-Identifier: BSD-3-Clause */
/* What scenes and the runtime's sources call: atomic operations, system calls, checks. Most end in
 * a request to the machine, at which the thread stops until the explorer chooses it. */
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "inside.h"

/* Every process that shares a location names it; the first time counts. */
static bool is_named(const volatile void *at)
{
    for (int i = 0; i < machine_place_count; i++) {
        if (machine_places[i].start == at) {
            return true;
        }
    }
    return false;
}

static void name_location(const volatile void *at, size_t bytes, const char *name, bool plain)
{
    if (machine_place_count == MODEL_LOCATIONS_MAX) {
        machine_stop("there are too many locations: raise MODEL_LOCATIONS_MAX");
    }
    machine_places[machine_place_count++] = (struct machine_place){at, bytes, name, plain};
}

void *model_shared(void)
{
    return model_world.shared;
}

void model_atomic(const volatile void *at, const char *name)
{
    if (!is_named(at)) {
        name_location(at, 1, name, false);
    }
}

/* A location for the writes and, after it, one for the reads. */
void model_plain(const volatile void *at, size_t bytes, const char *name)
{
    if (!is_named(at)) {
        name_location(at, bytes, name, true);
        name_location(at, 0, name, true);
    }
}

static int find_location(const volatile void *at, bool plain)
{
    for (int i = 0; i < machine_place_count; i++) {
        const struct machine_place *place = &machine_places[i];
        const volatile unsigned char *byte = at;
        if (place->is_plain == plain && place->start <= byte &&
            byte < place->start + place->bytes) {
            return i;
        }
    }
    return -1;
}

static bool has_seen_all(const struct model_thread *thread, int at)
{
    return thread->now.seen[at] == model_world.locations[at].newest;
}

static void touch(struct model_thread *thread, int at)
{
    thread->now.seen[at] = ++model_world.locations[at].newest;
    thread->acquired.seen[at] = thread->now.seen[at];
}

void model_reads(const void *memory)
{
    struct model_thread *thread = &model_world.threads[machine_running];
    int at = find_location(memory, true);

    if (!has_seen_all(thread, at)) {
        model_fail("a race: memory is read while another thread may still write it");
    }
    touch(thread, at + 1);
}

void model_writes(const void *memory)
{
    struct model_thread *thread = &model_world.threads[machine_running];
    int at = find_location(memory, true);

    if (!has_seen_all(thread, at) || !has_seen_all(thread, at + 1)) {
        model_fail("a race: memory is written while another thread may still use it");
    }
    touch(thread, at);
}

void model_pause(void)
{
    machine_ask(PAUSE, 0, 0, 0);
}

void model_lock(void)
{
    machine_ask(LOCK, 0, 0, 0);
}

void model_unlock(void)
{
    machine_ask(UNLOCK, 0, 0, 0);
}

bool model_await_end(void)
{
    return machine_ask(AWAIT_END, 0, 0, 0) != 0;
}

void model_membarrier_works(bool works)
{
    model_world.processes[machine_running_process].lacks_membarrier = !works;
}

void model_give_up(void)
{
    model_world.was_given_up = true;
}

void model_fail(const char *what)
{
    if (model_world.failure == NULL) {
        model_world.failure = what;
    }
}

/* What no scene has named belongs to the process alone, or is of no interest. */
static uint64_t unnamed(volatile void *at, size_t bytes, const uint64_t *value)
{
    uint64_t before = 0;

    memcpy(&before, (void *)at, bytes);
    if (value != NULL) {
        memcpy((void *)at, value, bytes);
    }
    return before;
}

/* While the scene is prepared, nobody else is there. */
static uint64_t prepare(int at, const uint64_t *value)
{
    struct model_message *message = &model_world.locations[at].history[0];
    uint64_t before = message->value;

    if (value != NULL) {
        message->value = *value;
    }
    return before;
}

uint64_t model_load(const volatile void *memory, size_t bytes, memory_order order)
{
    int at = find_location(memory, false);

    if (at < 0) {
        return unnamed((volatile void *)memory, bytes, NULL);
    }
    return machine_running < 0 ? prepare(at, NULL) : machine_ask(LOAD, at, 0, order);
}

void model_store(volatile void *memory, size_t bytes, uint64_t value, memory_order order)
{
    int at = find_location(memory, false);

    if (at < 0) {
        unnamed(memory, bytes, &value);
    } else if (machine_running < 0) {
        prepare(at, &value);
    } else {
        machine_ask(STORE, at, value, order);
    }
}

static uint64_t model_change(enum request request, volatile void *memory, size_t bytes,
                             uint64_t operand, memory_order order)
{
    int at = find_location(memory, false);

    if (at >= 0 && machine_running >= 0) {
        return machine_ask(request, at, operand, order);
    }
    uint64_t before = at < 0 ? unnamed(memory, bytes, NULL) : prepare(at, NULL);
    uint64_t value = request == ADD ? before + operand : operand;
    return at < 0 ? unnamed(memory, bytes, &value) : prepare(at, &value);
}

uint64_t model_exchange(volatile void *memory, size_t bytes, uint64_t value, memory_order order)
{
    return model_change(EXCHANGE, memory, bytes, value, order);
}

uint64_t model_add(volatile void *memory, size_t bytes, uint64_t value, memory_order order)
{
    return model_change(ADD, memory, bytes, value, order);
}

bool model_compare_exchange(volatile void *memory, size_t bytes, void *expected, uint64_t value,
                            memory_order order)
{
    int at = find_location(memory, false);
    uint64_t wanted = 0, before;

    memcpy(&wanted, expected, bytes);
    if (at >= 0 && machine_running >= 0) {
        model_world.threads[machine_running].expected = wanted;
        before = machine_ask(COMPARE, at, value, order);
    } else {
        const uint64_t *changed = model_load(memory, bytes, order) == wanted ? &value : NULL;
        before = at < 0 ? unnamed(memory, bytes, changed) : prepare(at, changed);
    }
    memcpy(expected, &before, bytes);
    return before == wanted;
}

void model_fence(memory_order order)
{
    if (machine_running >= 0) {
        machine_ask(FENCE, 0, 0, order);
    }
}

void model_compiler_fence(void)
{
    struct model_thread *thread = &model_world.threads[machine_running];

    thread->has_loose_store = false;
    thread->settled = thread->now;
    if (thread->was_interrupted) {
        thread->was_interrupted = false;
        machine_exchange_views(thread);
    }
}

static long futex(const volatile void *word, int command, uint32_t operand, const void *timeout)
{
    int at = find_location(word, false);

    if (command == FUTEX_WAKE) {
        machine_ask(WAKE, at, 0, 0);
    } else {
        machine_ask(timeout != NULL ? SLEEP_TIMED : SLEEP, at, operand, 0);
    }
    return 0;
}

static long membarrier(int command)
{
    struct model_process *process = &model_world.processes[machine_running_process];

    if (command == MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) {
        process->is_registered = !process->lacks_membarrier;
        return process->is_registered ? 0 : -1;
    }
    return machine_ask(BARRIER, 0, 0, 0) == 0 ? 0 : -1;
}

/* The sources call syscall() by this name. */
long model_syscall(long number, ...);

long model_syscall(long number, ...)
{
    va_list arguments;
    long result;

    va_start(arguments, number);
    if (number == SYS_futex) {
        const volatile void *word = va_arg(arguments, const volatile void *);
        int command = va_arg(arguments, int);
        uint32_t operand = va_arg(arguments, uint32_t);
        result = futex(word, command, operand, va_arg(arguments, const void *));
    } else if (number == SYS_membarrier) {
        result = membarrier(va_arg(arguments, int));
    } else {
        machine_stop("a system call that the model does not know");
    }
    va_end(arguments);
    return result;
}

/* Time stands still: who has looked long enough says so itself. */
int model_clock_gettime(clockid_t clock, struct timespec *now);

int model_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = (struct timespec){.tv_sec = 1};
    return 0;
}
