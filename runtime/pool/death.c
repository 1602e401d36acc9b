/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI has no call for it: mprun's library tells in the info of the communicator, other
 * libraries do not know the key. */
#include "pool/death.h"

#include <stdio.h>
#include <string.h>

#if MPI_VERSION >= 4
static void read_end(MPI_Info info, int rank, struct mpp_death *death)
{
    char key[32];
    char value[32];
    int room = sizeof value;
    int found = 0;
    snprintf(key, sizeof key, "mprun_end_%d", rank);
    MPI_Info_get_string(info, key, &room, value, &found);
    death->is_known = found && (sscanf(value, "signal %d", &death->signal) == 1
                                || sscanf(value, "status %d", &death->status) == 1);
}
#endif

struct mpp_death mpp_death_of(MPI_Comm comm, int rank)
{
    struct mpp_death death = {0};
#if MPI_VERSION >= 4
    MPI_Info info = MPI_INFO_NULL;
    if (MPI_Comm_get_info(comm, &info) == MPI_SUCCESS) {
        read_end(info, rank, &death);
        MPI_Info_free(&info);
    }
#else
    (void)comm;
    (void)rank;
#endif
    return death;
}

const char *mpp_death_describe(const struct mpp_death *death, char *text, size_t room)
{
    if (death->signal) {
        snprintf(text, room, "was killed by signal %d (%s)", death->signal,
                 strsignal(death->signal));
    } else if (death->is_known) {
        snprintf(text, room, "ended with status %d", death->status);
    } else {
        snprintf(text, room, "died");
    }
    return text;
}
