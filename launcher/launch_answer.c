/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what the ranks ask, and has it answered. Questions come from other processes, so that their
 * numbers are checked; one that makes no sense is dropped. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compiler.h"
#include "launcher/launch_state.h"

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

    if (question->member_count < 0 || question->member_count > launch->slot_count ||
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

static void answer(struct mpr_launch *launch, size_t bytes)
{
    const struct mpr_question *question = (const void *)launch->question;
    struct mpr_asked asked = {.question = question};

    if (bytes < sizeof(*question) || !is_from_rank(launch, question->asker)) {
        return;
    }
    asked.members = (const void *)(question + 1);
    asked.texts = launch->question + sizeof(*question) +
                  (size_t)(question->member_count > 0 ? question->member_count : 0) *
                      sizeof(struct mpr_member);
    if (!is_whole(launch, &asked, bytes)) {
        return;
    }
    if (question->kind == MPR_ASK_SPAWN) {
        mpr_launch_grow(launch, &asked);
    } else {
        mpr_ports_ask(launch->ports, &asked);
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
    if (launch->ask_fd >= 0) {
        close(launch->ask_fd);
        close(launch->request->segment->header->ask_fd);
    }
    mpr_ports_free(launch->ports);
    free(launch->question);
}
