/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers of the program: when they are called, with what, and how long they live. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default */
#include "../lib/flattest.h"

enum { CYCLES = 100000, DEPTH = 5 };

/* What the handlers have seen. */
static int call_count;
static int last_code;
static MPI_Comm last_comm;

static void note(MPI_Comm *comm, int *error_code, ...)
{
    call_count++;
    last_comm = *comm;
    last_code = *error_code;
}

/* A call that must fail, with one call of note() for the communicator `asked`. */
#define EXPECT_NOTED(call, error_class, asked)                                                     \
    do {                                                                                           \
        int noted_before = call_count;                                                             \
        EXPECT_CLASS(call, error_class);                                                           \
        CHECK_EQ(call_count, noted_before + 1);                                                    \
        EXPECT_CLASS(last_code, error_class);                                                      \
        CHECK(last_comm == (asked));                                                               \
    } while (0)

static MPI_Comm copy_with(MPI_Comm_errhandler_function *function)
{
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
    MPI_Comm copy;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    EXPECT_CLASS(MPI_Comm_create_errhandler(function, &handler), MPI_SUCCESS);
    CHECK(handler != MPI_ERRHANDLER_NULL);
    EXPECT_CLASS(MPI_Comm_set_errhandler(copy, handler), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Errhandler_free(&handler), MPI_SUCCESS);
    CHECK(handler == MPI_ERRHANDLER_NULL);
    return copy;
}

static void check_calls(void)
{
    MPI_Comm copy = copy_with(note), heir;
    int calls_before = call_count, number;

    CHECK_EQ(MPI_Comm_size(copy, &number), MPI_SUCCESS);
    CHECK_EQ(call_count, calls_before);
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, mpitest_size, 0, copy), MPI_ERR_RANK, copy);
    EXPECT_NOTED(MPI_Send(&number, -1, MPI_INT, 0, 0, copy), MPI_ERR_COUNT, copy);
    EXPECT_NOTED(MPI_Bcast(&number, 1, MPI_INT, -7, copy), MPI_ERR_ROOT, copy);

    // A duplicate inherits it; the parts of a split too.
    MPI_Comm_dup(copy, &heir);
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, 0, -3, heir), MPI_ERR_TAG, heir);
    MPI_Comm_free(&heir);
    MPI_Comm_split(copy, mpitest_rank % 2, 0, &heir);
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, 0, -3, heir), MPI_ERR_TAG, heir);
    MPI_Comm_set_errhandler(heir, MPI_ERRORS_RETURN);
    calls_before = call_count;
    EXPECT_CLASS(MPI_Send(&number, 1, MPI_INT, 0, -3, heir), MPI_ERR_TAG);
    CHECK_EQ(call_count, calls_before);
    MPI_Comm_free(&heir);
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, mpitest_size, 0, copy), MPI_ERR_RANK, copy);
    MPI_Comm_free(&copy);
}

/* Calls without a communicator ask that of MPI_COMM_WORLD, as in MPI 3, as long as the program has
 * chosen none for MPI_COMM_SELF. */
static void check_world(void)
{
#if MPI_VERSION >= 4 && defined(MPI_ABI_VERSION)
    MPI_Errhandler handler;
    MPI_Comm copy;
    void *memory;

    MPI_Comm_create_errhandler(note, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
    EXPECT_NOTED(MPI_Alloc_mem(-1, MPI_INFO_NULL, &memory), MPI_ERR_ARG, MPI_COMM_WORLD);
    MPI_Comm_dup(MPI_COMM_SELF, &copy);
    MPI_Comm_set_errhandler(copy, MPI_ERRORS_ARE_FATAL);
    EXPECT_NOTED(MPI_Alloc_mem(-1, MPI_INFO_NULL, &memory), MPI_ERR_ARG, MPI_COMM_WORLD);
    MPI_Comm_free(&copy);
    MPI_Errhandler_free(&handler);
#endif
}

/* Otherwise that of MPI_COMM_SELF. */
static void check_self(void)
{
#if MPI_VERSION >= 4 && defined(MPI_ABI_VERSION)
    MPI_Errhandler handler;
    void *memory;

    MPI_Comm_create_errhandler(note, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, handler);
    EXPECT_NOTED(MPI_Alloc_mem(-1, MPI_INFO_NULL, &memory), MPI_ERR_ARG, MPI_COMM_SELF);
    EXPECT_NOTED(MPI_Request_free(NULL), MPI_ERR_ARG, MPI_COMM_SELF);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    MPI_Errhandler_free(&handler);
#endif
}

/* The handles of a handler are counted, apart from its use by communicators. */
static void check_handles(void)
{
    MPI_Errhandler handler, got, again, stale;
    MPI_Comm copy;
    int number = 0;

    MPI_Comm_create_errhandler(note, &handler);
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_set_errhandler(copy, handler);
    MPI_Comm_get_errhandler(copy, &got);
    MPI_Comm_get_errhandler(copy, &again);
    CHECK(got == handler && again == handler);
    stale = handler;
    MPI_Errhandler_free(&handler);
    MPI_Errhandler_free(&got);
    EXPECT_CLASS(MPI_Comm_set_errhandler(MPI_COMM_WORLD, again), MPI_SUCCESS);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Errhandler_free(&again);
#ifdef MPI_ABI_VERSION
    got = stale;
    EXPECT_CLASS(MPI_Errhandler_free(&got), MPI_ERR_ERRHANDLER);
    EXPECT_NOTED(MPI_Comm_set_errhandler(copy, stale), MPI_ERR_ERRHANDLER, copy);
    CHECK(MPI_Errhandler_fromint(MPI_Errhandler_toint(stale)) != MPI_ERRHANDLER_NULL);
#else
    (void)stale;
#endif
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, mpitest_size, 0, copy), MPI_ERR_RANK, copy);

    // The communicator gives out a handle again.
    MPI_Comm_get_errhandler(copy, &got);
    MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(copy, got);
    EXPECT_NOTED(MPI_Send(&number, 1, MPI_INT, mpitest_size, 0, copy), MPI_ERR_RANK, copy);
    MPI_Comm_free(&copy);
    MPI_Errhandler_free(&got);
}

