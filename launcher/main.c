/* SPDX-License-Identifier: BSD-3-Clause */
/* mprun: from the command line to a plan, a segment and a running job. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/tunables.h"
#include "launcher/cpus.h"
#include "launcher/heap.h"
#include "launcher/inbox.h"
#include "launcher/launch.h"
#include "launcher/options.h"
#include "launcher/plan.h"
#include "launcher/plan_print.h"
#include "launcher/signals.h"
#include "launcher/spawn.h"
#include "launcher/status.h"
#include "launcher/topology.h"
#include "shm/segment.h"

#define STATUS_MISUSE    2
#define STATUS_OURSELVES 125

/* What main builds up, and takes down in the reverse order. */
struct job {
    struct mpr_options options;
    struct mpr_tunables tunables;
    struct mpr_cpus cpus;
    hwloc_topology_t topology; // NULL where nobody needs it
    struct mpr_plan plan;
    int rank_count;
};

/* Files that are opened later must not take the place of a standard stream that is closed. */
static void open_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

/* Writes what is left of what was printed. Returns an exit status: 1 if anything is lost. */
static int finish_output(FILE *stream)
{
    if (fflush(stream) == 0 && !ferror(stream)) {
        return 0;
    }
    mpr_say("cannot write to standard output: %s", strerror(errno));
    return 1;
}

/* Restricts the usable CPUs to those that the user names. Returns 0 or an exit status. */
static int apply_cpu_set(struct job *job)
{
    const char *list = job->options.cpu_set;
    hwloc_bitmap_t wanted = hwloc_bitmap_alloc();
    int status = 0;

    if (wanted == NULL) {
        mpr_say("out of memory");
        return STATUS_OURSELVES;
    }
    if (!mpr_cpus_parse_list(wanted, list)) {
        mpr_say("--cpu-set: '%s' is not a list of CPUs such as 0-3,8", list);
        status = STATUS_MISUSE;
    } else if (!hwloc_bitmap_intersects(wanted, job->cpus.set)) {
        char *usable = NULL;
        hwloc_bitmap_list_asprintf(&usable, job->cpus.set);
        mpr_say("--cpu-set: none of the CPUs %s may be used; usable are %s", list, usable);
        free(usable);
        status = STATUS_MISUSE;
    } else {
        if (!hwloc_bitmap_isincluded(wanted, job->cpus.set)) {
            mpr_say("--cpu-set: some of the CPUs %s may not be used and are left out", list);
        }
        hwloc_bitmap_and(job->cpus.set, job->cpus.set, wanted);
    }
    hwloc_bitmap_free(wanted);
    return status;
}

/* Reads the topology. One that is not this machine's (hwloc's variables name a file) brings its own
 * usable CPUs. */
static int load_topology(struct job *job)
{
    int error = mpr_topology_load(&job->topology);

    if (error != 0) {
        mpr_say("hwloc cannot read the machine's topology: %s; --bind-to none does without",
                strerror(-error));
        return STATUS_OURSELVES;
    }
    if (!hwloc_topology_is_thissystem(job->topology)) {
        hwloc_bitmap_copy(job->cpus.set, hwloc_topology_get_allowed_cpuset(job->topology));
        job->cpus.quota = MPR_CPUS_NO_QUOTA;
    }
    return 0;
}

static bool is_another_machine(void)
{
    return getenv("HWLOC_XMLFILE") != NULL || getenv("HWLOC_SYNTHETIC") != NULL;
}

static int count_ranks(struct job *job)
{
    int stdin_rank = job->options.stdin_rank;

    job->rank_count = mpr_options_count_ranks(&job->options, mpr_cpus_count(&job->cpus));
    if (job->rank_count < 0) {
        mpr_say("more than %d ranks in one job are not possible", MPR_RANKS_MAX);
        return STATUS_MISUSE;
    }
    if (stdin_rank >= job->rank_count) {
        mpr_say("--stdin: there is no rank %d, the last of this job is %d", stdin_rank,
                job->rank_count - 1);
        return STATUS_MISUSE;
    }
    return 0;
}

