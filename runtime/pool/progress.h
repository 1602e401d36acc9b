/* SPDX-License-Identifier: BSD-3-Clause */
/* The progress line of works that have one: done, failed, running, rate, time left. */
#ifndef MPP_PROGRESS_H
#define MPP_PROGRESS_H

struct mpp_work;

/* Shows the first work with a label, on standard error when that is a terminal; at most ten times a
 * second. Cheap when there is nothing to show. */
void mpp_progress_show(const struct mpp_work *works);

/* Ends the line of a work that is done. */
void mpp_progress_end(const struct mpp_work *work);

#endif
