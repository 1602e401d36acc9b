/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of communicators while the program does other things: of both kinds, many at a time, with
 * what belongs to them, and what happens when one process fails. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=120 */
#include "tests/lib/flattest.h"

enum { MANY = 40, CYCLES = 4000 };

static int left_of(int rank, int size)
{
    return (rank + size - 1) % size;
}

/* Messages around the ring of `comm`; nothing of another communicator is mistaken for them. */
static void start_ring(MPI_Comm comm, int value, int *got, MPI_Request requests[2])
{
    static int sent[MANY];
    int rank, size;

    sent[value] = value;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    MPI_Irecv(got, 1, MPI_INT, left_of(rank, size), 4, comm, &requests[0]);
    MPI_Isend(&sent[value], 1, MPI_INT, (rank + 1) % size, 4, comm, &requests[1]);
}

/* All at once, waited for and used in an order of its own by each rank. */
static void check_many(MPI_Comm parent)
{
    MPI_Comm copies[MANY];
    MPI_Request requests[MANY], messages[2 * MANY];
    int got[MANY], result;

    for (int i = 0; i < MANY; i++) {
        EXPECT_CLASS(MPI_Comm_idup(parent, &copies[i], &requests[i]), MPI_SUCCESS);
    }
    for (int i = 0; i < MANY; i++) {
        int next = (mpitest_rank % 2 == 0 ? i : MANY - 1 - i);
        EXPECT_CLASS(MPI_Wait(&requests[next], MPI_STATUS_IGNORE), MPI_SUCCESS);
        CHECK(requests[next] == MPI_REQUEST_NULL);
        MPI_Comm_compare(parent, copies[next], &result);
        CHECK_EQ(result, MPI_CONGRUENT);
        start_ring(copies[next], next, &got[next], &messages[2 * next]);
    }
    MPI_Waitall(2 * MANY, messages, MPI_STATUSES_IGNORE);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(got[i], i);
        MPI_Comm_free(&copies[i]);
    }
}

/* Rank `last` begins only when all others have begun, and looks at its own in a loop. */
static void check_no_wait(int last)
{
    MPI_Comm copy;
    MPI_Request request;
    int is_complete = 0;

    if (mpitest_rank == last) {
        for (int i = 1; i < mpitest_size; i++) {
            MPI_Recv(NULL, 0, MPI_INT, MPI_ANY_SOURCE, 6, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
        MPI_Comm_idup(MPI_COMM_WORLD, &copy, &request);
    } else {
        MPI_Comm_idup(MPI_COMM_WORLD, &copy, &request);
        MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE);
        CHECK_EQ(is_complete, 0);
        MPI_Send(NULL, 0, MPI_INT, last, 6, MPI_COMM_WORLD);
    }
    while (!is_complete) {
        MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE);
    }
    MPI_Barrier(copy);
    MPI_Comm_free(&copy);
}

/* The parent goes while its copy is being made, other calls on it in between. */
static void check_parent_goes(void)
{
    MPI_Comm parent, copy;
    MPI_Request request;
    int sum = 0;

    MPI_Comm_dup(MPI_COMM_WORLD, &parent);
    MPI_Comm_idup(parent, &copy, &request);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, parent);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_free(&parent);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_MAX, copy);
    CHECK_EQ(sum, mpitest_size - 1);
    MPI_Comm_free(&copy);
}

/* ---- What belongs to a communicator ---- */

static int copy_code, deleted_count;

static int copy_next(MPI_Comm comm, int keyval, void *extra, void *value_in, void *value_out,
                     int *flag)
{
    (void)comm;
    (void)keyval;
    (void)extra;
    *(void **)value_out = (char *)value_in + 1;
    *flag = 1;
    return copy_code;
}

static int count_delete(MPI_Comm comm, int keyval, void *value, void *extra)
{
    (void)comm;
    (void)keyval;
    (void)value;
    (void)extra;
    deleted_count++;
    return MPI_SUCCESS;
}

static int hint_of(MPI_Comm comm)
{
    char value[8] = "";
    int length = sizeof value, flag;
    MPI_Info info;

    MPI_Comm_get_info(comm, &info);
    MPI_Info_get_string(info, "mpi_assert_no_any_tag", &length, value, &flag);
    MPI_Info_free(&info);
    return flag && strcmp(value, "true") == 0;
}

