/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what the ranks ask, and has it answered. Questions come from other processes, so that their
 * numbers are checked; one that makes no sense is dropped.
 *
 * A spawn for which there is no room at present waits a while: who spawns again and again is often
 * quicker than the processes of before, which have said goodbye, but not ended yet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "launcher/launch_state.h"

// How long a spawn may wait for room, and how often to look for it.
#define ROOM_NS      (2000 * MPR_MS_NS)
#define LOOK_ROOM_NS (2 * MPR_MS_NS)

/* A spawn that waits for room: its question as it came. */
struct spawn {
    struct mpr_list link;
    uint64_t deadline_ns;
    size_t bytes;
    char question[];
};

// --- Questions --------------------------------------------------------------------------------

/* Whether the process that asks is still there to hear the answer. */
static bool is_from_rank(const struct mpr_launch *launch, struct mpr_member asker)
{
    return asker.slot >= 0 && asker.slot < launch->slot_count && launch->pids[asker.slot] > 0 &&
           atomic_load_explicit(&mpr_launch_control(launch, asker.slot)->generation,
                                memory_order_relaxed) == asker.generation;
}

static bool is_whole(const struct mpr_launch *launch, const struct mpr_asked *asked, size_t bytes)
{
    const struct mpr_question *question = asked->question;

    if (question->box < MPR_MAIL_FIRST || question->box >= MPR_MAIL_BOXES ||
        question->member_count < 0 || question->member_count > launch->slot_count ||
        question->text_bytes == 0 ||
        bytes != sizeof(*question) + (size_t)question->member_count * sizeof(struct mpr_member) +
                     question->text_bytes ||
        asked->texts[question->text_bytes - 1] != '\0') {
        return false;
    }
    for (int i = 0; i < question->member_count; i++) {
        if (asked->members[i].slot < 0 || asked->members[i].slot >= launch->slot_count) {
            return false;
        }
    }
    return true;
}

/* False: the question makes no sense, or nobody is there to hear the answer. */
static bool read_question(const struct mpr_launch *launch, struct mpr_asked *asked, char *text,
                          size_t bytes)
{
    const struct mpr_question *question = (const void *)text;

    if (bytes < sizeof(*question) || !is_from_rank(launch, question->asker)) {
        return false;
    }
    asked->question = question;
    asked->members = (const void *)(question + 1);
    asked->texts = text + sizeof(*question) +
                   (size_t)(question->member_count > 0 ? question->member_count : 0) *
                       sizeof(struct mpr_member);
    return is_whole(launch, asked, bytes);
}

// --- Spawns -----------------------------------------------------------------------------------

/* True: it is over, well or not. */
static bool try_spawn(struct mpr_launch *launch, struct spawn *spawn)
{
    struct mpr_asked asked;

    return !read_question(launch, &asked, spawn->question, spawn->bytes) ||
           mpr_launch_grow(launch, &asked, mpr_clock_ns() < spawn->deadline_ns);
}

static void look_for_room(struct mpr_launch *launch)
{
    struct mpr_list *link, *next;

    mpr_list_each(link, next, &launch->spawns) {
        struct spawn *spawn = mpr_list_entry(link, struct spawn, link);
        if (try_spawn(launch, spawn)) {
            mpr_list_remove(link);
            free(spawn);
        }
    }
    if (!mpr_list_is_empty(&launch->spawns) && !mpr_engine_op_is_active(&launch->room_op)) {
        mpr_engine_timer(launch->engine, &launch->room_op, LOOK_ROOM_NS);
    }
}

static void room_is_due(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        look_for_room(mpr_container_of(op, struct mpr_launch, room_op));
    }
}

static void answer_spawn(struct mpr_launch *launch, const struct mpr_asked *asked, size_t bytes)
{
    struct spawn *spawn = malloc(sizeof(*spawn) + bytes);

    if (spawn == NULL) {
        mpr_launch_grow(launch, asked, false);
        return;
    }
    spawn->deadline_ns = mpr_clock_ns() + ROOM_NS;
    spawn->bytes = bytes;
    memcpy(spawn->question, asked->question, bytes);
    mpr_list_append(&launch->spawns, &spawn->link);
    look_for_room(launch);
}

// --- Ports ------------------------------------------------------------------------------------

/* Sees to it that those who wait at ports with a limit are told when it is over. */
static void look_for_late(struct mpr_launch *launch)
{
    uint64_t due_ns = mpr_ports_expire(launch->ports, mpr_clock_ns());

    if (due_ns == 0 || due_ns == launch->late_due_ns) {
        return;
    }
    launch->late_due_ns = due_ns;
    if (mpr_engine_op_is_active(&launch->late_op)) {
        mpr_engine_cancel(launch->engine, &launch->late_op);
    } else {
        mpr_engine_timer_at(launch->engine, &launch->late_op, due_ns);
    }
}

/* The time has come, or there is another one to wait for, or the job is over. */
static void late_is_due(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, late_op);

    if (launch->running_count > 0 || result == 0) {
        launch->late_due_ns = 0;
        look_for_late(launch);
    }
}

// --- Answers ----------------------------------------------------------------------------------

static void answer(struct mpr_launch *launch, size_t bytes)
{
    struct mpr_asked asked;

    if (!read_question(launch, &asked, launch->question, bytes)) {
        return;
    }
    if (asked.question->kind == MPR_ASK_SPAWN) {
        answer_spawn(launch, &asked, bytes);
    } else {
        mpr_ports_ask(launch->ports, &asked);
        look_for_late(launch);
    }
}

static void asked(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, ask_op);

    if (result == -ECANCELED) {
        return;
    }
    if (result > 0) {
        answer(launch, (size_t)result);
    }
    mpr_launch_start_answers(launch);
}

int mpr_launch_prepare_answers(struct mpr_launch *launch)
{
    int fds[2];

    launch->ask_op.complete = asked;
    launch->room_op.complete = room_is_due;
    launch->late_op.complete = late_is_due;
    launch->question = malloc(MPR_QUESTION_BYTES_MAX);
    launch->ports = mpr_ports_make(launch->request->segment);
    if (launch->question == NULL || launch->ports == NULL) {
        return -ENOMEM;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return -errno;
    }
    launch->ask_fd = fds[0];
    launch->request->segment->header->ask_fd = fds[1];
    return 0;
}

void mpr_launch_start_answers(struct mpr_launch *launch)
{
    mpr_engine_read(launch->engine, &launch->ask_op, launch->ask_fd, launch->question,
                    MPR_QUESTION_BYTES_MAX);
}

void mpr_launch_stop_answers(struct mpr_launch *launch)
{
    struct mpr_list *link, *next;

    mpr_list_each(link, next, &launch->spawns) {
        free(mpr_list_entry(link, struct spawn, link));
    }
    if (launch->ask_fd >= 0) {
        close(launch->ask_fd);
        close(launch->request->segment->header->ask_fd);
    }
    mpr_ports_free(launch->ports);
    free(launch->question);
}
