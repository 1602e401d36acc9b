/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors of sessions: bad arguments, who is told of them, and what may be called without any
 * initialization. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default */
#include "tests/lib/sessiontest.h"

/* What the error handlers have seen. */
static int call_count;
static int last_code;
static MPI_Session last_session;
static MPI_Comm last_comm;

static void note_session(MPI_Session *session, int *error_code, ...)
{
    call_count++;
    last_session = *session;
    last_code = *error_code;
}

static void note_comm(MPI_Comm *comm, int *error_code, ...)
{
    call_count++;
    last_comm = *comm;
    last_code = *error_code;
}

/* A call that must fail, with one call of an error handler. */
#define EXPECT_NOTED(call, error_class)                                                            \
    do {                                                                                           \
        int noted_before = call_count;                                                             \
        EXPECT_CLASS(call, error_class);                                                           \
        CHECK_EQ(call_count, noted_before + 1);                                                    \
        EXPECT_CLASS(last_code, error_class);                                                      \
    } while (0)

static MPI_Errhandler make_handler(void)
{
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;

    EXPECT_CLASS(MPI_Session_create_errhandler(note_session, &handler), MPI_SUCCESS);
    CHECK(handler != MPI_ERRHANDLER_NULL);
    return handler;
}

/* What needs no initialization. */
static void check_without(void)
{
    MPI_Errhandler handler = make_handler();
    MPI_Session session = MPI_SESSION_NULL;
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "thread_level", "MPI_THREAD_MANY");
    EXPECT_NOTED(MPI_Session_init(info, handler, &session), MPI_ERR_INFO_VALUE);
    EXPECT_NOTED(MPI_Session_init(MPI_INFO_NULL, handler, NULL), MPI_ERR_ARG);
    CHECK(last_session == MPI_SESSION_NULL);
    CHECK(session == MPI_SESSION_NULL);
    MPI_Info_free(&info);
    EXPECT_CLASS(MPI_Session_init(MPI_INFO_NULL, handler, &session), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Errhandler_free(&handler), MPI_SUCCESS);
    CHECK(handler == MPI_ERRHANDLER_NULL);
    sessiontest_close(&session);
}

static void check_arguments(MPI_Session session)
{
    char name[MPI_MAX_PSET_NAME_LEN];
    int length = sizeof name, negative = -1;
    MPI_Group group = MPI_GROUP_EMPTY;
    MPI_Info info;
    MPI_Errhandler handler;

    EXPECT_NOTED(MPI_Session_get_num_psets(session, MPI_INFO_NULL, NULL), MPI_ERR_ARG);
    CHECK(last_session == session);
    EXPECT_NOTED(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, -1, &length, name), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, 9999, &length, name),
                 MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, 0, NULL, name), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, 0, &negative, name),
                 MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, 0, &length, NULL), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_info(session, NULL), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_pset_info(session, "mpi://NOBODY", &info), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_pset_info(session, NULL, &info), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_get_pset_info(session, "mpi://SELF", NULL), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Group_from_session_pset(session, NULL, &group), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Group_from_session_pset(session, "mpi://SELF", NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_from_session_pset(session, "mpi://NOBODY", &group), MPI_SUCCESS);
    CHECK(group == MPI_GROUP_NULL);
    EXPECT_NOTED(MPI_Session_set_errhandler(session, MPI_ERRHANDLER_NULL), MPI_ERR_ERRHANDLER);
    EXPECT_NOTED(MPI_Session_get_errhandler(session, NULL), MPI_ERR_ARG);
    EXPECT_NOTED(MPI_Session_call_errhandler(session, -1), MPI_ERR_ARG);

    // One for communicators does not fit.
    MPI_Comm_create_errhandler(note_comm, &handler);
    EXPECT_NOTED(MPI_Session_set_errhandler(session, handler), MPI_ERR_ERRHANDLER);
    MPI_Errhandler_free(&handler);
    handler = make_handler();
    EXPECT_CLASS(MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler), MPI_ERR_ERRHANDLER);
    MPI_Errhandler_free(&handler);
}