static void check_belongings(void)
{
    char values[2];
    void *value = NULL;
    int keyval, flag = 0, periods[] = {1}, dims[] = {mpitest_size}, kind;
    MPI_Comm parent, plain, copy;
    MPI_Request requests[2];
    MPI_Info info;
    MPI_Errhandler handler;

    MPI_Cart_create(MPI_COMM_WORLD, 1, dims, periods, 0, &parent);
    MPI_Comm_set_errhandler(parent, MPI_ERRORS_RETURN);
    MPI_Comm_create_keyval(copy_next, count_delete, &keyval, NULL);
    MPI_Comm_set_attr(parent, keyval, &values[0]);
    MPI_Info_create(&info);
    MPI_Info_set(info, "mpi_assert_no_any_tag", "true");
    MPI_Comm_idup_with_info(parent, info, &copy, &requests[0]);
    MPI_Info_free(&info);
    MPI_Comm_set_info(parent, MPI_INFO_NULL);
    MPI_Comm_idup_with_info(parent, MPI_INFO_NULL, &plain, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    CHECK_EQ(hint_of(copy), 1);
    CHECK_EQ(hint_of(plain), 0);
    MPI_Comm_get_attr(copy, keyval, &value, &flag);
    CHECK(flag && value == &values[1]);
    MPI_Topo_test(copy, &kind);
    CHECK_EQ(kind, MPI_CART);
    MPI_Comm_get_errhandler(copy, &handler);
    CHECK(handler == MPI_ERRORS_RETURN);
    MPI_Comm_free(&copy);
    MPI_Comm_free(&plain);
    CHECK_EQ(deleted_count, 2);
    MPI_Comm_free(&parent);
    MPI_Comm_free_keyval(&keyval);
}

/* A copy function that fails in one process is an error in all, and gives up what it has copied. */
static void check_failure(void)
{
    char value;
    int good, bad;
    MPI_Comm parent, copy = MPI_COMM_NULL;
    MPI_Request request;

    MPI_Comm_dup(MPI_COMM_WORLD, &parent);
    MPI_Comm_create_keyval(copy_next, count_delete, &good, NULL);
    MPI_Comm_create_keyval(copy_next, count_delete, &bad, NULL);
    MPI_Comm_set_attr(parent, good, &value);
    deleted_count = 0;
    copy_code = mpitest_rank == mpitest_size - 1 ? MPI_ERR_OTHER : MPI_SUCCESS;
    EXPECT_CLASS(MPI_Comm_idup(parent, &copy, &request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_ERR_OTHER);
    CHECK(copy == MPI_COMM_NULL && request == MPI_REQUEST_NULL);
    CHECK_EQ(deleted_count, copy_code == MPI_SUCCESS);
    copy_code = MPI_SUCCESS;
    EXPECT_CLASS(MPI_Comm_idup(parent, &copy, &request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    MPI_Comm_free(&copy);
    MPI_Comm_free(&parent);
    MPI_Comm_free_keyval(&good);
    MPI_Comm_free_keyval(&bad);
}

/* ---- Errors, and again and again ---- */

static void check_errors(void)
{
    MPI_Comm copy = MPI_COMM_SELF;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Info gone;

    MPI_Info_create(&gone);
    MPI_Info no_info = gone;
    MPI_Info_free(&gone);
    EXPECT_CLASS(MPI_Comm_idup(MPI_COMM_NULL, &copy, &request), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_idup(MPI_COMM_WORLD, NULL, &request), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_idup(MPI_COMM_WORLD, &copy, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_idup_with_info(MPI_COMM_NULL, MPI_INFO_NULL, &copy, &request),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_idup_with_info(MPI_COMM_WORLD, no_info, &copy, &request), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Comm_idup_with_info(MPI_COMM_WORLD, MPI_INFO_NULL, NULL, &request),
                 MPI_ERR_ARG);
    CHECK(copy == MPI_COMM_SELF && request == MPI_REQUEST_NULL);
    EXPECT_CLASS(MPI_Comm_idup(MPI_COMM_WORLD, &copy, &request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Request_free(&request), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    MPI_Comm_free(&copy);
}

static MPI_Comm cycled;

static void cycle(int index)
{
    MPI_Comm copies[2];
    MPI_Request requests[2];
    (void)index;
    MPI_Comm_idup(cycled, &copies[0], &requests[0]);
    MPI_Comm_idup(cycled, &copies[1], &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Comm_free(&copies[0]);
    MPI_Comm_free(&copies[1]);
}

/* The first rank on one side, all others on the other one. */
static MPI_Comm make_inter(void)
{
    int side = mpitest_rank > 0;
    MPI_Comm local, inter;

    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, 1 - side, 2, &inter);
    MPI_Comm_free(&local);
    return inter;
}

/* The ring of check_many() needs as many ranks on the other side; here a sum crosses over. */
static void check_inter(MPI_Comm inter)
{
    MPI_Comm copies[MANY];
    MPI_Request requests[MANY];
    int result, remote_size, sum, one = 1;

    MPI_Comm_remote_size(inter, &remote_size);
    for (int i = 0; i < MANY; i++) {
        EXPECT_CLASS(MPI_Comm_idup(inter, &copies[i], &requests[i]), MPI_SUCCESS);
    }
    MPI_Waitall(MANY, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < MANY; i++) {
        MPI_Comm_compare(inter, copies[i], &result);
        CHECK_EQ(result, MPI_CONGRUENT);
        MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, copies[i]);
        CHECK_EQ(sum, remote_size);
        MPI_Comm_free(&copies[i]);
    }
}

int main(int argc, char **argv)
{
    MPI_Comm turned;

    mpitest_start(&argc, &argv);
    MPI_Comm_split(MPI_COMM_WORLD, 0, -mpitest_rank, &turned);
    check_many(MPI_COMM_WORLD);
    check_many(turned);
    check_many(MPI_COMM_SELF);
    for (int last = 0; last < mpitest_size && mpitest_size > 1; last++) {
        check_no_wait(last);
    }
    check_parent_goes();
    check_belongings();
    cycled = turned;
    flattest_check(cycle, CYCLES);
    if (mpitest_size > 1) {
        cycled = make_inter();
        check_inter(cycled);
        flattest_check(cycle, CYCLES);
        MPI_Comm_free(&cycled);
    }
    MPI_Comm_free(&turned);
    mpitest_return_errors();
    check_failure();
    check_errors();
    return mpitest_finish();
}
