/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a program writes its buffers anew before it sends from them again.
 *
 * What a receiver copies straight out of the sender's memory is in its cache afterwards, and the
 * sender's next write must take every line back from there. That is no loss for what is sent again
 * as it is. Data that change are better sent through chunks, which are written past the cache: the
 * program's buffer then stays in the sender's own (runtime/README.md has the numbers). No clock of
 * the library sees what the program's writes take, but that they have happened shows in samples of
 * the data.
 *
 * Private to a rank; the caller holds the library's lock. */
#ifndef MPR_P2P_RESEND_H
#define MPR_P2P_RESEND_H

#include <stdbool.h>
#include <stdint.h>

/* Remembers samples of the `bytes` (8 at the least) at `buffer`. Returns whether they are the same
 * as when these bytes were last sent; false also where nothing is known. */
bool mpr_resend_is_same(const void *buffer, uint64_t bytes);

/* A message has been received into the `bytes` at `buffer`, which writes them, even if it is the
 * one that was sent from there. */
void mpr_resend_forget(const void *buffer, uint64_t bytes);

#endif
