/* SPDX-License-Identifier: BSD-3-Clause */
/* The waiting policy, and waiting for requests.
 *
 * Looking at the clock costs as much as several passes, so that a spinning rank does it once in
 * CLOCK_STEPS. With a hint, a pass looks at one ring only, and at everything once in ALL_STEPS. */
#include "p2p/wait.h"

#include <poll.h>
#include <sched.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/tunables.h"
#include "p2p/ask.h"
#include "p2p/mates.h"
#include "p2p/p2p.h"
#include "p2p/progress.h"
#include "shm/board.h"
#include "shm/doorbell.h"
#include "shm/job.h"

enum {
    CLOCK_STEPS = 64,
    ALL_STEPS = 8,
    /* Steps of a spinning rank between two in which its other threads are let in. */
    OFFER_STEPS = 16,
    /* Vain polls of several threads between two at which one gives its core away. */
    THREAD_POLLS = 64,
    /* One wait in so many makes a pass of progress before it gives way. */
    WAYS_PER_PASS = 8,
    /* A rank that shares its core: how often it looks before it yields, and
     * yields before it sleeps. */
    SHARED_SPIN_STEPS = 4,
    SHARED_YIELD_COUNT = 20,
    /* How often it looks, in one wait, for what is about to come (p2p/mates.h): about ten
     * microseconds, as long as some switches take. */
    STAY_LOOKS = 400,
    LOOKS_PER_STAY = 4,
    /* A program that polls works if it is away for longer than WORK_NS, and what the library takes
     * to go through each request, and then gives way once in TURN_NS. */
    WORK_NS = 45,
    REQUEST_NS = 4,
    TURN_NS = 5000,
    /* Who has been waited for that long, and some microseconds before the first look at the clock,
     * is late: to read 32 KiB from afar takes five. */
    LATE_NS = 6000,
    /* Between two looks, and how it is measured what part of that a pause takes: some cores pause
     * for 3 ns, others for 45. */
    LOOK_NS = 50,
    LOOK_PAUSES_MAX = 16,
    PAUSES_MEASURED = 32,
    MEASUREMENTS = 3,
    /* How much longer than MPRUN_SPIN_NS a rank spins when its waits are that short. */
    SPIN_GROWTH_MAX = 25,
    /* Between two passes of progress of a rank that waits for a descriptor. */
    FD_PASS_MS = 1
};

int mpr_wait_unrung;
uint32_t mpr_wait_look_pauses = 1;

static uint32_t yield_steps;
static uint64_t spin_ns; // what pays, as far as is known
static int sleeper_count; /* threads of this rank that sleep on the doorbell */

/* Of these, how many are not on their way already: they sleep since the present lull began, in
 * which nobody has rung. */
static int undisturbed_count;
static uint32_t lull;

/* What they do, the last one first. */
struct sleeper {
    struct mpr_doing doing;
    struct sleeper *next;
};

static struct sleeper *sleepers;

/* The shortest time of some, for a core may be taken away meanwhile. */
static uint64_t time_pauses(void)
{
    uint64_t least_ns = UINT64_MAX;

    for (int i = 0; i < MEASUREMENTS; i++) {
        const uint64_t begin_ns = mpr_clock_ns();
        for (int pause = 0; pause < PAUSES_MEASURED; pause++) {
            mpr_pause();
        }
        const uint64_t taken_ns = mpr_clock_ns() - begin_ns;
        least_ns = taken_ns < least_ns ? taken_ns : least_ns;
    }
    return least_ns;
}

static uint32_t choose_look_pauses(void)
{
    const uint64_t taken_ns = time_pauses();
    const uint64_t wanted_ns = LOOK_NS * PAUSES_MEASURED;

    if (wanted_ns >= LOOK_PAUSES_MAX * taken_ns) {
        return LOOK_PAUSES_MAX;
    }
    const uint32_t pauses = (uint32_t)((wanted_ns + taken_ns / 2) / taken_ns);
    return pauses > 0 ? pauses : 1;
}

void mpr_wait_start(void)
{
    mpr_wait_look_pauses = choose_look_pauses();
    yield_steps = mpr_tunables.yield_count > 0 ? (uint32_t)mpr_tunables.yield_count
                                               : SHARED_YIELD_COUNT;
    spin_ns = (uint64_t)mpr_tunables.spin_ns;
}

