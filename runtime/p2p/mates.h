/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether to give way, where ranks share cores.
 *
 * A rank that waits gives way to its mates, those that run on the same CPU. `sched_yield` lets them
 * run in a fixed order, each for a switch, and nobody can choose who comes next (a rank that sleeps
 * and is woken instead costs three switches). So what a message costs is the turns until its
 * receiver has the CPU. Where the sender is about to get its own turn on another CPU, the receiver
 * should be there already: it stays. Then one CPU goes through its ranks while the other one does,
 * instead of after it.
 *
 * Each rank that waits for a known sender therefore shows which cell of which ring it waits for,
 * and on which CPU it last was. A rank stays while its sender is on another CPU, and does not wait,
 * or what it waits for has come: for a few looks, and for some microseconds if none of its own
 * mates could do anything meanwhile: all of them wait, and nothing has come for them. Otherwise it
 * gives way at once.
 *
 * All of it is a hint: the words are read and written relaxed, may be old, and decide for nothing
 * but how long a rank looks before it yields. Each is written by its rank alone. One that dies
 * leaves a wait that nobody ends: its mates and receivers stay as if it went on waiting. */
#ifndef MPR_P2P_MATES_H
#define MPR_P2P_MATES_H

#include <stdbool.h>

struct mpr_peer;
struct mpr_rank_control;

/* Whether all this pays: with many ranks to a CPU it costs more than it saves. */
bool mpr_mates_are_few(void);

/* This rank begins to wait for what `sender`, which is held, sends next. Not with several threads.
 */
void mpr_mates_await(const struct mpr_peer *sender);

/* This rank may have been moved to another CPU since it told last, or tells for the first time. */
void mpr_mates_tell_cpu(void);

/* Whether a rank, or this one, runs on the CPU of this one, as far as both have told. */
bool mpr_mates_include(const struct mpr_rank_control *control);

/* How many ranks run there, this one among them; beyond nine, only that they are more. */
int mpr_mates_count(void);

/* Whether `sender` may be about to send something: it runs elsewhere, and what it waits for has
 * come, or it does not wait. */
bool mpr_mates_may_send(const struct mpr_peer *sender);

/* Whether none of the mates could do anything. */
bool mpr_mates_are_idle(void);

#endif
