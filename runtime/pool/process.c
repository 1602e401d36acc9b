/* SPDX-License-Identifier: BSD-3-Clause */
/* Processes of one function: this program again, which goes straight to the function in mp_init.
 *
 * The parent sends what to run; the child first tells who it is, and at its end what the function
 * returned. Two receives wait for that from the start, so that asking is a test. A child that dies
 * before is told by the error that ends them. */
#include "pool/process.h"

#include <errno.h>
#include <mp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "pool/address.h"
#include "pool/clock.h"
#include "pool/death.h"
#include "pool/error.h"
#include "pool/replace.h"
#include "pool/wire.h"

enum { TAG_ORDER = 21, TAG_ARGUMENT, TAG_IDENTITY, TAG_EXIT };

struct order {
    struct mpp_address function;
    uint64_t argument_bytes;
};

struct identity {
    int64_t pid;
    int64_t has_function;
};

enum receive { RECEIVE_IDENTITY, RECEIVE_EXIT, RECEIVE_COUNT };

struct mp_process {
    pthread_mutex_t lock;
    MPI_Comm comm;
    char *name;
    MPI_Request receives[RECEIVE_COUNT];
    struct identity identity;
    int exit_code;
    int has_ended;
    int sent_signal; /* the last that we sent to end it */
};

/* ---- in the parent ---- */

static int send_order(mp_process *process, mp_main *function, const void *argument, size_t bytes)
{
    struct order order = {.argument_bytes = bytes};
    mpp_address_of((mpp_code *)function, &order.function);
    int error = mpp_send_bytes(process->comm, 0, TAG_ORDER, &order, sizeof order);
    if (!error && bytes) {
        error = mpp_send_bytes(process->comm, 0, TAG_ARGUMENT, argument, bytes);
    }
    if (!error) {
        error = MPI_Irecv(&process->identity, sizeof process->identity, MPI_BYTE, 0, TAG_IDENTITY,
                          process->comm, &process->receives[RECEIVE_IDENTITY]);
    }
    if (!error) {
        error = MPI_Irecv(&process->exit_code, 1, MPI_INT, 0, TAG_EXIT, process->comm,
                          &process->receives[RECEIVE_EXIT]);
    }
    return error;
}

static char *make_name(const char *name)
{
    static int count;
    char numbered[32];
    snprintf(numbered, sizeof numbered, "process-%d",
             __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED));
    return strdup(name ? name : numbered);
}

static void destroy(mp_process *process)
{
    for (int i = 0; i < RECEIVE_COUNT; i++) {
        if (process->receives[i] != MPI_REQUEST_NULL) {
            MPI_Cancel(&process->receives[i]);
            MPI_Wait(&process->receives[i], MPI_STATUS_IGNORE);
        }
    }
    if (process->comm != MPI_COMM_NULL) {
        MPI_Comm_free(&process->comm);
    }
    pthread_mutex_destroy(&process->lock);
    free(process->name);
    free(process);
}

int mp_process_start(mp_main *function, const void *argument, size_t bytes, const char *name,
                     mp_process **process)
{
    static const char call[] = "mp_process_start";
    int error = mpp_error_start();
    if (error) {
        return error;
    }
    if (!function || !process || (!argument && bytes)) {
        return mpp_bad_argument(MPI_COMM_SELF, call, "%s is null",
                                !function ? "the function"
                                : process ? "the argument"
                                          : "the address");
    }
    *process = NULL;
    mp_process *made = calloc(1, sizeof *made);
    if (!made || !(made->name = make_name(name))) {
        free(made);
        return mpp_no_memory(MPI_COMM_SELF, call, sizeof *made);
    }
    pthread_mutex_init(&made->lock, NULL);
    made->comm = MPI_COMM_NULL;
    made->receives[RECEIVE_IDENTITY] = made->receives[RECEIVE_EXIT] = MPI_REQUEST_NULL;
    error = mpp_spawn(MPP_ROLE_PROCESS, call, &made->comm);
    if (!error) {
        error = send_order(made, function, argument, bytes);
        error = error ? mpp_from_mpi(error, call) : MPI_SUCCESS;
    }
    if (error) {
        destroy(made);
        return error;
    }
    *process = made;
    return MPI_SUCCESS;
}

/* Where the MPI does not tell how it ended, it was by what we have sent, or else it was killed. */
static int exit_code_of_dead(const mp_process *process)
{
    struct mpp_death death = mpp_death_of(process->comm, 0);
    if (death.is_known) {
        return death.signal ? -death.signal : death.status;
    }
    return process->sent_signal ? -process->sent_signal : -SIGKILL;
}

/* Takes in what has come. With the lock held. */
static void look(mp_process *process)
{
    int is_there = 0;
    if (process->receives[RECEIVE_IDENTITY] != MPI_REQUEST_NULL) {
        MPI_Test(&process->receives[RECEIVE_IDENTITY], &is_there, MPI_STATUS_IGNORE);
    }
    if (!process->has_ended) {
        int error =
            MPI_Test(&process->receives[RECEIVE_EXIT], &process->has_ended, MPI_STATUS_IGNORE);
        if (error) {
            process->has_ended = 1;
            process->receives[RECEIVE_EXIT] = MPI_REQUEST_NULL;
            process->exit_code = exit_code_of_dead(process);
        }
    }
}

