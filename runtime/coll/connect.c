/* SPDX-License-Identifier: BSD-3-Clause */
/* Making the intercommunicators of groups that have no process, and no communicator, to agree by.
 *
 * The contexts come with the names of the other group's processes, from who has brought the two
 * together. So neither side waits for the other: a message may be in its ring before the receiver
 * knows of the sender. */
#include "coll/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/now.h"
#include "shm/context.h"
#include "shm/hold.h"

/* Gives this process's own uses up. */
static void drop_contexts(const struct mpr_connection *connection)
{
    struct mpr_context_table *table = mpr_segment_contexts(&mpr_job.segment);

    mpr_context_drop(table, connection->contexts[MPR_MAIL_INTER], 1);
    mpr_context_drop(table, connection->contexts[MPR_MAIL_OURS], 1);
}

static int make(struct mpr_comm *comm, const struct mpr_member *members,
                const struct mpr_connection *connection, struct mpr_comm **newcomm)
{
    struct mpr_group *remote = mpr_group_make_named(connection->member_count, members);
    int code = MPR_ERR_NO_MEMORY;

    if (remote != NULL) {
        code = mpr_comm_make_inter(comm->group, remote, comm->errhandler, newcomm);
        mpr_group_release(remote);
    }
    if (code == MPR_OK) {
        (*newcomm)->context = connection->contexts[MPR_MAIL_INTER];
        (*newcomm)->local->context = connection->contexts[MPR_MAIL_OURS];
    } else {
        drop_contexts(connection);
    }
    return code;
}

int mpr_connect_known(struct mpr_comm *comm, const struct mpr_member *members,
                      const struct mpr_connection *connection, struct mpr_comm **newcomm)
{
    struct mpr_comm *made = NULL;
    int code = make(comm, members, connection, &made);
    int64_t worst = code;

    code = mpr_allreduce_now(&worst, 1, MPI_INT64_T, MPI_MIN, comm);
    code = code == MPR_OK ? (int)worst : code;
    if (code != MPR_OK && made != NULL) {
        mpr_comm_free(made);
    } else {
        *newcomm = made;
    }
    return code;
}

/* The root asks. The answer's members are copied: its box may be given to the next question
 * before they are used. */
static struct mpr_member *inquire(struct mpr_ask *ask, struct mpr_connection *connection)
{
    const struct mpr_answer *answer;
    struct mpr_member *members;

    connection->code = mpr_ask(ask, &answer);
    if (connection->code != MPR_OK) {
        return NULL;
    }
    connection->code = answer->code;
    memcpy(connection->contexts, answer->contexts, sizeof(answer->contexts));
    connection->member_count = answer->member_count;
    snprintf(connection->text, sizeof(connection->text), "%s", answer->text);
    if (answer->code != MPR_OK) {
        return NULL;
    }
    members = malloc((size_t)answer->member_count * sizeof(*members));
    if (members == NULL) {
        drop_contexts(connection);
        connection->code = MPR_ERR_NO_MEMORY;
        return NULL;
    }
    memcpy(members, answer->members, (size_t)answer->member_count * sizeof(*members));
    return members;
}

int mpr_connect(struct mpr_comm *comm, int root, struct mpr_ask *ask,
                struct mpr_connection *connection, struct mpr_comm **newcomm)
{
    struct mpr_member *members = NULL;

    if (comm->rank == root && connection->code == MPR_OK) {
        ask->group = comm->group;
        members = inquire(ask, connection);
    } else if (comm->rank == root) {
        free(ask->texts);
    }
    int code = mpr_bcast_now(connection, sizeof(*connection), root, comm);
    if (code != MPR_OK || connection->code != MPR_OK) {
        free(members);
        return code != MPR_OK ? code : connection->code;
    }
    MPI_Count bytes = connection->member_count * (MPI_Count)sizeof(*members);
    if (comm->rank != root) {
        members = malloc((size_t)bytes);
        if (members == NULL) {
            // The others wait for this process, and it cannot even hear what for.
            return MPR_ERR_NO_MEMORY;
        }
    }
    code = mpr_bcast_now(members, bytes, root, comm);
    if (code == MPR_OK) {
        code = mpr_connect_known(comm, members, connection, newcomm);
    }
    free(members);
    connection->code = code;
    return code;
}

int mpr_connect_parent(void)
{
    const struct mpr_answer *birth =
        mpr_segment_mail(&mpr_job.segment, (uint32_t)mpr_job.slot, MPR_MAIL_BIRTH);
    struct mpr_connection connection = {.member_count = birth->member_count};

    if (mpr_job.world == 0) {
        return MPR_OK;
    }
    memcpy(connection.contexts, birth->contexts, sizeof(connection.contexts));
    int code = make(mpr_comm_world, birth->members, &connection, &mpr_comm_parent);
    if (code == MPR_OK) {
        strcpy(mpr_comm_parent->name, "MPI_COMM_PARENT");
    }
    return code;
}