static bool shares_core(void)
{
    return !mpr_wait_may_spin();
}

void mpr_wait_notify(void)
{
    if (mpr_lock_is_held) {
        mpr_lock_call_back();
    }
    if (sleeper_count > 0) {
        mpr_doorbell_wake(mpr_job.control);
    }
}

static bool is_over(const struct mpr_wait *wait)
{
    return wait->has_come != NULL && wait->has_come(wait->state);
}

static void remove_sleeper(const struct sleeper *sleeper)
{
    struct sleeper **link = &sleepers;

    while (*link != sleeper) {
        link = &(*link)->next;
    }
    *link = sleeper->next;
}

void mpr_wait_show_sleeper(void)
{
    if (sleepers != NULL) {
        struct mpr_doing doing = sleepers->doing;
        doing.call |= MPR_BOARD_ASLEEP;
        mpr_board_write(&doing);
    }
}

/* The lock is free until wake_up(). Other threads that come and go leave the board to this one. */
static void fall_asleep(struct sleeper *self)
{
    *self = (struct sleeper){.doing = mpr_board_read(), .next = sleepers};
    sleepers = self;
    if (mpr_lock_is_held) {
        mpr_wait_show_sleeper();
    }
    mpr_unlock();
}

static void wake_up(const struct sleeper *self)
{
    mpr_lock();
    remove_sleeper(self);
    mpr_board_write(&self->doing);
}

/* Whether nothing but a ring of another rank can end the sleep: there is nothing that nobody rings
 * for, no answer that mprun owes us, and no thread that may call but this one and sleepers. */
static bool is_settling(void)
{
    return mpr_wait_unrung == 0 && !mpr_ask_is_open &&
           (!mpr_lock_is_held || mpr_lock_count_threads() == undisturbed_count + 1);
}

/* Everything that wakes us changes memory first and rings then; so one more look after arming is
 * enough, see shm/doorbell.h. Other threads that sleep keep the doorbell armed. */
static void sleep_until_rung(const struct mpr_wait *wait)
{
    struct mpr_rank_control *control = mpr_job.control;
    struct sleeper self;
    bool was_armed;

    uint32_t armed = mpr_doorbell_arm(control, &was_armed);
    if (!was_armed) {
        undisturbed_count = 0;
        lull++;
    }
    if (mpr_progress() == 0 && !is_over(wait)) {
        const uint32_t own_lull = lull;
        if (is_settling()) {
            mpr_doorbell_settle(control, armed);
        }
        sleeper_count++;
        undisturbed_count++;
        fall_asleep(&self);
        mpr_doorbell_sleep(control, armed, mpr_wait_unrung > 0);
        wake_up(&self);
        undisturbed_count -= lull == own_lull;
        sleeper_count--;
    }
    if (sleeper_count == 0) {
        mpr_doorbell_disarm(control);
    }
}

static void yield(void)
{
    const struct mpr_doing doing = mpr_board_read();

    mpr_unlock();
    sched_yield();
    mpr_lock();
    mpr_board_write(&doing);
}

/* Lets in another thread that waits for the lock. Returns whether one did. */
static bool offer(void)
{
    if (!mpr_lock_is_held) {
        return false;
    }
    const struct mpr_doing doing = mpr_board_read();
    const bool passed = mpr_lock_pass();
    if (passed) {
        mpr_board_write(&doing);
    }
    return passed;
}

/* Asked before each LOOKS_PER_STAY looks. The first ones keep mates waiting, all others do not. */
static bool should_stay(const struct mpr_wait *wait, const struct mpr_peer *sender)
{
    const bool is_first = wait->stays == 0 && wait->idle_steps == 0;

    return wait->stays < STAY_LOOKS && (is_first || mpr_mates_are_idle()) &&
           mpr_mates_may_send(sender);
}

/* It gives way at once, but no more often than others do before they sleep. */
static void skip_looks(struct mpr_wait *wait)
{
    if (wait->idle_steps < SHARED_SPIN_STEPS) {
        wait->idle_steps = SHARED_SPIN_STEPS - 1;
    }
}

