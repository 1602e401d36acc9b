/* SPDX-License-Identifier: BSD-3-Clause */
/* This process's place in its job. */
#ifndef MPR_SHM_JOB_H
#define MPR_SHM_JOB_H

#include <stdbool.h>

#include "base/compiler.h"
#include "shm/mail.h"

struct mpr_job {
    struct mpr_segment segment;
    struct mpr_rank_control *control; /* our own block */
    int slot;       /* what the segment knows this process by */
    uint32_t world; /* which of the job's worlds is ours; 0: the one that mprun starts */
    int rank;       /* in our world */
    int size;       /* of it */
    struct mpr_member *members; /* of our world by rank; NULL in world 0: each rank is its slot */
    bool launched; /* by mprun; otherwise a job of one rank that made its own segment */
};

extern MPR_HIDDEN struct mpr_job mpr_job;

/* Joins the job that the environment names (and takes it out of the environment, so that programs
 * which this one starts do not join it too), or makes a job of one rank. Marks the rank ATTACHED.
 * Returns 0, or an mpr error after `reason` was filled with one line that tells the user what is
 * wrong and what to do: a segment of another version, a rank started twice, or another launcher's
 * environment. */
int mpr_job_join(char *reason, size_t reason_bytes);

/* Marks the rank FINALIZED. The segment stays mapped until the process ends: a peer may still be
 * reading what this rank has sent. */
void mpr_job_leave(void);

/* Marks it ATTACHED again. */
void mpr_job_return(void);

/* Ends the process, and thereby the job, with `code` as the job's exit status. The launcher says
 * which rank has done so. */
MPR_NORETURN void mpr_job_abort(int code);

/* The same with a reason, which is said in one line, by the first rank that has one; the
 * launcher then adds nothing. */
MPR_NORETURN void mpr_job_fail(int code, const char *format, ...) MPR_PRINTF(2, 3);

#endif
