/* SPDX-License-Identifier: BSD-3-Clause */
/* Ctrl-C while a program waits for a pool, or has a stream of results: the first one cancels what
 * is queued, and this call or the next one returns. Elsewhere it ends the program as ever; one that
 * handles SIGINT itself is left alone. */
#ifndef MPP_INTERRUPT_H
#define MPP_INTERRUPT_H

/* While there is a pool, SIGINT is ours. Called once for each pool. */
void mpp_interrupt_install(void);
void mpp_interrupt_remove(void);

/* From here to the end, SIGINT is noted instead of ending the process. Cheap:
 * two atomic additions. */
void mpp_interrupt_begin(void);
void mpp_interrupt_end(void);

/* Whether one was noted since the first pool was made. */
int mpp_interrupt_came(void);

#endif