/* Whether a rank that shares its core looks once more for a known sender (p2p/mates.h). The wait is
 * shown to others from its first vain look on. */
static bool stays(struct mpr_wait *wait)
{
    const struct mpr_peer *sender = wait->hint < 0 ? NULL : &mpr_peers[wait->hint];

    if (sender == NULL || !mpr_peer_is_held(sender) || mpr_lock_is_held || !mpr_mates_are_few()) {
        return false;
    }
    if (!wait->is_shown) {
        wait->is_shown = true;
        mpr_mates_await(sender);
    }
    if (wait->stays % LOOKS_PER_STAY == 0 && !should_stay(wait, sender)) {
        skip_looks(wait);
        return false;
    }
    wait->stays++;
    return true;
}

static bool has_spun_enough(struct mpr_wait *wait)
{
    if (shares_core()) {
        return wait->idle_steps >= SHARED_SPIN_STEPS;
    }
    if (wait->idle_steps % CLOCK_STEPS != 0) {
        return false;
    }
    uint64_t now_ns = mpr_clock_ns();
    if (wait->idle_since_ns == 0) {
        wait->idle_since_ns = now_ns;
    }
    const uint64_t idle_ns = now_ns - wait->idle_since_ns;
    wait->is_late = wait->is_late || idle_ns >= LATE_NS;
    return idle_ns >= spin_ns;
}

/* Somebody has slept whose wait is over. Being woken costs tens of microseconds, in a virtual
 * machine more: whoever is woken soon had better have spun. Waits that are longer than that cost
 * their core MPRUN_SPIN_NS and no more, but for the first of them. */
static void learn_from_sleep(const struct mpr_wait *wait)
{
    uint64_t least_ns = (uint64_t)mpr_tunables.spin_ns;
    uint64_t most_ns = least_ns * SPIN_GROWTH_MAX;
    uint64_t wanted_ns = 2 * (mpr_clock_ns() - wait->idle_since_ns);

    if (wanted_ns > most_ns) {
        spin_ns = least_ns;
    } else if (wanted_ns > spin_ns) {
        spin_ns = wanted_ns;
    }
}

static void publish(struct mpr_wait *wait)
{
    if (!wait->published) {
        wait->published = true;
        mpr_board_since(mpr_clock_ns());
    }
}

/* Nothing moved: spend the time in the way that the stage asks for. */
static void idle(struct mpr_wait *wait)
{
    enum mpr_wait_choice last = (enum mpr_wait_choice)mpr_tunables.wait;

    if (shares_core() && stays(wait)) {
        mpr_pause();
        return;
    }
    wait->idle_steps++;
    if (last == MPR_WAIT_SPIN || !has_spun_enough(wait)) {
        mpr_pause();
        if (wait->idle_steps % OFFER_STEPS == 0) {
            offer();
        }
        return;
    }
    if (last == MPR_WAIT_YIELD ||
        (shares_core() && wait->idle_steps < SHARED_SPIN_STEPS + yield_steps)) {
        yield();
        if (wait->is_shown) {
            mpr_mates_tell_cpu();
        }
        return;
    }
    publish(wait);
    wait->is_late = true;
    sleep_until_rung(wait);
    if (!shares_core()) {
        learn_from_sleep(wait);
    }
}

struct mpr_wait mpr_wait_begin_for(bool (*has_come)(void *state), void *state)
{
    return (struct mpr_wait){.idle_steps = shares_core() ? SHARED_SPIN_STEPS : 0,
                             .hint = -1,
                             .has_come = has_come,
                             .state = state};
}

bool mpr_wait_give_way(void)
{
    static uint32_t way_count;

    if (!shares_core() || mpr_tunables.wait == MPR_WAIT_SPIN || ++way_count % WAYS_PER_PASS == 0) {
        return false;
    }
    yield();
    return true;
}

static int look(struct mpr_wait *wait)
{
    if (wait->hint < 0 || ++wait->looks % ALL_STEPS == 0) {
        return mpr_progress();
    }
    // One cell at a time: the next may be for a receive that the program has yet to come to.
    const bool moved = mpr_progress_next(&mpr_peers[wait->hint]);
    if (moved) {
        mpr_wait_notify();
    }
    return moved;
}

