/* SPDX-License-Identifier: BSD-3-Clause */
/* Intercommunicators with processes of other worlds: those that mprun starts for us, or introduces
 * at a port (MPI 5.0, 11.8 and 11.9). */
#ifndef MPR_COLL_CONNECT_H
#define MPR_COLL_CONNECT_H

#include "comm/comm.h"
#include "p2p/ask.h"

/* What all of a group hear from its root. */
struct mpr_connection {
    int code; /* 0 or an mpr error; with the root's words in `text`, maybe none */
    uint32_t contexts[MPR_MAIL_CONTEXTS];
    int32_t member_count; /* of the other group */
    int32_t wanted_count; /* what the root has put here before: processes asked for */
    char text[MPR_ANSWER_TEXT_BYTES];
};

/* A collective call over `comm`. The root, unless connection->code says that something is wrong
 * already, asks mprun; all of them make the intercommunicator of the answer, or have the same
 * error. `ask` is looked at in the root alone. Returns connection->code. */
int mpr_connect(struct mpr_comm *comm, int root, struct mpr_ask *ask,
                struct mpr_connection *connection, struct mpr_comm **newcomm);

/* The same without mprun: all of `comm`, `members` and the contexts of `connection` are known. */
int mpr_connect_known(struct mpr_comm *comm, const struct mpr_member *members,
                      const struct mpr_connection *connection, struct mpr_comm **newcomm);

/* Makes mpr_comm_parent, in a process that was spawned. Returns 0 or an mpr error. */
int mpr_connect_parent(void);

#endif