/* ---- Handlers that call MPI ---- */

static int depth, depth_most;

/* Fails again on the same communicator, up to a depth, and asks MPI about the error meanwhile. */
static void recurse(MPI_Comm *comm, int *error_code, ...)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = -1, error_class = -1, number = 0, code = *error_code;

    depth++;
    depth_most = depth > depth_most ? depth : depth_most;
    EXPECT_CLASS(MPI_Error_string(*error_code, text, &length), MPI_SUCCESS);
    CHECK(length > 0);
    if (depth < DEPTH) {
        // Another error than ours, so that one cannot be taken for the other.
        int wrong = depth % 2 == 0 ? MPI_ERR_COUNT : MPI_ERR_RANK;
        EXPECT_CLASS(MPI_Send(&number, depth % 2 == 0 ? -1 : 1, MPI_INT,
                              depth % 2 == 0 ? 0 : mpitest_size, 0, *comm),
                     wrong);
    }
    CHECK_EQ(*error_code, code);
    MPI_Error_class(*error_code, &error_class);
    CHECK_EQ(error_class, depth == 1 || depth % 2 != 0 ? MPI_ERR_COUNT : MPI_ERR_RANK);
    depth--;
}

/* Replaces and frees its own communicator's handler. */
static void replace_itself(MPI_Comm *comm, int *error_code, ...)
{
    note(comm, error_code);
    MPI_Comm_set_errhandler(*comm, MPI_ERRORS_RETURN);
}

/* Messages go on while a handler runs. */
static void exchange(MPI_Comm *comm, int *error_code, ...)
{
    int next = (mpitest_rank + 1) % mpitest_size, got = -1;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;

    note(comm, error_code);
    MPI_Sendrecv(&mpitest_rank, 1, MPI_INT, next, 0, &got, 1, MPI_INT, previous, 0, *comm,
                 MPI_STATUS_IGNORE);
    CHECK_EQ(got, previous);
    MPI_Barrier(*comm);
}

static void check_calls_within(void)
{
    MPI_Comm copy = copy_with(recurse);
    int number = 0;

    EXPECT_CLASS(MPI_Send(&number, -1, MPI_INT, 0, 0, copy), MPI_ERR_COUNT);
    CHECK_EQ(depth, 0);
    CHECK_EQ(depth_most, DEPTH);
    MPI_Comm_free(&copy);

    copy = copy_with(replace_itself);
    EXPECT_NOTED(MPI_Send(&number, -1, MPI_INT, 0, 0, copy), MPI_ERR_COUNT, copy);
    last_code = MPI_SUCCESS;
    EXPECT_CLASS(MPI_Send(&number, -1, MPI_INT, 0, 0, copy), MPI_ERR_COUNT);
    CHECK_EQ(last_code, MPI_SUCCESS);
    MPI_Comm_free(&copy);

    copy = copy_with(exchange);
    EXPECT_NOTED(MPI_Send(&number, -1, MPI_INT, 0, 0, copy), MPI_ERR_COUNT, copy);
    MPI_Comm_free(&copy);
}

/* ---- Errors raised by the program, and those of requests ---- */

static void check_call_errhandler(void)
{
    MPI_Comm copy = copy_with(note);
    int added_class, added_code;

    MPI_Add_error_class(&added_class);
    MPI_Add_error_code(added_class, &added_code);
    MPI_Add_error_string(added_code, "the reactor is hot");
    CHECK_EQ(MPI_Comm_call_errhandler(copy, MPI_ERR_IO), MPI_SUCCESS);
    CHECK_EQ(last_code, MPI_ERR_IO);
    CHECK_EQ(MPI_Comm_call_errhandler(copy, added_code), MPI_SUCCESS);
    CHECK_EQ(last_code, added_code);
    CHECK(last_comm == copy);
    MPI_Comm_free(&copy);
}

