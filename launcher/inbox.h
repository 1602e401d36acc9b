/* SPDX-License-Identifier: BSD-3-Clause */
/* The pipes of the pipe copy path: one for each rank to receive from. */
#ifndef LAUNCHER_INBOX_H
#define LAUNCHER_INBOX_H

#include "shm/segment.h"

/* Makes the pipes, writes their descriptors into the control blocks and lets every rank inherit
 * them; they stay open until mprun ends. Call it before the first rank is started. Returns 0, or a
 * negative errno when not all could be made: ranks without use another path. */
int mpr_inbox_open_all(const struct mpr_segment *segment);

#endif
