/* SPDX-License-Identifier: BSD-3-Clause */
/* How a process ended that has died, where the MPI underneath tells. */
#ifndef MPP_DEATH_H
#define MPP_DEATH_H

#include <mpi.h>
#include <stddef.h>

struct mpp_death {
    int is_known;
    int signal; /* that ended it; 0: it ended by itself */
    int status; /* with which it did */
};

/* Asks about a rank of `comm` (of its other group, when it has two) that
 * operations have failed with. */
struct mpp_death mpp_death_of(MPI_Comm comm, int rank);

/* "was killed by signal 9 (Killed)" and the like, up to `room` bytes. Returns text. */
const char *mpp_death_describe(const struct mpp_death *death, char *text, size_t room);

#endif
