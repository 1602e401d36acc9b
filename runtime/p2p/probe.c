/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing: looking for messages that nobody has asked for yet. */
#include "p2p/p2p.h"
#include "p2p/wait.h"
#include "shm/board.h"

static struct mpr_unexpected *look_for(int source, int tag, const struct mpr_comm *comm,
                                       enum mpr_plane plane, MPI_Status *status)
{
    const struct mpr_envelope pattern = {comm->context + (uint32_t)plane, source, tag};
    struct mpr_unexpected *message = mpr_match_find(&pattern);

    if (message != NULL && status != NULL) {
        status->MPI_SOURCE = message->envelope.source;
        status->MPI_TAG = message->envelope.tag;
        mpr_status_set_bytes(status, message->bytes);
        mpr_status_set_cancelled(status, false);
    }
    return message;
}

struct mpr_unexpected *mpr_probe_find_once(int source, int tag, struct mpr_comm *comm,
                                           enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_unexpected *message = look_for(source, tag, comm, plane, status);

    if (message == NULL) {
        mpr_wait_poll();
        message = look_for(source, tag, comm, plane, status);
    }
    return message;
}

struct mpr_unexpected *mpr_probe_find(int source, int tag, struct mpr_comm *comm,
                                      enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    struct mpr_unexpected *message;

    mpr_board_peer(source, tag, comm->context);
    while ((message = look_for(source, tag, comm, plane, status)) == NULL) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    return message;
}

/* Nobody's messages are always there (MPI 5.0, 3.10). */
static bool is_nobody(int source, MPI_Status *status)
{
    if (source == MPI_PROC_NULL && status != NULL) {
        mpr_status_set_proc_null(status);
    }
    return source == MPI_PROC_NULL;
}

bool mpr_probe_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                    MPI_Status *status)
{
    return is_nobody(source, status) ||
           mpr_probe_find_once(source, tag, comm, plane, status) != NULL;
}

void mpr_probe(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
               MPI_Status *status)
{
    if (!is_nobody(source, status)) {
        mpr_probe_find(source, tag, comm, plane, status);
    }
}
