/* SPDX-License-Identifier: BSD-3-Clause */
/* Gives every rank the whole of mprun's standard input (--stdin all). */
#ifndef LAUNCHER_INPUT_H
#define LAUNCHER_INPUT_H

#include "base/engine.h"

struct mpr_input;

/* Returns 0 and the input, or -ENOMEM. */
int mpr_input_create(struct mpr_input **input, struct mpr_engine *engine, int source_fd,
                     int rank_count);

/* Closes what is open. The engine must be gone already. NULL is fine. */
void mpr_input_destroy(struct mpr_input *input);

/* Makes the pipe of a rank. Returns the descriptor to give to it, which the caller closes once the
 * rank has been started, or a negative errno. */
int mpr_input_open(struct mpr_input *input, int rank);

/* Begins to read, once all pipes are there. */
void mpr_input_start(struct mpr_input *input);

#endif
