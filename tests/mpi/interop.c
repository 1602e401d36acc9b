/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles and statuses as Fortran's integers and back, of every kind, with nothing but mpi.h. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=20 */
#include "../lib/mpitest.h"

#define CHECK_HANDLE(name, type, handle)                                                           \
    do {                                                                                           \
        type converted = (handle);                                                                 \
        MPI_Fint number = MPI_##name##_c2f(converted);                                             \
        CHECK(MPI_##name##_f2c(number) == converted);                                              \
        CHECK_EQ(MPI_##name##_c2f(MPI_##name##_f2c(number)), number);                              \
        CHECK_EQ(PMPI_##name##_c2f(converted), number);                                            \
        CHECK(PMPI_##name##_f2c(number) == converted);                                             \
    } while (0)

static void check_predefined(void)
{
    CHECK_HANDLE(Comm, MPI_Comm, MPI_COMM_WORLD);
    CHECK_HANDLE(Comm, MPI_Comm, MPI_COMM_SELF);
    CHECK_HANDLE(Comm, MPI_Comm, MPI_COMM_NULL);
    CHECK_HANDLE(Errhandler, MPI_Errhandler, MPI_ERRORS_RETURN);
    CHECK_HANDLE(File, MPI_File, MPI_FILE_NULL);
    CHECK_HANDLE(Group, MPI_Group, MPI_GROUP_EMPTY);
    CHECK_HANDLE(Info, MPI_Info, MPI_INFO_NULL);
    CHECK_HANDLE(Info, MPI_Info, MPI_INFO_ENV);
    CHECK_HANDLE(Message, MPI_Message, MPI_MESSAGE_NULL);
    CHECK_HANDLE(Message, MPI_Message, MPI_MESSAGE_NO_PROC);
    CHECK_HANDLE(Op, MPI_Op, MPI_SUM);
    CHECK_HANDLE(Request, MPI_Request, MPI_REQUEST_NULL);
    CHECK_HANDLE(Type, MPI_Datatype, MPI_DOUBLE);
    CHECK_HANDLE(Type, MPI_Datatype, MPI_DATATYPE_NULL);
    CHECK_HANDLE(Win, MPI_Win, MPI_WIN_NULL);
#ifdef MPI_ABI_VERSION
    CHECK_HANDLE(Session, MPI_Session, MPI_SESSION_NULL);
#endif
}

static void note(MPI_Comm *comm, int *error_code, ...)
{
    (void)comm;
    (void)error_code;
}

/* Objects live on under their numbers, several of a kind at once. */
static void check_made(void)
{
    enum { COPIES = 5 };
    MPI_Comm copies[COPIES];
    MPI_Group group;
    MPI_Info info;
    MPI_Errhandler handler;
    MPI_Request request;
    MPI_Message message;
    int got = 0, sum = -1;

    for (int i = 0; i < COPIES; i++) {
        MPI_Comm_dup(MPI_COMM_WORLD, &copies[i]);
        CHECK_HANDLE(Comm, MPI_Comm, copies[i]);
        CHECK(i == 0 || MPI_Comm_c2f(copies[i]) != MPI_Comm_c2f(copies[i - 1]));
    }
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, MPI_Comm_f2c(MPI_Comm_c2f(copies[2])));
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_group(copies[0], &group);
    CHECK_HANDLE(Group, MPI_Group, group);
    MPI_Group_free(&group);
    MPI_Info_create(&info);
    CHECK_HANDLE(Info, MPI_Info, info);
    MPI_Info_free(&info);
    MPI_Comm_create_errhandler(note, &handler);
    CHECK_HANDLE(Errhandler, MPI_Errhandler, handler);
    MPI_Errhandler_free(&handler);
    MPI_Isend(&sum, 1, MPI_INT, mpitest_rank, 0, copies[1], &request);
    CHECK_HANDLE(Request, MPI_Request, request);
    MPI_Mprobe(mpitest_rank, 0, copies[1], &message, MPI_STATUS_IGNORE);
    CHECK_HANDLE(Message, MPI_Message, message);
    message = MPI_Message_f2c(MPI_Message_c2f(message));
    MPI_Mrecv(&got, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
    CHECK_EQ(got, sum);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    for (int i = 0; i < COPIES; i++) {
        MPI_Comm_free(&copies[i]);
    }
}

/* A status keeps everything on its way, the count of its message too. */
static void check_statuses(void)
{
#ifdef MPI_ABI_VERSION
    double values[7] = {0};
    MPI_Fint numbers[MPI_F_STATUS_SIZE], more_numbers[MPI_F_STATUS_SIZE];
    MPI_F08_status record;
    MPI_Status status, back;
    int count = -1;

    MPI_Sendrecv(values, 7, MPI_DOUBLE, mpitest_rank, 12, values, 7, MPI_DOUBLE, mpitest_rank,
                 MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    status.MPI_ERROR = 33;
    CHECK_EQ(MPI_Status_c2f(&status, numbers), MPI_SUCCESS);
    CHECK_EQ(numbers[MPI_F_SOURCE], mpitest_rank);
    CHECK_EQ(numbers[MPI_F_TAG], 12);
    CHECK_EQ(numbers[MPI_F_ERROR], 33);
    CHECK_EQ(MPI_Status_f2c(numbers, &back), MPI_SUCCESS);
    CHECK(memcmp(&back, &status, sizeof status) == 0);
    CHECK_EQ(MPI_Status_f2f08(numbers, &record), MPI_SUCCESS);
    CHECK_EQ(MPI_Status_f082f(&record, more_numbers), MPI_SUCCESS);
    CHECK(memcmp(numbers, more_numbers, sizeof numbers) == 0);
    memset(&back, 0, sizeof back);
    CHECK_EQ(MPI_Status_c2f08(&status, &record), MPI_SUCCESS);
    CHECK_EQ(MPI_Status_f082c(&record, &back), MPI_SUCCESS);
    MPI_Get_count(&back, MPI_DOUBLE, &count);
    CHECK_EQ(count, 7);

    memset(&back, 0, sizeof back);
    CHECK_EQ(PMPI_Status_c2f(&status, numbers), MPI_SUCCESS);
    CHECK_EQ(PMPI_Status_f2f08(numbers, &record), MPI_SUCCESS);
    CHECK_EQ(PMPI_Status_f082f(&record, more_numbers), MPI_SUCCESS);
    CHECK_EQ(PMPI_Status_f2c(more_numbers, &back), MPI_SUCCESS);
    CHECK_EQ(PMPI_Status_c2f08(&back, &record), MPI_SUCCESS);
    memset(&back, 0, sizeof back);
    CHECK_EQ(PMPI_Status_f082c(&record, &back), MPI_SUCCESS);
    CHECK(memcmp(&back, &status, sizeof status) == 0);

    CHECK_EQ(MPI_Status_c2f(MPI_STATUS_IGNORE, numbers), MPI_ERR_ARG);
    CHECK_EQ(MPI_Status_c2f(&status, NULL), MPI_ERR_ARG);
    CHECK_EQ(MPI_Status_f2c(NULL, &status), MPI_ERR_ARG);
    CHECK_EQ(MPI_Status_f2c(numbers, MPI_STATUS_IGNORE), MPI_ERR_ARG);
    CHECK_EQ(MPI_Status_c2f08(MPI_STATUS_IGNORE, &record), MPI_ERR_ARG);
    CHECK_EQ(MPI_Status_c2f08(&status, NULL), MPI_ERR_ARG);
#endif
}

/* A number that no handle has yields a handle that every call refuses. */
static void check_strangers(void)
{
#ifdef MPI_ABI_VERSION
    int size;

    mpitest_return_errors();
    EXPECT_CLASS(MPI_Comm_size(MPI_Comm_f2c(-5), &size), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_size(MPI_Comm_f2c(0), &size), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_size(MPI_Comm_f2c(MPI_Info_c2f(MPI_INFO_ENV)), &size), MPI_ERR_COMM);
#endif
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_predefined();
    check_made();
    check_statuses();
    check_strangers();
    return mpitest_finish();
}
