/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine: threads as coroutines whose stacks spin can put back, processes as images of their
 * variables, memory as histories and views. */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "inside.h"

static const char *const request_names[] = {
    "load",  "store",         "exchange", "compare and exchange", "add",  "fence",
    "lock",  "unlock",        "sleep",    "sleep, timed",         "wake", "membarrier",
    "pause", "await the end", "end"};

struct model_world model_world;
uint64_t model_digest[2];

/* The variables of the runtime's sources and of the scene: the linker has put them side by side. */
extern unsigned char __start_subject[], __stop_subject[];

static const struct model_scene *scene;
static bool shows_steps;
int machine_running = -1;
int machine_running_process;
static jmp_buf explorer;

struct machine_place machine_places[MODEL_LOCATIONS_MAX];
int machine_place_count;

void machine_stop(const char *why)
{
    fprintf(stderr, "model: %s\n", why);
    abort();
}

/* ---- Views ---- */

static void join(struct model_view *view, const struct model_view *other)
{
    for (int i = 0; i < machine_place_count; i++) {
        if (view->seen[i] < other->seen[i]) {
            view->seen[i] = other->seen[i];
        }
    }
}

void machine_exchange_views(struct model_thread *thread)
{
    join(&thread->acquired, &model_world.fences);
    thread->now = thread->acquired;
    thread->released = thread->now;
    model_world.fences = thread->now;
}

static void fence(struct model_thread *thread, int order)
{
    if (order == memory_order_seq_cst) {
        machine_exchange_views(thread);
        return;
    }
    if (order != memory_order_release) {
        thread->now = thread->acquired;
    }
    if (order != memory_order_acquire) {
        thread->released = thread->now;
    }
}

/* ---- Atomic memory ---- */

static bool acquires(int order)
{
    return order == memory_order_acquire || order == memory_order_acq_rel;
}

static bool releases(int order)
{
    return order == memory_order_release || order == memory_order_acq_rel;
}

static uint64_t load(struct model_thread *thread, int at, int index, int order)
{
    const struct model_message *message = &model_world.locations[at].history[index];

    thread->looked_at |= 1u << at;
    thread->has_news |= index < model_world.locations[at].newest;
    thread->now.seen[at] = (uint8_t)index;
    join(&thread->acquired, &thread->now);
    join(&thread->acquired, &message->view);
    if (acquires(order)) {
        join(&thread->now, &message->view);
    }
    return message->value;
}

static struct model_message *store(struct model_thread *thread, int at, uint64_t value, int order)
{
    struct model_location *location = &model_world.locations[at];

    if (location->newest + 1 == MODEL_HISTORY_MAX) {
        machine_stop("a history is too long: raise MODEL_HISTORY_MAX");
    }
    uint8_t index = ++location->newest;
    struct model_message *message = &location->history[index];
    thread->has_loose_store = true;
    thread->now.seen[at] = index;
    thread->acquired.seen[at] = index;
    message->value = value;
    message->view = releases(order) ? thread->now : thread->released;
    message->view.seen[at] = index;
    for (int i = 0; i < scene->thread_count; i++) {
        model_world.threads[i].has_news |= (model_world.threads[i].looked_at >> at & 1) != 0;
    }
    return message;
}

/* Reads the newest value, and continues its release sequence. */
static uint64_t change(struct model_thread *thread, int at, int request, uint64_t operand,
                       int order)
{
    int before = model_world.locations[at].newest;
    uint64_t value = load(thread, at, before, order);

    struct model_message *message =
        store(thread, at, request == ADD ? value + operand : operand, order);
    join(&message->view, &model_world.locations[at].history[before].view);
    return value;
}

static uint64_t newest_value(int at)
{
    const struct model_location *location = &model_world.locations[at];
    return location->history[location->newest].value;
}

/* One that fails has seen the newest value. */
static uint64_t compare(struct model_thread *thread, int at, int order)
{
    return newest_value(at) == thread->expected
               ? change(thread, at, EXCHANGE, thread->operand, order)
               : load(thread, at, model_world.locations[at].newest, memory_order_relaxed);
}