static int make_plan(struct job *job)
{
    struct mpr_plan_request request = {
        .rank_count = job->rank_count,
        .usable = job->cpus.set,
        .quota = job->cpus.quota,
        .bind = job->options.bind,
        .map = job->options.map,
        .cores_per_rank = job->options.cores_per_rank,
    };
    bool is_shown = job->options.dry_run || job->options.report_bindings;

    if (job->topology == NULL && (is_shown || mpr_plan_needs_topology(&request))) {
        int status = load_topology(job);
        if (status != 0) {
            return status;
        }
    }
    if (mpr_plan_make(&job->plan, job->topology, &request) != 0) {
        mpr_say("out of memory");
        return STATUS_OURSELVES;
    }
    if (is_shown) {
        FILE *stream = job->options.dry_run ? stdout : stderr;
        mpr_plan_print(stream, &job->plan, job->topology);
        if (job->options.dry_run) {
            return finish_output(stream);
        }
        fflush(stream);
    }
    return 0;
}

/* Finds out where and how the ranks are to run. Returns 0 or an exit status. */
static int plan_job(struct job *job)
{
    int status = 0;

    if (mpr_cpus_find(&job->cpus, "") != 0) {
        mpr_say("out of memory");
        return STATUS_OURSELVES;
    }
    if (is_another_machine()) {
        status = load_topology(job);
    }
    if (status == 0 && job->options.cpu_set != NULL) {
        status = apply_cpu_set(job);
    }
    if (status == 0) {
        status = count_ranks(job);
    }
    if (status == 0) {
        status = make_plan(job);
    }
    return status;
}

static struct mpr_launch_outcome run_job(struct job *job)
{
    struct mpr_segment segment;
    struct mpr_heap_plan heap;
    struct mpr_segment_config config = {
        .rank_count = (uint32_t)job->rank_count,
        .cpus_usable = (uint32_t)job->plan.cpu_count,
        .cpus_total = (uint32_t)mpr_cpus_count(&job->cpus),
        .spare_slots = mpr_segment_spare_slots(&job->tunables),
        .tunables = &job->tunables,
    };
    bool is_here = job->topology == NULL || hwloc_topology_is_thissystem(job->topology);
    struct mpr_launch_request request = {
        .options = &job->options,
        .plan = &job->plan,
        .binds = is_here && (job->plan.is_bound || job->options.cpu_set != NULL),
        .topology = job->topology,
        .segment = &segment,
        .heap = &heap,
        .tunables = &job->tunables,
    };

    mpr_spawn_raise_limits();
    mpr_heap_plan_make(&heap, &job->tunables, config.rank_count + config.spare_slots);
    config.heap_bytes = heap.bytes;
    if (mpr_segment_create(&segment, &config) != MPR_OK) {
        mpr_say("cannot make the shared memory of %d ranks: %s%s", job->rank_count,
                strerror(errno), errno == EFBIG ? " (see ulimit -f)" : "");
        return (struct mpr_launch_outcome){.status = STATUS_OURSELVES};
    }
    if (job->tunables.copy == MPR_COPY_PIPE) {
        int error = mpr_inbox_open_all(&segment);
        if (error != 0) {
            mpr_say("MPRUN_COPY=pipe: not every rank gets a pipe: %s", strerror(-error));
        }
    }
    struct mpr_launch_outcome outcome = mpr_launch_run(&request);
    mpr_segment_detach(&segment);
    return outcome;
}

int main(int argc, char **argv)
{
    struct job job = {0};
    struct mpr_launch_outcome outcome = {0};
    char message[512];

    open_standard_streams();
    switch (mpr_options_parse(&job.options, argc, argv, stdout, message, sizeof(message))) {
    case MPR_OPTIONS_DONE:
        outcome.status = finish_output(stdout);
        break;
    case MPR_OPTIONS_STATUS:
        outcome.status = mpr_status_print(job.options.status_pid);
        if (outcome.status == 0) {
            outcome.status = finish_output(stdout);
        }
        break;
    case MPR_OPTIONS_MISUSE:
        mpr_say("%s", message);
        outcome.status = STATUS_MISUSE;
        break;
    case MPR_OPTIONS_NO_MEMORY:
        mpr_say("%s", message);
        outcome.status = STATUS_OURSELVES;
        break;
    case MPR_OPTIONS_RUN:
        if (mpr_tunables_read(&job.tunables, message, sizeof(message)) != 0) {
            mpr_say("%s", message);
        }
        outcome.status = plan_job(&job);
        if (outcome.status == 0 && !job.options.dry_run) {
            outcome = run_job(&job);
        }
        mpr_plan_free(&job.plan);
        if (job.topology != NULL) {
            hwloc_topology_destroy(job.topology);
        }
        mpr_cpus_free(&job.cpus);
        break;
    }
    mpr_options_free(&job.options);
    if (outcome.signal_number != 0) {
        mpr_signals_die_by(outcome.signal_number);
    }
    return outcome.status;
}
