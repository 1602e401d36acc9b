/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock, the role of the poller, the service thread, and threads that wait.
 *
 * requests[0] is the service thread's wake-up, requests[1 + i] the posted receive of channels[i].
 * Whoever has the role may test them; the arrays change with the role free and the lock held. */
#include "pool/service.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "pool/channel.h"
#include "pool/clock.h"
#include "pool/error.h"
#include "pool/object.h"

enum {
    TAG_WAKE = 0,
    CLOCK_STEPS = 16,      /* polls between two looks at the clock */
    TAKE_OVER_NS = 1000000,
    NAP_NS = 100000,       /* between two polls of the service, where it cannot sleep inside MPI */
    SPIN_NS = 50000
};

enum role { NOBODY, CALLER, SERVICE };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
    enum role role;
    uint64_t poll_count;      /* by callers */
    int asleep_count;         /* callers that sleep */
    int object_count;
    int is_running;
    int is_ending;
    int can_sleep_inside;     /* a thread that waits in this MPI costs no CPU */
    int wake_is_sent;
    pthread_t thread;
    pthread_cond_t kicked;
    MPI_Comm self;            /* for wake-ups */
    MPI_Request *requests;
    struct mpp_channel **channels;
    int channel_count;
    struct mpp_waiter *waiters;
} service;

void mpp_sync_lock(void)
{
    pthread_mutex_lock(&lock);
}

void mpp_sync_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void sleep_until(pthread_cond_t *condition, uint64_t deadline_ns)
{
    if (deadline_ns == MPP_NEVER) {
        pthread_cond_wait(condition, &lock);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                             .tv_nsec = (long)(deadline_ns % 1000000000)};
    pthread_cond_timedwait(condition, &lock, &until);
}

/* ---- the role ---- */

/* It lets go of the role when it has received this. */
void mpp_service_rouse(void)
{
    int is_inside = service.role == SERVICE && service.can_sleep_inside;
    if (is_inside && !service.wake_is_sent) {
        service.wake_is_sent = 1;
        MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_WAKE, service.self);
    }
}

static int try_role(enum role role)
{
    mpp_service_rouse();
    if (service.role != NOBODY) {
        return 0;
    }
    service.role = role;
    return 1;
}

/* Waits for it: for changes of the arrays. */
static void take_role(void)
{
    while (!try_role(CALLER)) {
        pthread_mutex_unlock(&lock);
        sched_yield();
        pthread_mutex_lock(&lock);
    }
}

static void give_role(void)
{
    service.role = NOBODY;
    if (service.asleep_count) {
        pthread_cond_signal(&service.kicked);
    }
}

/* Takes in what the test of requests[place] brought; whoever calls has the role. */
static void take_in(int place, int error, const MPI_Status *status)
{
    struct mpp_channel *channel = service.channels[place - 1];
    mpp_channel_take(channel, error, status);
    mpp_channel_post_receive(channel, &service.requests[place]);
}

/* Takes in what is there, at most one message. Called and left with lock and role. */
static int poll(void)
{
    int place = MPI_UNDEFINED;
    int is_there = 0;
    MPI_Status status;
    pthread_mutex_unlock(&lock);
    int error = service.channel_count == 1
                    ? MPI_Test(&service.requests[1], &is_there, &status)
                    : MPI_Testany(service.channel_count, service.requests + 1, &place, &is_there,
                                  &status);
    place = service.channel_count == 1 ? 0 : place;
    pthread_mutex_lock(&lock);
    mpp_channel_reap();
    if ((!is_there && !error) || place == MPI_UNDEFINED ||
        service.requests[1 + place] != MPI_REQUEST_NULL) {
        return 0;
    }
    take_in(1 + place, error, &status);
    return 1;
}

void mpp_poll_once(void)
{
    if (service.channel_count && try_role(CALLER)) {
        service.poll_count++;
        poll();
        give_role();
    }
}

/* ---- waiting ---- */

void mpp_waiter_enter(struct mpp_waiter *waiter)
{
    waiter->next = service.waiters;
    service.waiters = waiter;
}

void mpp_waiter_leave(struct mpp_waiter *waiter)
{
    struct mpp_waiter **link = &service.waiters;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
}

void mpp_waiter_finish(struct mpp_waiter *waiter)
{
    waiter->is_done = 1;
    if (waiter->is_asleep) {
        pthread_cond_signal(&waiter->woken);
    }
}

