/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts into words what became of a rank, and what it was doing. */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "shm/segment.h"

#define MPR_REPORT_BYTES 512

/* Writes what a rank is doing, as its status board says, such as "in MPI_Recv from rank 2, tag 7,
 * for 3 s" or "outside of MPI". */
void mpr_report_activity(char *text, size_t text_bytes, const struct mpr_rank_control *control,
                         uint64_t now_ns);

/* Writes why the end of a rank, known as `label`, ends the job, in one line that also says how to
 * see more. `wait_status` is what waitpid() told. */
void mpr_report_end(char *text, size_t text_bytes, const char *label, int wait_status,
                    const struct mpr_rank_control *control);

#endif