/* Of two receives one is too short: the call says that the statuses tell more, and the handler
 * hears at once what that is. */
static void check_statuses(void)
{
    MPI_Comm copy = copy_with(note);
    int out[4] = {1, 2, 3, 4}, in[2][4] = {{0}};
    MPI_Request requests[4];
    MPI_Status statuses[4];

    MPI_Irecv(in[0], 4, MPI_INT, mpitest_rank, 0, copy, &requests[0]);
    MPI_Irecv(in[1], 2, MPI_INT, mpitest_rank, 1, copy, &requests[1]);
    MPI_Isend(out, 4, MPI_INT, mpitest_rank, 0, copy, &requests[2]);
    MPI_Isend(out, 4, MPI_INT, mpitest_rank, 1, copy, &requests[3]);
    int calls_before = call_count;
    EXPECT_CLASS(MPI_Waitall(4, requests, statuses), MPI_ERR_IN_STATUS);
    CHECK_EQ(call_count, calls_before + 1);
    EXPECT_CLASS(last_code, MPI_ERR_TRUNCATE);
    CHECK(last_comm == copy);
    CHECK_EQ(statuses[0].MPI_ERROR, MPI_SUCCESS);
    EXPECT_CLASS(statuses[1].MPI_ERROR, MPI_ERR_TRUNCATE);
    CHECK(memcmp(in[0], out, sizeof out) == 0);

    MPI_Irecv(in[1], 2, MPI_INT, mpitest_rank, 1, copy, &requests[0]);
    MPI_Send(out, 4, MPI_INT, mpitest_rank, 1, copy);
#ifdef MPI_ABI_VERSION
    // The communicator has no handle any more when its error is found.
    MPI_Comm_free(&copy);
    EXPECT_NOTED(MPI_Wait(&requests[0], &statuses[0]), MPI_ERR_TRUNCATE, MPI_COMM_NULL);
#else
    EXPECT_NOTED(MPI_Wait(&requests[0], &statuses[0]), MPI_ERR_TRUNCATE, copy);
    MPI_Comm_free(&copy);
#endif
}

/* ---- What is ours to define ---- */

#ifdef MPI_ABI_VERSION

static char last_text[256];

static void read_text(MPI_Comm *comm, int *error_code, ...)
{
    va_list arguments;
    va_start(arguments, error_code);
    snprintf(last_text, sizeof last_text, "%s", va_arg(arguments, const char *));
    CHECK(va_arg(arguments, void *) == NULL);
    va_end(arguments);
    note(comm, error_code);
    *error_code = MPI_ERR_OTHER;
}

/* The third argument is a text, and the call returns what the handler makes of the code. */
static void check_text(void)
{
    MPI_Comm copy = copy_with(read_text);
    int number = 0;

    EXPECT_CLASS(MPI_Send(&number, 1, MPI_INT, 77, 0, copy), MPI_ERR_OTHER);
    CHECK_EQ(last_code, MPI_ERR_RANK);
    CHECK(strstr(last_text, "dest is 77") != NULL);
    EXPECT_CLASS(MPI_Comm_call_errhandler(copy, MPI_ERR_IO), MPI_SUCCESS);
    CHECK(strstr(last_text, "program") != NULL);
    last_text[0] = '\0';
    EXPECT_CLASS(MPI_Comm_call_errhandler(copy, MPI_SUCCESS), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Comm_call_errhandler(copy, -12), MPI_ERR_OTHER);
    CHECK(strstr(last_text, "-12") != NULL);
    MPI_Comm_free(&copy);
}

static void check_bad_arguments(void)
{
    MPI_Errhandler handler = MPI_ERRORS_RETURN;

    EXPECT_CLASS(MPI_Comm_create_errhandler(NULL, &handler), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_create_errhandler(note, NULL), MPI_ERR_ARG);
    CHECK(handler == MPI_ERRORS_RETURN);
    EXPECT_CLASS(MPI_Comm_get_errhandler(MPI_COMM_NULL, &handler), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_set_errhandler(MPI_COMM_NULL, handler), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_call_errhandler(MPI_COMM_NULL, MPI_ERR_IO), MPI_ERR_COMM);
}

#else

static void check_text(void)
{
}
static void check_bad_arguments(void)
{
}

#endif

static void cycle(int index)
{
    MPI_Errhandler handler, got;

    MPI_Comm_create_errhandler(index % 2 == 0 ? note : recurse, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, handler);
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &got);
    MPI_Errhandler_free(&handler);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Errhandler_free(&got);
}

/* With MPI_THREAD_MULTIPLE, so that a handler that was called under a lock would never come back.
 */
int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    check_world();
    mpitest_return_errors();
    check_calls();
    check_self();
    check_handles();
    check_calls_within();
    check_call_errhandler();
    check_statuses();
    check_text();
    check_bad_arguments();
    flattest_check(cycle, CYCLES);
    return mpitest_finish();
}