/* ---- What else threads do ---- */

static void lock(struct model_thread *thread, int me)
{
    struct model_process *process = &model_world.processes[scene->process_of[me]];

    process->lock_owner = (int8_t)(me + 1);
    join(&thread->now, &process->lock_view);
    join(&thread->acquired, &process->lock_view);
}

static void unlock(struct model_thread *thread, int me)
{
    struct model_process *process = &model_world.processes[scene->process_of[me]];

    if (process->lock_owner != me + 1) {
        model_fail("a thread drops a lock that it does not hold");
    }
    process->lock_owner = 0;
    process->lock_view = thread->now;
}

/* The kernel compares and lies down in one step, as seen by those who wake. */
static bool sleeps_on(struct model_thread *thread, uint64_t expected)
{
    if (thread->was_woken || newest_value(thread->location) != expected) {
        thread->was_woken = false;
        return false;
    }
    thread->is_asleep = true;
    return true;
}

static void wake(int at)
{
    for (int i = 0; i < scene->thread_count; i++) {
        struct model_thread *thread = &model_world.threads[i];
        if (thread->is_asleep && thread->location == at) {
            thread->is_asleep = false;
            thread->was_woken = true;
        }
    }
}

/* A barrier in each thread of the registered processes, wherever it is. Between a store and a load
 * that the compiler may exchange it orders nothing yet. */
static uint32_t interrupt_all(struct model_thread *caller, int me)
{
    if (model_world.processes[scene->process_of[me]].lacks_membarrier) {
        return EPERM;
    }
    machine_exchange_views(caller);
    for (int i = 0; i < scene->thread_count; i++) {
        struct model_thread *thread = &model_world.threads[i];
        if (thread == caller || !model_world.processes[scene->process_of[i]].is_registered) {
            continue;
        }
        if (thread->has_loose_store) {
            join(&model_world.fences, &thread->settled);
            thread->was_interrupted = true;
        } else {
            machine_exchange_views(thread);
        }
    }
    machine_exchange_views(caller);
    return 0;
}

/* ---- One step ---- */

/* Carries the request of a thread out. Returns whether the thread goes on. */
static bool perform(struct model_thread *thread, int me, int choice)
{
    int at = thread->location;

    switch (thread->request) {
    case LOAD:
        thread->result = load(thread, at, model_world.locations[at].newest - choice, thread->order);
        break;
    case STORE:
        store(thread, at, thread->operand, thread->order);
        break;
    case EXCHANGE:
    case ADD:
        thread->result = change(thread, at, thread->request, thread->operand, thread->order);
        break;
    case COMPARE:
        thread->result = compare(thread, at, thread->order);
        break;
    case FENCE:
        fence(thread, thread->order);
        break;
    case LOCK:
        lock(thread, me);
        break;
    case UNLOCK:
        unlock(thread, me);
        break;
    case SLEEP:
        return !sleeps_on(thread, thread->operand);
    case SLEEP_TIMED:
        break;
    case WAKE:
        wake(at);
        break;
    case BARRIER:
        thread->result = interrupt_all(thread, me);
        break;
    case PAUSE:
        thread->looked_at = 0;
        thread->has_news = false;
        break;
    case AWAIT_END:
        join(&thread->now, &model_world.threads[scene->awaited].now);
        join(&thread->acquired, &thread->now);
        thread->result = model_world.threads[scene->awaited].was_killed;
        break;
    case END:
        thread->has_ended = true;
        return false;
    }
    return true;
}

bool machine_has_ended(int me)
{
    return model_world.was_given_up || model_world.threads[me].has_ended;
}

bool machine_can_step(int me)
{
    const struct model_thread *thread = &model_world.threads[me];

    if (machine_has_ended(me) || model_world.failure != NULL) {
        return false;
    }
    switch (thread->request) {
    case LOCK:
        return model_world.processes[scene->process_of[me]].lock_owner == 0;
    case SLEEP:
        return !thread->is_asleep;
    case PAUSE:
        return thread->has_news;
    case AWAIT_END:
        return model_world.threads[scene->awaited].has_ended;
    default:
        return true;
    }
}