void mpp_waiters_bury(struct mpp_object *object, int result)
{
    for (struct mpp_waiter *waiter = service.waiters; waiter; waiter = waiter->next) {
        if (waiter->object == object && !waiter->is_done) {
            waiter->result = result;
            mpp_waiter_finish(waiter);
        }
    }
}

/* Polls, or lets another poll, for a while. */
static void spin(const struct mpp_waiter *waiter, uint64_t deadline_ns)
{
    uint64_t end_ns = 0;
    unsigned step = 0;
    while (!waiter->is_done) {
        int moved = 0;
        if (try_role(CALLER)) {
            service.poll_count++;
            moved = poll();
            service.role = NOBODY;
        } else {
            pthread_mutex_unlock(&lock);
            sched_yield();
            pthread_mutex_lock(&lock);
        }
        if (moved) {
            end_ns = 0;
        } else if (step++ % CLOCK_STEPS == 0) {
            uint64_t now_ns = mpp_now_ns();
            end_ns = end_ns ? end_ns : now_ns + SPIN_NS;
            if (now_ns >= end_ns || now_ns >= deadline_ns) {
                break;
            }
        }
    }
    if (service.role == NOBODY) {
        give_role();
    }
}

int mpp_wait(struct mpp_waiter *waiter, uint64_t deadline_ns)
{
    spin(waiter, deadline_ns);
    if (waiter->is_done || mpp_is_past(deadline_ns)) {
        return waiter->is_done;
    }
    init_condition(&waiter->woken);
    waiter->is_asleep = 1;
    service.asleep_count++;
    pthread_cond_signal(&service.kicked);
    while (!waiter->is_done && !mpp_is_past(deadline_ns)) {
        sleep_until(&waiter->woken, deadline_ns);
    }
    service.asleep_count--;
    waiter->is_asleep = 0;
    pthread_cond_destroy(&waiter->woken);
    return waiter->is_done;
}

int mpp_wait_request(MPI_Request *request)
{
    uint64_t end_ns = mpp_now_ns() + TAKE_OVER_NS;
    int is_there = 0;
    int error = MPI_SUCCESS;
    while (!is_there && !error && mpp_now_ns() < end_ns) {
        error = MPI_Test(request, &is_there, MPI_STATUS_IGNORE);
        mpp_sync_lock();
        mpp_poll_once();
        mpp_sync_unlock();
    }
    if (is_there || error) {
        return error;
    }
    mpp_sync_lock();
    service.asleep_count++;
    pthread_cond_signal(&service.kicked);
    mpp_sync_unlock();
    error = MPI_Wait(request, MPI_STATUS_IGNORE);
    mpp_sync_lock();
    service.asleep_count--;
    mpp_sync_unlock();
    return error;
}

/* ---- the service thread ---- */

/* Sleeps in MPI until something comes. Called with lock and role; returns whether it was woken
 * to let go of the role. */
static int serve_inside(void)
{
    int place = MPI_UNDEFINED;
    MPI_Status status;
    int count = service.channel_count;
    pthread_mutex_unlock(&lock);
    int error = MPI_Waitany(1 + count, service.requests, &place, &status);
    pthread_mutex_lock(&lock);
    mpp_channel_reap();
    if (place == 0) {
        MPI_Irecv(NULL, 0, MPI_BYTE, 0, TAG_WAKE, service.self, &service.requests[0]);
        service.wake_is_sent = 0;
        return 1;
    }
    if (place > 0) {
        take_in(place, error, &status);
    }
    return 0;
}

/* Nothing comes, and nothing is to be sent. */
static int is_idle(void)
{
    return !service.object_count && !mpp_channel_has_letters();
}

static void nap(uint64_t nap_ns)
{
    sleep_until(&service.kicked, mpp_now_ns() + nap_ns);
}

static void serve(void)
{
    service.role = SERVICE;
    if (service.can_sleep_inside) {
        int must_leave = serve_inside();
        service.role = NOBODY;
        if (must_leave && !service.is_ending) {
            nap(TAKE_OVER_NS);
        }
    } else {
        int moved = poll();
        service.role = NOBODY;
        if (!moved && !service.is_ending) {
            nap(NAP_NS);
        }
    }
}

