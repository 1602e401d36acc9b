/* SPDX-License-Identifier: BSD-3-Clause */
/* What the calls that connect groups of processes have in common (spawn.c, port.c, join.c). */
#ifndef MPR_MPI_CONNECT_CALL_H
#define MPR_MPI_CONNECT_CALL_H

#include "coll/connect.h"
#include "mpi/api.h"

/* Raises what has gone wrong, in mprun's words where it has some, or hands `made` to the user. */
int mpr_give_connection(struct mpr_comm *comm, int code, const struct mpr_connection *connection,
                        struct mpr_comm *made, MPI_Comm *newcomm);

/* Raises the error of a question about something (`text`, or what the code means). 0 stays 0. */
int mpr_raise_answer(struct mpr_comm *comm, int code, const char *text);

#endif
