/* SPDX-License-Identifier: BSD-3-Clause */
/* What ranks ask of mprun while the job runs, and what mprun answers.
 *
 * A question is one message on a socket that all ranks have inherited (header->ask_fd, a
 * SOCK_SEQPACKET: messages neither mix nor tear, whoever dies): a struct mpr_question, the members
 * of the asking group, and texts, each with its null. An answer lies in the mail of the slot that
 * has asked, and of the slot that is born by it: mprun fills it and then stores the question's
 * number, with release order (Q1); the rank, rung, sees the number (Q2, acquire) and reads on.
 * Mail has several boxes, for threads of a rank may have to wait long for their answers: a question
 * names the box that is its own until its answer has been read. */
#ifndef MPR_SHM_MAIL_H
#define MPR_SHM_MAIL_H

#include <stdatomic.h>
#include <stdint.h>

#include "shm/segment.h"

/* A process, wherever it is named outside of the process that holds it (shm/hold.h). */
struct mpr_member {
    int32_t slot;
    uint32_t generation; /* of the slot */
};

enum mpr_question_kind {
    MPR_ASK_SPAWN,      /* texts for each program: number of processes, command, directory, where to
                         * look for it, soft, environment (a variable a line), number of arguments,
                         * arguments; but for the first two, empty means not given */
    MPR_ASK_OPEN_PORT,  /* answer: its name */
    MPR_ASK_CLOSE_PORT, /* text: its name */
    MPR_ASK_ACCEPT,     /* texts: a port's name, for how many milliseconds to wait there (empty: for
                         * ever); members: those who will be connected */
    MPR_ASK_CONNECT,    /* likewise */
    MPR_ASK_PUBLISH,    /* texts: the service's name, the port's */
    MPR_ASK_UNPUBLISH,  /* likewise */
    MPR_ASK_LOOK_UP     /* text: the service's name; answer: the port's */
};

/* The longest question, what a socket takes at once with room to spare. */
enum { MPR_QUESTION_BYTES_MAX = 128 << 10 };

struct mpr_question {
    uint32_t kind; /* enum mpr_question_kind */
    uint32_t number;
    uint32_t box; /* of the asker's mail, for the answer */
    struct mpr_member asker;
    int32_t member_count;
    int32_t program_count; /* of MPR_ASK_SPAWN */
    uint32_t text_bytes;
};

enum { MPR_ANSWER_TEXT_BYTES = 1280 };

/* Which is which of the three contexts of an intercommunicator, from the reader's side. */
enum { MPR_MAIL_INTER, MPR_MAIL_OURS, MPR_MAIL_THEIRS, MPR_MAIL_CONTEXTS };

/* The boxes of a slot: one for what a spawned process finds at its start, its parents; then those
 * for answers. */
enum { MPR_MAIL_BIRTH, MPR_MAIL_FIRST, MPR_MAIL_BOXES = MPR_MAIL_FIRST + 16 };

struct mpr_answer {
    _Atomic uint32_t number; /* of the question; 0: none yet */
    int32_t code;            /* 0 or an mpr error */
    uint32_t contexts[MPR_MAIL_CONTEXTS];
    int32_t member_count;
    char text[MPR_ANSWER_TEXT_BYTES]; /* a port's name; what went wrong */
    struct mpr_member members[]; /* of the other group */
};

/* For mprun: an answer before it is put into the mail. */
struct mpr_reply {
    int code;
    uint32_t contexts[MPR_MAIL_CONTEXTS];
    int member_count;
    const struct mpr_member *members;
    const char *text; /* NULL: none */
};

/* For mprun: puts an answer into a box of the mail of `slot`, and rings. */
void mpr_mail_put(const struct mpr_segment *segment, uint32_t slot, uint32_t box, uint32_t number,
                  const struct mpr_reply *reply);

/* For mprun: takes the contexts of an intercommunicator of two groups.
 * Returns 0 or an mpr error. */
int mpr_mail_take_contexts(const struct mpr_segment *segment, int our_count, int their_count,
                           uint32_t contexts[MPR_MAIL_CONTEXTS]);

static inline struct mpr_answer *mpr_segment_mail(const struct mpr_segment *segment, uint32_t slot,
                                                  uint32_t box)
{
    char *base = (char *)segment->header + segment->layout.mail_offset;
    uint64_t bytes = mpr_layout_mail_bytes(&segment->geometry);
    return (struct mpr_answer *)(void *)(base + slot * bytes + box * (bytes / MPR_MAIL_BOXES));
}

#endif
