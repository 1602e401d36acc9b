/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to mprun. Threads of one process ask at the same time, for some answers are long in
 * coming (MPI_Comm_accept); where there are more threads than boxes they take turns. */
#include "p2p/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "p2p/wait.h"
#include "shm/hold.h"

static uint32_t last_number;

/* The questions under way, by the boxes for their answers. */
static struct {
    uint32_t number; /* 0: none */
    bool is_open;    /* its answer has not come */
} questions[MPR_MAIL_BOXES];

bool mpr_ask_is_open;

void mpr_ask_put(struct mpr_ask *ask, const char *text)
{
    size_t bytes = text != NULL ? strlen(text) + 1 : 1;
    char *texts = ask->error == 0 ? realloc(ask->texts, ask->text_bytes + bytes) : NULL;

    if (texts == NULL) {
        ask->error = MPR_ERR_NO_MEMORY;
        return;
    }
    memcpy(texts + ask->text_bytes, text != NULL ? text : "", bytes);
    ask->texts = texts;
    ask->text_bytes += bytes;
}

void mpr_ask_put_number(struct mpr_ask *ask, int number)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", number);
    mpr_ask_put(ask, text);
}

static int send_question(const struct mpr_ask *ask, uint32_t box)
{
    int member_count = ask->group != NULL ? ask->group->size : 0;
    struct mpr_question question = {
        .kind = ask->kind,
        .number = questions[box].number,
        .box = box,
        .asker = mpr_hold_name(mpr_job.slot),
        .member_count = member_count,
        .program_count = ask->program_count,
        .text_bytes = (uint32_t)ask->text_bytes,
    };
    size_t members_bytes = (size_t)member_count * sizeof(struct mpr_member);
    size_t bytes = sizeof(question) + members_bytes + ask->text_bytes;
    char *message = bytes <= MPR_QUESTION_BYTES_MAX ? malloc(bytes) : NULL;
    ssize_t sent;

    if (message == NULL) {
        return bytes <= MPR_QUESTION_BYTES_MAX ? MPR_ERR_NO_MEMORY : MPR_ERR_NO_SPACE;
    }
    struct mpr_member *members = (struct mpr_member *)(void *)(message + sizeof(question));
    memcpy(message, &question, sizeof(question));
    for (int i = 0; i < member_count; i++) {
        members[i] = mpr_hold_name(ask->group->world_ranks[i]);
    }
    memcpy(message + sizeof(question) + members_bytes, ask->texts, ask->text_bytes);
    do {
        sent = send(mpr_job.segment.header->ask_fd, message, bytes, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    free(message);
    return sent == (ssize_t)bytes ? MPR_OK : MPR_ERR_SYSTEM;
}

static const struct mpr_answer *own_mail(uint32_t box)
{
    return mpr_segment_mail(&mpr_job.segment, (uint32_t)mpr_job.slot, box);
}

/* A step of waiting looks here too before it sleeps: the doorbell rings after
 * the number was stored. */
int mpr_ask_progress(void)
{
    int come_count = 0;

    mpr_ask_is_open = false;
    for (uint32_t box = MPR_MAIL_FIRST; box < MPR_MAIL_BOXES; box++) {
        if (!questions[box].is_open) {
            continue;
        }
        if (atomic_load_explicit(&own_mail(box)->number, memory_order_acquire) /* Q2 */ ==
            questions[box].number) {
            questions[box].is_open = false;
            come_count++;
        } else {
            mpr_ask_is_open = true;
        }
    }
    return come_count;
}

static void wait_for_answer(uint32_t box)
{
    struct mpr_wait wait = mpr_wait_begin(-1);

    while (questions[box].is_open) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
}

/* Those that wait for other processes leave a box to the others, which are answered soon: they may
 * be what ends the waiting (MPI_Close_port). */
static uint32_t box_end_for(enum mpr_question_kind kind)
{
    return kind == MPR_ASK_ACCEPT || kind == MPR_ASK_CONNECT ? MPR_MAIL_BOXES - 1 : MPR_MAIL_BOXES;
}

/* A box for a question, when there is one. */
static uint32_t take_box(enum mpr_question_kind kind)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    uint32_t box = MPR_MAIL_FIRST;

    while (questions[box].number != 0) {
        if (++box == box_end_for(kind)) {
            mpr_wait_step(&wait);
            box = MPR_MAIL_FIRST;
        }
    }
    mpr_wait_end(&wait);
    questions[box].number = ++last_number;
    return box;
}

static void give_back(uint32_t box)
{
    questions[box].number = 0;
    mpr_wait_notify();
}

int mpr_ask(struct mpr_ask *ask, const struct mpr_answer **answer)
{
    int code = ask->error;

    if (code == MPR_OK && (!mpr_job.launched || mpr_job.segment.header->ask_fd < 0)) {
        code = MPR_ERR_UNSUPPORTED;
    }
    if (code == MPR_OK) {
        uint32_t box = take_box(ask->kind);
        code = send_question(ask, box);
        if (code == MPR_OK) {
            questions[box].is_open = true;
            mpr_ask_is_open = true;
            wait_for_answer(box);
            *answer = own_mail(box);
        }
        give_back(box);
    }
    free(ask->texts);
    return code;
}