/* Nobody but MPI_COMM_SELF can answer for these. */
static void check_no_session(void)
{
    MPI_Session none = MPI_SESSION_NULL, stale = sessiontest_open(NULL), copy = stale;
    MPI_Errhandler handler;
    MPI_Group group;
    MPI_Info info;
    int number = 16;
    char name[16];

    sessiontest_close(&copy);
    EXPECT_CLASS(MPI_Session_finalize(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_finalize(&none), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_finalize(&stale), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_get_num_psets(stale, MPI_INFO_NULL, &number), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_get_nth_pset(none, MPI_INFO_NULL, 0, &number, name), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_get_info(none, &info), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_get_pset_info(none, "mpi://SELF", &info), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Group_from_session_pset(stale, "mpi://SELF", &group), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_set_errhandler(none, MPI_ERRORS_RETURN), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_get_errhandler(none, &handler), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_call_errhandler(none, MPI_ERR_OTHER), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_create_errhandler(NULL, &handler), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_create_errhandler(note_session, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_init(MPI_INFO_NULL, MPI_ERRHANDLER_NULL, &none), MPI_ERR_ERRHANDLER);
}

static void check_handlers(void)
{
    MPI_Session session;
    MPI_Errhandler handler = make_handler(), got = MPI_ERRHANDLER_NULL;

    EXPECT_CLASS(MPI_Session_init(MPI_INFO_NULL, handler, &session), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Session_get_errhandler(session, &got), MPI_SUCCESS);
    CHECK(got == handler);
    MPI_Errhandler_free(&got);
    MPI_Errhandler_free(&handler);
    check_arguments(session);

    // The program raises an error itself: the call has succeeded when the handler comes back.
    int calls_before = call_count;
    EXPECT_CLASS(MPI_Session_call_errhandler(session, MPI_ERR_TOPOLOGY), MPI_SUCCESS);
    CHECK_EQ(call_count, calls_before + 1);
    CHECK_EQ(last_code, MPI_ERR_TOPOLOGY);
    CHECK(last_session == session);
    EXPECT_CLASS(MPI_Session_set_errhandler(session, MPI_ERRORS_RETURN), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Session_call_errhandler(session, MPI_ERR_TOPOLOGY), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Session_get_info(session, NULL), MPI_ERR_ARG);
    CHECK_EQ(call_count, calls_before + 1);
    sessiontest_close(&session);
}

/* The handler that a communicator shall have answers for the call that makes it. */
static void check_makers(void)
{
    MPI_Session session = sessiontest_open(NULL);
    MPI_Comm comm = MPI_COMM_SELF;
    MPI_Errhandler handler;
    MPI_Group group;

    MPI_Comm_create_errhandler(note_comm, &handler);
    MPI_Group_from_session_pset(session, "mpi://SELF", &group);
    EXPECT_NOTED(MPI_Comm_create_from_group(MPI_GROUP_NULL, "x", MPI_INFO_NULL, handler, &comm),
                 MPI_ERR_GROUP);
    CHECK(last_comm == MPI_COMM_NULL);
    EXPECT_NOTED(MPI_Intercomm_create_from_groups(group, 5, group, 0, "x", MPI_INFO_NULL, handler,
                                                  &comm),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Comm_create_from_group(group, "x", MPI_INFO_NULL, handler, &comm),
                 MPI_SUCCESS);
    EXPECT_NOTED(MPI_Send(NULL, 0, MPI_INT, 5, 0, comm), MPI_ERR_RANK);
    CHECK(last_comm == comm);
    MPI_Comm_free(&comm);
    MPI_Group_free(&group);
    MPI_Errhandler_free(&handler);
    sessiontest_close(&session);
}

int main(int argc, char **argv)
{
    check_without();
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_without();
    check_handlers();
    check_no_session();
    check_makers();
    return mpitest_finish();
}
