/* SPDX-License-Identifier: BSD-3-Clause */
/* New processes for a pool, by MPI_Comm_spawn: those it was asked to start, and those that take the
 * place of workers that died or have run enough tasks. */
#ifndef MPP_REPLACE_H
#define MPP_REPLACE_H

#include <mpi.h>

struct mpp_link;

/* What the first message to a spawned process says it is to be. */
enum mpp_role { MPP_ROLE_WORKER = 1, MPP_ROLE_PROCESS };

/* Starts one process of this program, which goes straight to its role in mp_init. *comm is the
 * intercommunicator to it, which returns errors. Returns MPI_SUCCESS or an error of `function`,
 * with a text: also when mp_init has not run, for then the new process would run all of main. */
int mpp_spawn(enum mpp_role role, const char *function, MPI_Comm *comm);

/* Whether the MPI underneath lets the others go on when a process that was spawned dies. The
 * standard has no way to ask, so it goes by the library's name. */
int mpp_survives_deaths(void);

/* Puts a new process in place of a worker that is gone; when there can be none, the pool goes on
 * without. */
void mpp_replace(struct mpp_link *link);

/* The pool goes on with one worker less, and says so on standard error the first time. */
void mpp_go_without(struct mpp_link *link, const char *why);

/* In a process that mpp_spawn started: does what it was started for, and does not return. In
 * others: returns at once. */
void mpp_play_role(void);

#endif
