/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing: looking at unexpected messages, and taking them out for a matched receive. */
#include "p2p/p2p.h"
#include "p2p/wait.h"
#include "shm/board.h"

static struct mpr_unexpected *look_for(const struct mpr_envelope *pattern, MPI_Status *status)
{
    struct mpr_unexpected *message = mpr_match_find(pattern);

    if (message != NULL && status != NULL) {
        status->MPI_SOURCE = message->envelope.source;
        status->MPI_TAG = message->envelope.tag;
        mpr_status_set_bytes(status, message->bytes);
        mpr_status_set_cancelled(status, false);
    }
    return message;
}

/* Looks, and if there is nothing makes one pass of progress and looks again. */
static struct mpr_unexpected *find(int source, int tag, const struct mpr_comm *comm,
                                   enum mpr_plane plane, MPI_Status *status)
{
    const struct mpr_envelope pattern = {comm->context + (uint32_t)plane, source, tag};
    struct mpr_unexpected *message = look_for(&pattern, status);

    if (message == NULL) {
        mpr_progress();
        message = look_for(&pattern, status);
    }
    return message;
}

bool mpr_probe_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                    MPI_Status *status)
{
    if (source == MPI_PROC_NULL) {
        if (status != NULL) {
            mpr_status_set_proc_null(status);
        }
        return true;
    }
    return find(source, tag, comm, plane, status) != NULL;
}

void mpr_probe(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
               MPI_Status *status)
{
    struct mpr_wait wait = mpr_wait_begin(-1);

    mpr_board_peer(source, tag, comm->context);
    while (!mpr_probe_once(source, tag, comm, plane, status)) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
}

struct mpr_unexpected *mpr_probe_take_once(int source, int tag, struct mpr_comm *comm,
                                           enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_unexpected *message = find(source, tag, comm, plane, status);
    if (message != NULL) {
        mpr_match_take(message);
    }
    return message;
}

struct mpr_unexpected *mpr_probe_take(int source, int tag, struct mpr_comm *comm,
                                      enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    struct mpr_unexpected *message;

    mpr_board_peer(source, tag, comm->context);
    while ((message = mpr_probe_take_once(source, tag, comm, plane, status)) == NULL) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    return message;
}