int machine_choices(int me)
{
    const struct model_thread *thread = &model_world.threads[me];
    int at = thread->location;

    return thread->request == LOAD ? model_world.locations[at].newest - thread->now.seen[at] + 1
                                   : 1;
}

static void load_image(int process)
{
    memcpy(__start_subject, model_world.processes[process].image,
           (size_t)(__stop_subject - __start_subject));
    machine_running_process = process;
}

static void save_image(int process)
{
    memcpy(model_world.processes[process].image, __start_subject,
           (size_t)(__stop_subject - __start_subject));
}

static void shift(struct model_view *view, int at, uint8_t by)
{
    view->seen[at] = view->seen[at] > by ? (uint8_t)(view->seen[at] - by) : 0;
}

/* What no thread can come back to is forgotten, so that the same situation looks the same again. */
static void forget(int at)
{
    struct model_location *location = &model_world.locations[at];
    uint8_t oldest = location->newest;

    for (int i = 0; i < scene->thread_count; i++) {
        const struct model_thread *thread = &model_world.threads[i];
        if (!thread->has_ended && thread->now.seen[at] < oldest) {
            oldest = thread->now.seen[at];
        }
    }
    if (oldest == 0) {
        return;
    }
    location->newest = (uint8_t)(location->newest - oldest);
    if (!machine_places[at].is_plain) {
        size_t kept = location->newest + 1u;
        memmove(location->history, location->history + oldest, kept * sizeof(location->history[0]));
        memset(location->history + kept, 0,
               (MODEL_HISTORY_MAX - kept) * sizeof(location->history[0]));
    }
    shift(&model_world.fences, at, oldest);
    for (int i = 0; i < scene->thread_count; i++) {
        shift(&model_world.threads[i].now, at, oldest);
        shift(&model_world.threads[i].acquired, at, oldest);
        shift(&model_world.threads[i].released, at, oldest);
        shift(&model_world.threads[i].settled, at, oldest);
        shift(&model_world.processes[i].lock_view, at, oldest);
    }
    for (int other = 0; other < machine_place_count; other++) {
        struct model_location *with_views = &model_world.locations[other];
        for (int i = 0; !machine_places[other].is_plain && i <= with_views->newest; i++) {
            shift(&with_views->history[i].view, at, oldest);
        }
    }
}

static void show_step(int me, int choice)
{
    const struct model_thread *thread = &model_world.threads[me];
    bool has_place = thread->request <= ADD || thread->request == SLEEP || thread->request == WAKE;

    printf("thread %d: %s", me, request_names[thread->request]);
    if (has_place) {
        printf(" %s", machine_places[thread->location].name);
    }
    if (thread->request >= STORE && thread->request <= ADD) {
        printf(", %#" PRIx64, thread->operand);
    } else if (thread->request == LOAD) {
        const struct model_location *location = &model_world.locations[thread->location];
        printf(" is %#" PRIx64 "%s", location->history[location->newest - choice].value,
               choice > 0 ? ", an old value" : "");
    }
    printf("\n");
}

/* Lets the thread run up to its next request. */
static void resume(int me)
{
    machine_running = me;
    if (_setjmp(explorer) == 0) {
        _longjmp(model_world.threads[me].resume, 1);
    }
    machine_running = -1;
}

/* By the thread itself: what it asks for is carried out when the explorer chooses it. */
__attribute__((noinline)) uint64_t machine_ask(enum request request, int at, uint64_t operand,
                                               int order)
{
    struct model_thread *thread = &model_world.threads[machine_running];

    if (request >= FENCE && request != PAUSE) {
        model_compiler_fence();
    }
    thread->request = (uint8_t)request;
    thread->location = (uint8_t)at;
    thread->operand = operand;
    thread->order = (uint8_t)order;
    thread->stack_top = (unsigned char *)__builtin_frame_address(0);
    if (_setjmp(thread->resume) == 0) {
        _longjmp(explorer, 1);
    }
    return model_world.threads[machine_running].result;
}

