/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of sessions for buffered sends: used by the communicators that were derived from the
 * session, and by no others. */
/* matrix: np=1,2,3 copy=chunk,cma,direct rings=default,tiny */
#include "tests/lib/sessiontest.h"

enum {
    COUNT = 100000,
    MESSAGES = 5,
    ROOM = MESSAGES * (COUNT * (int)sizeof(int) + MPI_BSEND_OVERHEAD)
};

static int data[COUNT], got[COUNT];

/* To this very process: nothing is received before all is sent, so that the buffer is needed. */
static void send_all(MPI_Comm comm)
{
    for (int i = 0; i < MESSAGES; i++) {
        data[0] = i;
        EXPECT_CLASS(MPI_Bsend(data, COUNT, MPI_INT, 0, 3, comm), MPI_SUCCESS);
    }
}

static void receive_all(MPI_Comm comm)
{
    for (int i = 0; i < MESSAGES; i++) {
        MPI_Recv(got, COUNT, MPI_INT, 0, 3, comm, MPI_STATUS_IGNORE);
        CHECK_EQ(got[0], i);
    }
}

static void check_use(MPI_Session session, MPI_Comm comm, char *room)
{
    char *taken = NULL;
    int bytes = -1;
    MPI_Count count = -1;
    MPI_Comm copy;

    EXPECT_CLASS(MPI_Session_attach_buffer(session, room, ROOM), MPI_SUCCESS);
    send_all(comm);
    EXPECT_CLASS(MPI_Bsend(data, COUNT, MPI_INT, 0, 3, MPI_COMM_SELF), MPI_ERR_BUFFER);
    receive_all(comm);
    EXPECT_CLASS(MPI_Session_flush_buffer(session), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Session_detach_buffer(session, &taken, &bytes), MPI_SUCCESS);
    CHECK(taken == room);
    CHECK_EQ(bytes, ROOM);
    EXPECT_CLASS(MPI_Bsend(data, COUNT, MPI_INT, 0, 3, comm), MPI_ERR_BUFFER);

    // What is made of a communicator belongs to the session too.
    MPI_Request request;
    EXPECT_CLASS(MPI_Session_attach_buffer_c(session, room, ROOM), MPI_SUCCESS);
    MPI_Comm_split(comm, 0, 0, &copy);
    send_all(copy);
    EXPECT_CLASS(MPI_Session_iflush_buffer(session, &request), MPI_SUCCESS);
    receive_all(copy);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Comm_free(&copy);
    MPI_Cart_create(comm, 1, (int[]){1}, (int[]){0}, 0, &copy);
    send_all(copy);
    receive_all(copy);
    MPI_Comm_free(&copy);
    EXPECT_CLASS(MPI_Session_detach_buffer_c(session, &taken, &count), MPI_SUCCESS);
    CHECK_EQ(count, ROOM);
}

static void check_errors(MPI_Session session, char *room)
{
    MPI_Session none = MPI_SESSION_NULL;
    MPI_Request request;
    MPI_Count count;
    char *taken;
    int bytes;

    EXPECT_CLASS(MPI_Session_attach_buffer(none, room, ROOM), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_attach_buffer_c(none, room, ROOM), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_detach_buffer(none, &taken, &bytes), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_detach_buffer_c(none, &taken, &count), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_flush_buffer(none), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_iflush_buffer(none, &request), MPI_ERR_SESSION);
    EXPECT_CLASS(MPI_Session_attach_buffer(session, room, -1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_attach_buffer(session, NULL, ROOM), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_iflush_buffer(session, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Session_attach_buffer(session, room, ROOM), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Session_attach_buffer(session, room, ROOM), MPI_ERR_BUFFER);
}

/* The session ends with its buffer attached. */
int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    char *room = mpitest_malloc(ROOM);
    MPI_Session session = sessiontest_open(NULL);
    MPI_Comm comm = sessiontest_comm(session, "mpi://SELF", "buffers");

    check_use(session, comm, room);
    check_errors(session, room);
    send_all(comm);
    receive_all(comm);
    MPI_Comm_free(&comm);
    sessiontest_close(&session);
    free(room);
    return mpitest_finish();
}
