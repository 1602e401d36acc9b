/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing: looking for messages that nobody has asked for yet. */
#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/p2p.h"
#include "p2p/wait.h"
#include "shm/board.h"

MPR_COLD static int ask(int source, struct mpr_comm *comm, uint32_t context, MPI_Status *status)
{
    int code = mpr_bury_ask(comm, context, &source);

    if (code != MPR_OK && status != NULL) {
        mpr_status_set_empty(status);
        status->MPI_SOURCE = source;
    }
    return code;
}

/* Returns 0, or MPR_ERR_PEER when there is no message and none will come. */
static int look_for(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                    struct mpr_unexpected **message, MPI_Status *status)
{
    const struct mpr_envelope pattern = {comm->context + (uint32_t)plane, source, tag};

    *message = mpr_match_find(&pattern);
    if (*message == NULL) {
        return mpr_bury_may_tell(comm) ? ask(source, comm, pattern.context, status) : MPR_OK;
    }
    if (status != NULL) {
        status->MPI_SOURCE = (*message)->envelope.source;
        status->MPI_TAG = (*message)->envelope.tag;
        mpr_status_set_bytes(status, (*message)->bytes);
        mpr_status_set_cancelled(status, false);
    }
    return MPR_OK;
}

int mpr_probe_find_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                        struct mpr_unexpected **message, MPI_Status *status)
{
    int code = look_for(source, tag, comm, plane, message, status);

    if (code == MPR_OK && *message == NULL) {
        mpr_wait_poll(0);
        code = look_for(source, tag, comm, plane, message, status);
    }
    return code;
}

int mpr_probe_find(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                   struct mpr_unexpected **message, MPI_Status *status)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int code;

    mpr_board_peer(source, tag, comm->context);
    while ((code = look_for(source, tag, comm, plane, message, status)) == MPR_OK &&
           *message == NULL) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    return code;
}

/* Nobody's messages are always there (MPI 5.0, 3.10). */
static bool is_nobody(int source, MPI_Status *status)
{
    if (source == MPI_PROC_NULL && status != NULL) {
        mpr_status_set_proc_null(status);
    }
    return source == MPI_PROC_NULL;
}

int mpr_probe_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, bool *found,
                   MPI_Status *status)
{
    struct mpr_unexpected *message;

    *found = is_nobody(source, status);
    if (*found) {
        return MPR_OK;
    }
    int code = mpr_probe_find_once(source, tag, comm, plane, &message, status);
    *found = code == MPR_OK && message != NULL;
    return code;
}

int mpr_probe(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_unexpected *message;

    return is_nobody(source, status)
               ? MPR_OK
               : mpr_probe_find(source, tag, comm, plane, &message, status);
}