/* Below the last frame of a thread lies only what it has left there. */
static void clear_stack(int me)
{
    enum { FRAME_BYTES_MAX = 256 };
    unsigned char *bottom = model_world.stacks[me];
    unsigned char *frame = model_world.threads[me].stack_top - FRAME_BYTES_MAX;

    if (frame < bottom + FRAME_BYTES_MAX) {
        machine_stop("a stack is too small: raise MODEL_STACK_BYTES");
    }
    memset(bottom, 0, (size_t)(frame - bottom));
}

static void digest_world(void)
{
    const uint64_t factor = 0x9e3779b97f4a7c15u, other_factor = 0xc2b2ae3d27d4eb4fu;
    const uint64_t *words = (const uint64_t *)(const void *)&model_world;
    uint64_t sum = 0, other_sum = 0;

    for (size_t i = 0; i < sizeof(model_world) / sizeof(*words); i++) {
        sum = (sum ^ words[i]) * factor;
        sum ^= sum >> 32;
        other_sum = (other_sum ^ words[i]) * other_factor;
        other_sum ^= other_sum >> 29;
    }
    model_digest[0] = sum;
    model_digest[1] = other_sum;
}

static void tidy(int me)
{
    save_image(scene->process_of[me]);
    clear_stack(me);
    for (int at = 0; at < machine_place_count; at++) {
        forget(at);
    }
    digest_world();
}

void machine_step(int me, int choice)
{
    struct model_thread *thread = &model_world.threads[me];

    if (shows_steps) {
        show_step(me, choice);
    }
    load_image(scene->process_of[me]);
    if (perform(thread, me, choice)) {
        resume(me);
    }
    tidy(me);
    if (shows_steps && model_world.failure != NULL) {
        printf("thread %d: %s\n", me, model_world.failure);
    }
}

/* ---- The beginning and the end ---- */

static void begin(void)
{
    scene->run(machine_running);
    machine_ask(END, 0, 0, 0);
}

static void boot(int me)
{
    static ucontext_t context, here;

    getcontext(&context);
    context.uc_stack.ss_sp = model_world.stacks[me];
    context.uc_stack.ss_size = MODEL_STACK_BYTES;
    context.uc_link = NULL;
    makecontext(&context, begin, 0);
    load_image(scene->process_of[me]);
    machine_running = me;
    if (_setjmp(explorer) == 0) {
        swapcontext(&here, &context);
    }
    machine_running = -1;
    tidy(me);
}

void machine_start(void)
{
    const char *number = getenv("MODEL_CASE");
    int process_count = 0;

    shows_steps = getenv("MODEL_SHOW") != NULL;
    scene = model_scene_find(number != NULL ? atoi(number) : 0);
    if (scene == NULL) {
        machine_stop("there is no scene of this number");
    }
    if (__stop_subject - __start_subject > MODEL_IMAGE_BYTES) {
        machine_stop("the variables are too large: raise MODEL_IMAGE_BYTES");
    }
    for (int i = 0; i < scene->thread_count; i++) {
        if (process_count <= scene->process_of[i]) {
            process_count = scene->process_of[i] + 1;
        }
    }
    for (int process = 0; process < process_count; process++) {
        save_image(process);
    }
    for (int process = 0; process < process_count; process++) {
        load_image(process);
        scene->start(process);
        save_image(process);
    }
    for (int i = 0; i < scene->thread_count; i++) {
        boot(i);
    }
}

int machine_thread_count(void)
{
    return scene->thread_count;
}

bool machine_can_kill(void)
{
    return scene->is_mortal && !machine_has_ended(scene->awaited);
}

void machine_kill(void)
{
    struct model_thread *thread = &model_world.threads[scene->awaited];

    thread->has_ended = true;
    thread->was_killed = true;
    thread->is_asleep = false;
    digest_world();
    if (shows_steps) {
        printf("thread %d is killed\n", scene->awaited);
    }
}
