/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions before, beside and after the world of MPI_Init, which neither sees them nor is seen. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny */
#include "tests/lib/sessiontest.h"

static int deleted_count;

static int note_deletion(MPI_Comm comm, int keyval, void *value, void *extra_state)
{
    (void)comm;
    (void)keyval;
    (void)value;
    (void)extra_state;
    deleted_count++;
    return MPI_SUCCESS;
}

static void check_one(void)
{
    MPI_Session session = sessiontest_open(NULL);
    MPI_Comm comm = sessiontest_comm(session, "mpi://WORLD", "one");

    sessiontest_use(comm);
    MPI_Comm_free(&comm);
    sessiontest_close(&session);
}

/* What MPI_Finalize deletes, and sessions do not. */
static void set_attribute(void)
{
    int keyval;

    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, note_deletion, &keyval, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, keyval, &deleted_count);
    MPI_Comm_free_keyval(&keyval);
}

/* Groups of both kinds name the same processes. */
static void check_same_processes(MPI_Comm comm)
{
    int result;

    MPI_Comm_compare(comm, MPI_COMM_WORLD, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
}

/* The level of thread support is that of MPI_Init_thread, whatever sessions have. */
static void check_level(int expected)
{
    int level = -1, is_main = 0;

    MPI_Query_thread(&level);
    CHECK(level >= expected);
    MPI_Is_thread_main(&is_main);
    CHECK_EQ(is_main, 1);
}

/* A session that asks for nothing has what the process has, and so has an older one. */
static void check_level_of_sessions(MPI_Session older, const char *expected)
{
#ifdef MPI_ABI_VERSION
    MPI_Session session = sessiontest_open(NULL);

    sessiontest_has_level(session, expected);
    sessiontest_close(&session);
    sessiontest_has_level(older, expected);
#else
    (void)older;
    (void)expected;
#endif
}

int main(int argc, char **argv)
{
    int provided;

    check_one();
    sessiontest_world_is(false, false);
    MPI_Session early = sessiontest_open(NULL), late;
    MPI_Comm comm = sessiontest_comm(early, "mpi://WORLD", "early"), lasting;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
    mpitest_begin();
    mpitest_return_errors();
    sessiontest_world_is(true, false);
    check_one();
    set_attribute();
    sessiontest_use(comm);
    sessiontest_use(MPI_COMM_WORLD);
    check_same_processes(comm);
    check_level(MPI_THREAD_SERIALIZED);
    check_level_of_sessions(early, "MPI_THREAD_SERIALIZED");
    late = sessiontest_open("MPI_THREAD_MULTIPLE");
    lasting = sessiontest_comm(late, "mpi://WORLD", "late");
    check_same_processes(lasting);
    check_level_of_sessions(early, "MPI_THREAD_MULTIPLE");
    MPI_Comm_free(&comm);
    sessiontest_close(&early);
    sessiontest_use(lasting);
    sessiontest_use(MPI_COMM_WORLD);
    CHECK_EQ(deleted_count, 0);

    // The world ends first.
    int status = mpitest_finish();
    CHECK_EQ(deleted_count, 1);
    sessiontest_world_is(true, true);
    sessiontest_use(lasting);
    MPI_Comm_free(&lasting);
    sessiontest_close(&late);
    check_one();
    sessiontest_world_is(true, true);
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : status;
}
