/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking mprun for something, and waiting for its answer (shm/mail.h). */
#ifndef MPR_P2P_ASK_H
#define MPR_P2P_ASK_H

#include <stdbool.h>

#include "base/compiler.h"
#include "comm/group.h"
#include "shm/mail.h"

/* A question that is being put together. */
struct mpr_ask {
    enum mpr_question_kind kind;
    int program_count;
    const struct mpr_group *group; /* the asking one; NULL: this process alone asks */
    char *texts;
    size_t text_bytes;
    int error; /* of putting it together: 0 or an mpr error */
};

static inline struct mpr_ask mpr_ask_begin(enum mpr_question_kind kind)
{
    return (struct mpr_ask){.kind = kind};
}

/* Adds a text ("" for NULL), or a number as one. */
void mpr_ask_put(struct mpr_ask *ask, const char *text);
void mpr_ask_put_number(struct mpr_ask *ask, int number);

/* Asks, and waits for the answer, making progress. Frees what was put together. Returns 0 and the
 * answer, which is there until the library's lock is let go of; or the mpr error of putting it
 * together or of sending it, MPR_ERR_UNSUPPORTED where no mprun is there to be asked.
 * answer->code is mprun's own. */
int mpr_ask(struct mpr_ask *ask, const struct mpr_answer **answer);

/* For progress: whether an answer is awaited, and (once) whether it has come. */
extern MPR_HIDDEN bool mpr_ask_is_open;
int mpr_ask_progress(void);

#endif
