/* SPDX-License-Identifier: BSD-3-Clause */
/* Joining the job that mprun has started, or making one of a single rank. */
#include "shm/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "heap/calls.h"

enum { REASON_BYTES = 1536 };

struct mpr_job mpr_job;

/* The variable by which another launcher tells a process which rank it is, and how many there are.
 * A process of such a launcher that is not alone expects to be part of its job. */
static const struct {
    const char *launcher;
    const char *rank;
    const char *size;
} foreign_launchers[] = {
    {"Open MPI's mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"a PMIx launcher", "PMIX_RANK", "PMIX_SIZE"},
    {"a PMI launcher such as MPICH's mpiexec", "PMI_RANK", "PMI_SIZE"},
    {"Slurm's srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
};

static bool number_from(const char *name, long least, long *value)
{
    const char *text = getenv(name);
    char *end;
    if (text == NULL) {
        return false;
    }
    *value = strtol(text, &end, 10);
    return end != text && *end == '\0' && *value >= least;
}

/* Whether the environment shows that another launcher has started this process as one of several.
 * A launcher that names no size is taken at its word only for ranks above 0. */
static bool was_started_by_another(char *reason, size_t reason_bytes)
{
    for (size_t i = 0; i < mpr_array_count(foreign_launchers); i++) {
        long rank;
        long size;
        if (!number_from(foreign_launchers[i].rank, 0, &rank)) {
            continue;
        }
        if (!number_from(foreign_launchers[i].size, 1, &size)) {
            size = rank + 1;
        }
        if (size > 1) {
            snprintf(reason, reason_bytes,
                     "this program is linked with mprun's MPI library, but %s has started it as "
                     "rank %ld of %ld: start it with 'mprun -n %ld ...', or build it with that "
                     "MPI's compiler wrapper",
                     foreign_launchers[i].launcher, rank, size, size);
            return true;
        }
    }
    return false;
}

/* Why the segment could not be made or mapped, and what to do; errno tells of a system call. */
static void explain_segment(int code, const char *what, char *reason, size_t reason_bytes)
{
    unsigned long long kilobytes = mpr_job.segment.layout.heap_offset >> 10;
    const char *advice = errno == EBADF
                             ? "; a wrapper program must leave inherited descriptors open"
                         : errno == EFBIG ? " (see ulimit -f)"
                                          : "";

    if (code == MPR_ERR_ARGUMENT) {
        snprintf(reason, reason_bytes,
                 "the job's shared memory is of another version: mprun and libmpi_abi.so must come "
                 "from the same installation");
    } else if (code == MPR_ERR_NO_MEMORY) {
        snprintf(reason, reason_bytes,
                 "%s: there is no address space for its %llu KiB; raise the limit (ulimit -v), or "
                 "ask for less by MPRUN_RING_BYTES and MPRUN_POOL_BYTES",
                 what, kilobytes);
    } else {
        snprintf(reason, reason_bytes, "%s: %s%s", what, strerror(errno), advice);
    }
}

static int make_single(char *reason, size_t reason_bytes)
{
    const struct mpr_segment_config config = {
        .rank_count = 1, .cpus_usable = 1, .tunables = &mpr_tunables};

    if (was_started_by_another(reason, reason_bytes)) {
        return MPR_ERR_ARGUMENT;
    }
    int code = mpr_segment_create(&mpr_job.segment, &config);
    if (code != MPR_OK) {
        explain_segment(code, "cannot make the shared memory", reason, reason_bytes);
        return code;
    }
    close(mpr_job.segment.fd);
    mpr_job.segment.fd = -1;
    mpr_job.slot = 0;
    return MPR_OK;
}

static int attach(long fd, char *reason, size_t reason_bytes)
{
    long slot;
    int code = mpr_segment_attach(&mpr_job.segment, (int)fd);

    if (code != MPR_OK) {
        char what[80];
        snprintf(what, sizeof(what), "cannot map the job's shared memory (descriptor %ld)", fd);
        explain_segment(code, what, reason, reason_bytes);
        return code;
    }
    if (!number_from(MPR_ENV_RANK, 0, &slot) ||
        slot >= (long)mpr_job.segment.geometry.slot_count) {
        snprintf(reason, reason_bytes, "%s=%s names no rank of this job", MPR_ENV_RANK,
                 getenv(MPR_ENV_RANK) != NULL ? getenv(MPR_ENV_RANK) : "");
        return MPR_ERR_ARGUMENT;
    }
    mpr_job.slot = (int)slot;
    mpr_job.launched = true;
    return MPR_OK;
}

/* Containers count their processes from 1 each: a number means nothing in another's namespace. */
static uint64_t find_pid_namespace(void)
{
    struct stat status;

    return stat("/proc/self/ns/pid", &status) == 0 ? (uint64_t)status.st_ino : 0;
}

/* One process, once, may be a rank. */
static int claim(char *reason, size_t reason_bytes)
{
    uint32_t expected = MPR_RANK_EMPTY;

    mpr_job.control = mpr_segment_control(&mpr_job.segment, (uint32_t)mpr_job.slot);
    if (!atomic_compare_exchange_strong(&mpr_job.control->state, &expected, MPR_RANK_ATTACHED)) {
        snprintf(reason, reason_bytes,
                 "rank %d has already been started by process %d: a job runs one MPI program in "
                 "each rank; start this one with an mprun of its own",
                 mpr_job.control->world_rank, atomic_load(&mpr_job.control->pid));
        return MPR_ERR_ARGUMENT;
    }
    atomic_store(&mpr_job.control->pid, (int32_t)getpid());
    atomic_store(&mpr_job.control->pid_namespace, find_pid_namespace());
    return MPR_OK;
}

/* All of a spawned world hold each other from before their start (shm/slot.h), so that whoever has
 * its number is one of them. */
static int find_world(void)
{
    const struct mpr_rank_control *own = mpr_job.control;

    mpr_job.world = own->world;
    mpr_job.rank = own->world_rank;
    mpr_job.size = own->world_size;
    if (mpr_job.world == 0) {
        return MPR_OK;
    }
    mpr_job.members = calloc((size_t)mpr_job.size, sizeof(*mpr_job.members));
    if (mpr_job.members == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (uint32_t slot = 0; slot < mpr_job.segment.geometry.slot_count; slot++) {
        const struct mpr_rank_control *control = mpr_segment_control(&mpr_job.segment, slot);
        if (control->world == mpr_job.world) {
            mpr_job.members[control->world_rank] = (struct mpr_member){
                (int32_t)slot, atomic_load_explicit(&control->generation, memory_order_relaxed)};
        }
    }
    return MPR_OK;
}

/* Programs that this one starts have nothing to ask. */
static void keep_to_itself(void)
{
    int fd = mpr_job.segment.header->ask_fd;

    if (mpr_job.launched && fd >= 0) {
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

/* What this process starts needs no heap to share with anybody: takes it out
 * of what is preloaded. */
static void forget_heap(void)
{
    const char *list = getenv(MPR_ENV_PRELOAD);
    const char *name = list != NULL ? strstr(list, MPR_HEAP_LIBRARY) : NULL;
    bool is_last = name != NULL && name[strlen(MPR_HEAP_LIBRARY)] == '\0';

    if (getenv(MPR_ENV_HEAP) == NULL || !is_last) {
        return;
    }
    while (name > list && name[-1] != ':') {
        name--;
    }
    char *before = name > list ? strndup(list, (size_t)(name - list) - 1) : NULL;
    if (before != NULL) {
        setenv(MPR_ENV_PRELOAD, before, 1);
        free(before);
    } else {
        unsetenv(MPR_ENV_PRELOAD);
    }
    unsetenv(MPR_ENV_HEAP);
}

int mpr_job_join(char *reason, size_t reason_bytes)
{
    long fd;
    bool named = number_from(MPR_ENV_SEGMENT, 0, &fd);
    int code = named ? attach(fd, reason, reason_bytes) : make_single(reason, reason_bytes);

    if (code == MPR_OK) {
        code = claim(reason, reason_bytes);
    }
    if (code == MPR_OK) {
        keep_to_itself();
        code = find_world();
        if (code != MPR_OK) {
            snprintf(reason, reason_bytes, "%s", mpr_error_text(code));
        }
    }
    unsetenv(MPR_ENV_SEGMENT);
    unsetenv(MPR_ENV_RANK);
    forget_heap();
    return code;
}

void mpr_job_leave(void)
{
    atomic_store_explicit(&mpr_job.control->state, MPR_RANK_FINALIZED,
                          memory_order_release); /* F1 */
}

void mpr_job_return(void)
{
    atomic_store(&mpr_job.control->state, MPR_RANK_ATTACHED);
}

static int abort_status;

static void abort_now(int number)
{
    (void)number;
    _exit(abort_status);
}

/* Whoever reads from a stream or writes to it holds its lock, perhaps for ever: a terminal where
 * nobody types, a pipe that nobody empties. So flushing gets a second, and then the process ends;
 * by a signal, because that needs no memory, and may come when a handler of the program called. */
static void flush_streams(void)
{
    sigset_t alarms;

    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = abort_now}, NULL);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(1);
    fflush(NULL);
}

void mpr_job_abort(int code)
{
    if (mpr_job.control != NULL) {
        atomic_store(&mpr_job.control->abort_code, code);
        atomic_store(&mpr_job.control->state, MPR_RANK_ABORTED);
    }
    // No exit handlers: they may call into this library, or wait for peers that are stuck. A code
    // that is not 0 never looks like success.
    abort_status = (code & 0xff) != 0 ? code & 0xff : code != 0;
    flush_streams();
    _exit(abort_status);
}

void mpr_job_fail(int code, const char *format, ...)
{
    bool is_first = mpr_job.control == NULL ||
                    atomic_exchange(&mpr_job.segment.header->end_is_told, 1) == 0;

    if (is_first) {
        char reason[REASON_BYTES];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(reason, sizeof(reason), format, arguments);
        va_end(arguments);
        mpr_say("%s", reason);
    }
    mpr_job_abort(code);
}
