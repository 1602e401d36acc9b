/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the processes that MPI_Comm_spawn asks for: all of them, or none.
 *
 * Everything that others need to know of them (their slots' control blocks, who holds whom, the
 * mail that tells them of their parents) is written before the first of them starts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "launcher/launch_state.h"
#include "launcher/programs.h"
#include "shm/slot.h"

/* What is being spawned. */
struct growth {
    struct mpr_launch *launch;
    const struct mpr_asked *asked;
    const struct mpr_app *app; // of who asks
    struct mpr_program *programs;
    int program_count;
    int process_count;                    // that are started
    struct mpr_member *members;           // they, by program
    uint32_t contexts[MPR_MAIL_CONTEXTS]; // from the parents' side
    bool lacks_room;                      // at present
    char reason[MPR_REPORT_BYTES];
};

// --- Slots ------------------------------------------------------------------------------------

static bool is_idle(const struct mpr_launch *launch, int slot)
{
    return launch->pids[slot] == 0 && !mpr_output_is_used(launch->output, slot);
}

/* Takes a slot for each process. The lowest first, so that memory which has
 * been used is used again. */
static int take_slots(struct growth *growth)
{
    struct mpr_launch *launch = growth->launch;
    bool *is_alive = calloc((size_t)launch->slot_count, sizeof(*is_alive));
    int taken = 0;

    if (is_alive == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (int slot = 0; slot < launch->slot_count; slot++) {
        is_alive[slot] = launch->pids[slot] > 0;
    }
    for (int slot = launch->rank_count; slot < launch->slot_count && taken < growth->process_count;
         slot++) {
        if (is_idle(launch, slot) &&
            mpr_slot_take(launch->request->segment, (uint32_t)slot, is_alive)) {
            growth->members[taken++] = (struct mpr_member){
                slot, atomic_load_explicit(&mpr_launch_control(launch, slot)->generation,
                                           memory_order_relaxed)};
        }
    }
    free(is_alive);
    if (taken == growth->process_count) {
        return MPR_OK;
    }
    snprintf(growth->reason, sizeof(growth->reason),
             "there is room for %d of %d further processes: %d may run beside the first ranks "
             "(MPRUN_SPAWN_MAX), those counted that have ended but are still in a communicator",
             taken, growth->process_count, launch->slot_count - launch->rank_count);
    growth->lacks_room = true;
    return MPR_ERR_SPAWN;
}

/* How many of each program. */
static int count_processes(struct growth *growth)
{
    int room = growth->launch->slot_count - growth->launch->rank_count;

    for (int i = 0; i < growth->program_count; i++) {
        struct mpr_program *program = &growth->programs[i];
        int count = mpr_program_choose_count(program, room);
        if (count < 0) {
            snprintf(growth->reason, sizeof(growth->reason),
                     "soft is '%s', which is no list of numbers such as 1,2:8:2", program->soft);
            return MPR_ERR_INFO_VALUE;
        }
        if (count == 0) {
            snprintf(growth->reason, sizeof(growth->reason),
                     "%d processes of %s, but at most %d more can be started (MPRUN_SPAWN_MAX)",
                     program->process_count, program->command, room);
            return MPR_ERR_SPAWN;
        }
        room -= count;
        growth->process_count += count;
        program->process_count = count;
    }
    return MPR_OK;
}

// --- Before the start -------------------------------------------------------------------------

/* Those of a world hold each other and their parents. */
static void hold(const struct growth *growth, uint32_t holder)
{
    const struct mpr_segment *segment = growth->launch->request->segment;
    const struct mpr_question *question = growth->asked->question;

    for (int i = 0; i < growth->process_count; i++) {
        atomic_store_explicit(
            mpr_segment_link(segment, holder, (uint32_t)growth->members[i].slot), MPR_LINK_HELD,
            memory_order_relaxed);
    }
    for (int i = 0; i < question->member_count; i++) {
        atomic_store_explicit(
            mpr_segment_link(segment, holder, (uint32_t)growth->asked->members[i].slot),
            MPR_LINK_HELD, memory_order_relaxed);
    }
}

typedef void promise_change(const struct mpr_segment *segment, struct mpr_member member,
                            uint32_t holder);

/* Makes or breaks the promise to the parents that they will hold their children. */
static void change_promises(const struct growth *growth, promise_change *change)
{
    for (int i = 0; i < growth->process_count; i++) {
        for (int j = 0; j < growth->asked->question->member_count; j++) {
            change(growth->launch->request->segment, growth->members[i],
                   (uint32_t)growth->asked->members[j].slot);
        }
    }
}

static void announce_parents(const struct growth *growth, uint32_t slot)
{
    const struct mpr_reply birth = {
        .contexts = {[MPR_MAIL_INTER] = growth->contexts[MPR_MAIL_INTER],
                     [MPR_MAIL_OURS] = growth->contexts[MPR_MAIL_THEIRS],
                     [MPR_MAIL_THEIRS] = growth->contexts[MPR_MAIL_OURS]},
        .member_count = growth->asked->question->member_count,
        .members = growth->asked->members,
    };
    mpr_mail_put(growth->launch->request->segment, slot, MPR_MAIL_BIRTH, 1, &birth);
}

static void prepare(struct growth *growth)
{
    uint32_t world = ++growth->launch->world_count;
    int rank = 0;

    change_promises(growth, mpr_slot_promise);
    for (int i = 0; i < growth->program_count; i++) {
        for (int j = 0; j < growth->programs[i].process_count; j++, rank++) {
            int slot = growth->members[rank].slot;
            struct mpr_rank_control *control = mpr_launch_control(growth->launch, slot);
            control->appnum = i;
            growth->launch->apps[slot] = growth->app;
            control->spawned = 1;
            control->world = world;
            control->world_rank = rank;
            control->world_size = growth->process_count;
            mpr_launch_locate(growth->launch, slot, &growth->launch->guests[slot]);
            hold(growth, (uint32_t)slot);
            announce_parents(growth, (uint32_t)slot);
        }
    }
}

/* Chooses CPUs for the new ones, beside all that run. */
static int place(struct growth *growth)
{
    struct mpr_launch *launch = growth->launch;
    const struct mpr_plan *plan = launch->request->plan;
    hwloc_const_bitmap_t *taken = calloc((size_t)launch->slot_count, sizeof(*taken));
    struct mpr_place *places = calloc((size_t)growth->process_count, sizeof(*places));
    int taken_count = 0, error = taken == NULL || places == NULL ? -ENOMEM : 0;

    for (int slot = 0; error == 0 && slot < launch->slot_count; slot++) {
        if (launch->pids[slot] > 0) {
            taken[taken_count++] =
                slot < launch->rank_count ? plan->places[slot].cpus : launch->guests[slot].cpus;
        }
    }
    for (int i = 0; error == 0 && i < growth->process_count; i++) {
        places[i].cpus = hwloc_bitmap_alloc();
        error = places[i].cpus == NULL ? -ENOMEM : 0;
    }
    if (error == 0) {
        error = mpr_plan_extend(plan->is_bound ? launch->request->topology : NULL, plan->usable,
                                taken, taken_count, places, growth->process_count);
    }
    for (int i = 0; places != NULL && i < growth->process_count; i++) {
        if (error == 0) {
            launch->guests[growth->members[i].slot] = places[i];
        } else {
            hwloc_bitmap_free(places[i].cpus);
        }
    }
    free(places);
    free(taken);
    return error == 0 ? MPR_OK : MPR_ERR_NO_MEMORY;
}

// --- The start --------------------------------------------------------------------------------

/* Where a program given without a slash lies, if the question names directories; NULL: in PATH. */
static char *find_in_path(const struct mpr_program *program)
{
    char *directories = program->path != NULL && strchr(program->command, '/') == NULL
                            ? strdup(program->path)
                            : NULL;
    char *rest = directories, *found = NULL;

    for (char *directory = strsep(&rest, ":"); directory != NULL && found == NULL;
         directory = strsep(&rest, ":")) {
        if (asprintf(&found, "%s/%s", directory, program->command) < 0) {
            found = NULL;
        } else if (access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(directories);
    return found;
}

/* Starts the processes of one program, the first of which has rank `first`. The command line's
 * settings for who asks hold for them, too. */
static int start_program(struct growth *growth, const struct mpr_program *program, int first)
{
    struct mpr_launch *launch = growth->launch;
    const struct mpr_settings *settings[] = {&launch->request->options->settings,
                                             &growth->app->settings, &program->settings};
    struct mpr_environment environment;
    char *found = find_in_path(program);
    bool shares_cores = launch->request->segment->header->oversubscribed != 0;
    int status = 0;

    if (mpr_environment_make(&environment, environ, settings, 3, launch->request->heap,
                             shares_cores) != 0) {
        mpr_environment_free(&environment);
        free(found);
        return MPR_ERR_NO_MEMORY;
    }
    program->argv[0] = found != NULL ? found : (char *)(uintptr_t)program->command;
    for (int i = 0; status == 0 && i < program->process_count; i++) {
        int slot = growth->members[first + i].slot;
        const struct mpr_seat seat = {
            .slot = slot,
            .argv = program->argv,
            .environment = &environment,
            .directory = program->directory,
            .place = &launch->guests[slot],
        };
        status = mpr_launch_start_process(launch, &seat, growth->reason);
    }
    mpr_environment_free(&environment);
    free(found);
    return status == 0 ? MPR_OK : MPR_ERR_SPAWN;
}

static void take_back(const struct growth *growth)
{
    struct mpr_launch *launch = growth->launch;

    change_promises(growth, mpr_slot_break_promise);
    for (int i = 0; i < growth->process_count; i++) {
        int slot = growth->members[i].slot;
        if (launch->pids[slot] > 0) {
            atomic_store_explicit(&mpr_launch_control(launch, slot)->state, MPR_RANK_DEAD,
                                  memory_order_relaxed);
            kill(launch->pids[slot], SIGKILL);
        } else {
            mpr_launch_release(launch, slot);
        }
    }
}

static int start(struct growth *growth)
{
    int code = MPR_OK;

    for (int i = 0, first = 0; code == MPR_OK && i < growth->program_count; i++) {
        code = start_program(growth, &growth->programs[i], first);
        first += growth->programs[i].process_count;
    }
    if (code != MPR_OK) {
        take_back(growth);
    }
    mpr_launch_count_crowd(growth->launch);
    return code;
}

// --- All of it --------------------------------------------------------------------------------

static int read_programs(struct growth *growth)
{
    const struct mpr_question *question = growth->asked->question;
    int error = mpr_programs_read(&growth->programs, question->program_count, growth->asked->texts,
                                  question->text_bytes);

    growth->program_count = error == 0 ? question->program_count : 0;
    return error == 0 ? MPR_OK : error == -ENOMEM ? MPR_ERR_NO_MEMORY : MPR_ERR_ARGUMENT;
}

static int grow(struct growth *growth)
{
    const struct mpr_segment *segment = growth->launch->request->segment;
    int room = growth->launch->slot_count;

    int code = read_programs(growth);
    if (code == MPR_OK) {
        code = count_processes(growth);
    }
    if (code == MPR_OK) {
        growth->members = calloc((size_t)room, sizeof(*growth->members));
        code = growth->members != NULL ? take_slots(growth) : MPR_ERR_NO_MEMORY;
    }
    if (code == MPR_OK) {
        code = place(growth);
    }
    if (code == MPR_OK) {
        code = mpr_mail_take_contexts(segment, growth->asked->question->member_count,
                                      growth->process_count, growth->contexts);
    }
    if (code == MPR_OK) {
        prepare(growth);
        code = start(growth);
    }
    return code;
}

static void put_answer(const struct growth *growth, int code)
{
    const struct mpr_question *question = growth->asked->question;
    struct mpr_reply reply = {.code = code, .text = growth->reason};

    if (code == MPR_OK) {
        memcpy(reply.contexts, growth->contexts, sizeof(reply.contexts));
        reply.member_count = growth->process_count;
        reply.members = growth->members;
    }
    mpr_mail_put(growth->launch->request->segment, (uint32_t)question->asker.slot,
                 question->box, question->number, &reply);
}

bool mpr_launch_grow(struct mpr_launch *launch, const struct mpr_asked *asked, bool may_wait)
{
    struct growth growth = {
        .launch = launch, .asked = asked, .app = launch->apps[asked->question->asker.slot]};
    int code = launch->is_ending ? MPR_ERR_SPAWN : grow(&growth);
    bool is_answered = !growth.lacks_room || !may_wait;

    if (is_answered) {
        put_answer(&growth, code);
    }
    free(growth.members);
    mpr_programs_free(growth.programs, growth.program_count);
    return is_answered;
}

void mpr_launch_release(struct mpr_launch *launch, int slot)
{
    mpr_ports_forget(launch->ports, slot);
    hwloc_bitmap_free(launch->guests[slot].cpus);
    launch->guests[slot].cpus = NULL;
    launch->settled[slot] = 0;
    mpr_launch_count_crowd(launch);
}

void mpr_launch_count_crowd(const struct mpr_launch *launch)
{
    struct mpr_segment_header *header = launch->request->segment->header;
    bool is_crowded =
        header->oversubscribed != 0 || launch->running_count > (int)header->cpus_total;

    atomic_store_explicit(&header->crowded, is_crowded, memory_order_relaxed);
}