void mpr_wait_step(struct mpr_wait *wait)
{
    if (look(wait) == 0) {
        idle(wait);
    } else {
        wait->idle_steps = 0;
        wait->idle_since_ns = 0;
        wait->stays = 0;
        wait->is_shown = false;
    }
}

void mpr_wait_end(struct mpr_wait *wait)
{
    if (wait->published) {
        mpr_board_since(0);
    }
    mpr_board_forget_peer();
}

/* A program that does nothing but poll gives way each time; one that works in between does not lose
 * its core for every look it takes, only now and then. Returns whether it did. */
static bool yield_if_due(int request_count, uint64_t called_ns)
{
    static uint64_t left_ns, yielded_ns;
    const bool works = called_ns - left_ns > WORK_NS + (uint64_t)request_count * REQUEST_NS;
    const bool is_due = !works || called_ns - yielded_ns > TURN_NS;

    if (is_due) {
        yield();
    }
    left_ns = mpr_clock_ns();
    if (is_due) {
        yielded_ns = left_ns;
    }
    return is_due;
}

/* A rank with a core of its own may have several threads there, and what this one asks for may be
 * for another one to do. Returns whether something may have moved. */
static bool let_threads_in(uint32_t vain_count)
{
    if (mpr_lock_is_held && vain_count % THREAD_POLLS == 0) {
        yield();
        return true;
    }
    return vain_count % OFFER_STEPS == 0 && offer();
}

bool mpr_wait_poll(int request_count)
{
    static uint32_t vain_count;
    const bool is_patient = !shares_core() || vain_count < SHARED_SPIN_STEPS;
    const uint64_t called_ns = is_patient ? 0 : mpr_clock_ns();

    if (mpr_progress() > 0) {
        vain_count = 0;
        return true;
    }
    if (is_patient) {
        return let_threads_in(++vain_count);
    }
    return yield_if_due(request_count, called_ns);
}

void mpr_wait_for_fd(int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    struct mpr_wait wait = mpr_wait_begin(-1);
    struct sleeper self;

    while (poll(&ready, 1, 0) == 0) {
        if (mpr_progress() == 0) {
            publish(&wait);
            fall_asleep(&self);
            poll(&ready, 1, FD_PASS_MS);
            wake_up(&self);
        }
    }
    mpr_wait_end(&wait);
}

/* The rank in whose ring what `request` waits for will come: all that a receive from a known rank
 * gets, and the answer to a send's offer. -1: it moves in passes over everything. A sender that
 * shares its core makes them, too: others wait for what it can do meanwhile. */
static int rank_that_moves(const struct mpr_request *request)
{
    const bool by_ring = request->class == &mpr_recv_class ||
                         (request->path == MPR_PATH_NONE && !shares_core());
    return by_ring && mpr_list_is_empty(&request->peer_link) ? request->peer : -1;
}

/* A short send has kept its caller waiting. */
static void lose_patience(const struct mpr_request *request)
{
    if (request->class == &mpr_send_class && request->bytes <= mpr_tunables.eager_bytes &&
        !request->synchronous) {
        mpr_patience_lose(&mpr_peers[request->peer].patience);
    }
}

int mpr_request_wait(struct mpr_request *request)
{
    struct mpr_wait wait = mpr_wait_begin(-1);

    if (request->complete) {
        return request->error;
    }
    if (request->type != NULL) {
        mpr_board_peer(request->other, request->peer, request->wanted_tag, request->comm->context);
    }
    while (!request->complete) {
        wait.hint = rank_that_moves(request);
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    if (mpr_unlikely(wait.is_late)) {
        lose_patience(request);
    }
    return request->error;
}

int mpr_request_wait_all(struct mpr_request **requests, int count)
{
    int error = MPR_OK;

    for (int i = 0; i < count; i++) {
        if (requests[i] == NULL) {
            continue;
        }
        int code = mpr_request_wait(requests[i]);
        if (error == MPR_OK) {
            error = code;
        }
        mpr_request_release(requests[i]);
        requests[i] = NULL;
    }
    return error;
}
