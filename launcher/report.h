/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts into words what became of a rank, and what it was doing. */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/segment.h"

#define MPR_REPORT_BYTES 512

enum { MPR_LABEL_BYTES = 24 };

/* How users know a rank: "3", or "2.0" for rank 0 of the second world spawned. Returns `label`. */
const char *mpr_report_label(char label[MPR_LABEL_BYTES], const struct mpr_rank_control *control);

/* The call that a rank is in, "" for none; and whether the messages of a call of that name are not
 * the program's own. */
const char *mpr_report_call(const struct mpr_rank_control *control);
bool mpr_report_is_collective(const char *call);

/* Writes what a rank is doing, as its status board says, such as "in MPI_Recv from rank 2, tag 7,
 * for 3 s" or "outside of MPI". Whom it waits for is taken from `board`, mostly its own. */
void mpr_report_activity(char *text, size_t text_bytes, const struct mpr_rank_control *control,
                         const struct mpr_board *board, uint64_t now_ns);

/* Writes why the end of a rank, known as `label`, ends the job, in one line that also says how to
 * see more. `wait_status` is what waitpid() told. */
void mpr_report_end(char *text, size_t text_bytes, const char *label, int wait_status,
                    const struct mpr_rank_control *control);

#endif
