/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of sessions share: sessions and communicators made in one line. */
#ifndef MPR_TESTS_SESSIONTEST_H
#define MPR_TESTS_SESSIONTEST_H

#include "mpitest.h"

/* `level` is the name of a level of thread support, or NULL. */
MPITEST_UNUSED static MPI_Session sessiontest_open(const char *level)
{
    MPI_Session session = MPI_SESSION_NULL;
    MPI_Info info = MPI_INFO_NULL;

    if (level != NULL) {
        MPI_Info_create(&info);
        MPI_Info_set(info, "thread_level", level);
    }
    EXPECT_CLASS(MPI_Session_init(info, MPI_ERRORS_RETURN, &session), MPI_SUCCESS);
    CHECK(session != MPI_SESSION_NULL);
    if (level != NULL) {
        MPI_Info_free(&info);
    }
    return session;
}

MPITEST_UNUSED static void sessiontest_close(MPI_Session *session)
{
    EXPECT_CLASS(MPI_Session_finalize(session), MPI_SUCCESS);
    CHECK(*session == MPI_SESSION_NULL);
}

MPITEST_UNUSED static void sessiontest_has_level(MPI_Session session, const char *level)
{
    char value[64] = "";
    int length = sizeof value, flag = 0;
    MPI_Info info;

    EXPECT_CLASS(MPI_Session_get_info(session, &info), MPI_SUCCESS);
    MPI_Info_get_string(info, "thread_level", &length, value, &flag);
    CHECK(flag && strcmp(value, level) == 0);
    MPI_Info_free(&info);
}

/* Of the processes of a set, by all of them, under the name `tag`. */
MPITEST_UNUSED static MPI_Comm sessiontest_comm(MPI_Session session, const char *set,
                                                const char *tag)
{
    MPI_Group group = MPI_GROUP_NULL;
    MPI_Comm comm = MPI_COMM_NULL;

    EXPECT_CLASS(MPI_Group_from_session_pset(session, set, &group), MPI_SUCCESS);
    EXPECT_CLASS(
        MPI_Comm_create_from_group(group, tag, MPI_INFO_NULL, MPI_ERRORS_RETURN, &comm),
        MPI_SUCCESS);
    MPI_Group_free(&group);
    return comm;
}

/* All of its processes take part in a collective, and neighbours swap their ranks. */
MPITEST_UNUSED static void sessiontest_use(MPI_Comm comm)
{
    int rank, size, sum = -1, got = -1;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    EXPECT_CLASS(MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, comm), MPI_SUCCESS);
    CHECK_EQ(sum, size * (size - 1) / 2);
    EXPECT_CLASS(MPI_Sendrecv(&rank, 1, MPI_INT, (rank + 1) % size, 1, &got, 1, MPI_INT,
                              (rank + size - 1) % size, 1, comm, MPI_STATUS_IGNORE),
                 MPI_SUCCESS);
    CHECK_EQ(got, (rank + size - 1) % size);
}

/* Whether MPI_Init and MPI_Finalize have been called, as the library says. */
MPITEST_UNUSED static void sessiontest_world_is(bool initialized, bool finalized)
{
    int flag = -1;

    MPI_Initialized(&flag);
    CHECK_EQ(flag, initialized);
    MPI_Finalized(&flag);
    CHECK_EQ(flag, finalized);
}

#endif