/* `result` is where the answer goes: it must be somewhere. */
static int enter(mp_process *process, const void *result, const char *call)
{
    if (!process || !result) {
        return mpp_bad_argument(MPI_COMM_SELF, call, "%s is null",
                                process ? "the result" : "the process");
    }
    pthread_mutex_lock(&process->lock);
    look(process);
    return MPI_SUCCESS;
}

static void leave(mp_process *process)
{
    pthread_mutex_unlock(&process->lock);
}

/* Waits until *flag, or until the process has ended, with naps that grow.
 * Returns whether it is so. */
static int wait_until(mp_process *process, int (*is_so)(const mp_process *process), double timeout)
{
    uint64_t deadline_ns = mpp_deadline_ns(timeout);
    for (long nap_ns = 10000; !is_so(process); nap_ns = nap_ns < 1000000 ? nap_ns * 2 : nap_ns) {
        if (mpp_is_past(deadline_ns)) {
            return 0;
        }
        pthread_mutex_unlock(&process->lock);
        nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
        pthread_mutex_lock(&process->lock);
        look(process);
    }
    return 1;
}

static int has_ended(const mp_process *process)
{
    return process->has_ended;
}

static int has_told_pid(const mp_process *process)
{
    return process->has_ended || process->receives[RECEIVE_IDENTITY] == MPI_REQUEST_NULL;
}

int mp_process_join(mp_process *process, double timeout)
{
    static const char call[] = "mp_process_join";
    int error = enter(process, process, call);
    if (error) {
        return error;
    }
    if (!wait_until(process, has_ended, timeout)) {
        error = mpp_state(MP_ERROR_TIMEOUT, call, "%s runs on after %g s", process->name, timeout);
    }
    leave(process);
    return error;
}

int mp_process_alive(mp_process *process, int *alive)
{
    int error = enter(process, alive, "mp_process_alive");
    if (!error) {
        *alive = !process->has_ended;
        leave(process);
    }
    return error;
}

static int send_signal(mp_process *process, int number, const char *call)
{
    int error = enter(process, process, call);
    if (error) {
        return error;
    }
    wait_until(process, has_told_pid, MP_FOREVER);
    if (!process->has_ended) {
        process->sent_signal = number;
        if (kill((pid_t)process->identity.pid, number) && errno != ESRCH) {
            error = mpp_state(MP_ERROR_UNSUPPORTED, call, "cannot send signal %d to %s: %s", number,
                              process->name, strerror(errno));
        }
    }
    leave(process);
    return error;
}

int mp_process_terminate(mp_process *process)
{
    return send_signal(process, SIGTERM, "mp_process_terminate");
}

int mp_process_kill(mp_process *process)
{
    return send_signal(process, SIGKILL, "mp_process_kill");
}

int mp_process_exitcode(mp_process *process, int *code)
{
    static const char call[] = "mp_process_exitcode";
    int error = enter(process, code, call);
    if (error) {
        return error;
    }
    if (!process->has_ended) {
        error = mpp_state(MP_ERROR_TIMEOUT, call, "%s runs still", process->name);
    } else {
        *code = process->exit_code;
    }
    leave(process);
    return error;
}

int mp_process_pid(mp_process *process, int64_t *pid)
{
    static const char call[] = "mp_process_pid";
    int error = enter(process, pid, call);
    if (error) {
        return error;
    }
    wait_until(process, has_told_pid, MP_FOREVER);
    *pid = process->identity.pid;
    leave(process);
    return MPI_SUCCESS;
}

const char *mp_process_name(const mp_process *process)
{
    return process ? process->name : "";
}

int mp_process_free(mp_process **process)
{
    if (process && *process) {
        destroy(*process);
        *process = NULL;
    }
    return MPI_SUCCESS;
}

/* ---- in the child ---- */

int mpp_process_main(MPI_Comm parent)
{
    struct order order;
    int code = 1;
    if (mpp_recv_bytes(parent, 0, TAG_ORDER, &order, sizeof order)) {
        return code;
    }
    void *argument = malloc(order.argument_bytes + 1);
    if (!argument
        || (order.argument_bytes
            && mpp_recv_bytes(parent, 0, TAG_ARGUMENT, argument, order.argument_bytes))) {
        free(argument);
        return code;
    }
    mp_main *function = (mp_main *)mpp_address_find(order.function);
    struct identity identity = {.pid = getpid(), .has_function = function != NULL};
    mpp_send_bytes(parent, 0, TAG_IDENTITY, &identity, sizeof identity);
    if (function) {
        code = function(argument, order.argument_bytes);
    }
    free(argument);
    /* Once the parent has the code, the process has done its work: a launcher would take any status
     * but 0 for a failure of the job. */
    return MPI_Send(&code, 1, MPI_INT, 0, TAG_EXIT, parent) ? code : 0;
}