static void *service_main(void *unused)
{
    uint64_t seen_count = 0;
    (void)unused;
    pthread_mutex_lock(&lock);
    while (!service.is_ending) {
        mpp_channel_flush(service.channels, service.channel_count);
        int is_needed = service.asleep_count || service.poll_count == seen_count;
        seen_count = service.poll_count;
        if (is_idle()) {
            sleep_until(&service.kicked, MPP_NEVER);
        } else if (service.role == NOBODY && service.channel_count && is_needed) {
            serve();
        } else {
            nap(TAKE_OVER_NS);
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int mpp_can_sleep_inside(void)
{
    static const char ours[] = "mprun";
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(version, &length);
    return !strncmp(version, ours, sizeof ours - 1);
}

/* Called by MPI_Finalize, as it deletes the attributes of MPI_COMM_SELF. */
static int end_service(MPI_Comm comm, int key, void *value, void *state)
{
    (void)comm;
    (void)key;
    (void)value;
    (void)state;
    mpp_sync_lock();
    service.is_ending = 1;
    pthread_cond_signal(&service.kicked);
    take_role();
    mpp_sync_unlock();
    pthread_join(service.thread, NULL);
    mpp_sync_lock();
    for (int i = 0; i <= service.channel_count; i++) {
        if (service.requests[i] != MPI_REQUEST_NULL) {
            MPI_Cancel(&service.requests[i]);
            MPI_Wait(&service.requests[i], MPI_STATUS_IGNORE);
        }
    }
    mpp_channel_drain();
    MPI_Comm_free(&service.self);
    free(service.requests);
    free(service.channels);
    service.requests = NULL;
    service.channels = NULL;
    service.channel_count = 0;
    service.is_running = 0;
    service.role = NOBODY;
    mpp_sync_unlock();
    return MPI_SUCCESS;
}

/* Makes room for one more channel. */
static int grow(void)
{
    size_t count = (size_t)service.channel_count + 2;
    MPI_Request *requests = realloc(service.requests, count * sizeof(MPI_Request));
    service.requests = requests ? requests : service.requests;
    struct mpp_channel **channels = realloc(service.channels, count * sizeof(struct mpp_channel *));
    service.channels = channels ? channels : service.channels;
    return requests && channels ? MPI_SUCCESS : MPI_ERR_NO_MEM;
}

static int start(void)
{
    int key = MPI_KEYVAL_INVALID;
    int error = grow();
    if (!error) {
        error = MPI_Comm_dup(MPI_COMM_SELF, &service.self);
    }
    if (!error) {
        error = MPI_Irecv(NULL, 0, MPI_BYTE, 0, TAG_WAKE, service.self, &service.requests[0]);
    }
    if (!error) {
        error = MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, end_service, &key, NULL);
    }
    if (!error) {
        error = MPI_Comm_set_attr(MPI_COMM_SELF, key, NULL);
    }
    if (error) {
        return error;
    }
    service.can_sleep_inside = mpp_can_sleep_inside();
    service.is_ending = 0;
    init_condition(&service.kicked);
    error =
        pthread_create(&service.thread, NULL, service_main, NULL) ? MPI_ERR_NO_MEM : MPI_SUCCESS;
    service.is_running = !error;
    return error;
}

void mpp_service_begin_object(void)
{
    service.object_count++;
    pthread_cond_signal(&service.kicked);
}

/* MPICH takes itself for single-threaded from the beginning of MPI_Finalize on: a thread that is in
 * a call then never lets go of its lock. So the service is out before the last object has ended. */
void mpp_service_end_object(void)
{
    service.object_count--;
    if (!service.object_count && !service.can_sleep_inside) {
        take_role();
        mpp_channel_reap();
        give_role();
    }
}

int mpp_service_add(struct mpp_channel *channel)
{
    mpp_sync_lock();
    int error = service.is_running ? MPI_SUCCESS : start();
    if (!error) {
        take_role();
        error = grow();
        if (!error) {
            service.channels[service.channel_count++] = channel;
            mpp_channel_post_receive(channel, &service.requests[service.channel_count]);
        }
        give_role();
    }
    mpp_sync_unlock();
    return error;
}

void mpp_service_remove(struct mpp_channel *channel)
{
    mpp_sync_lock();
    int place = 0;
    take_role();
    while (place < service.channel_count && service.channels[place] != channel) {
        place++;
    }
    if (place < service.channel_count) {
        MPI_Request *receive = &service.requests[1 + place];
        if (*receive != MPI_REQUEST_NULL) {
            MPI_Cancel(receive);
            MPI_Wait(receive, MPI_STATUS_IGNORE);
        }
        service.channel_count--;
        *receive = service.requests[1 + service.channel_count];
        service.channels[place] = service.channels[service.channel_count];
    }
    give_role();
    mpp_sync_unlock();
}
