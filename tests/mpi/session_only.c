/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions in a program that never calls MPI_Init: one after the other, several at once, their
 * process sets, groups and communicators. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny */
#include "tests/lib/sessiontest.h"

enum { SESSIONS = 200, AT_ONCE = 20 };

static void check_one_after_the_other(void)
{
    for (int i = 0; i < SESSIONS; i++) {
        MPI_Session session = sessiontest_open(NULL), stale = session;
        MPI_Comm comm = sessiontest_comm(session, "mpi://WORLD", "again");

        sessiontest_use(comm);
        MPI_Comm_free(&comm);
        sessiontest_close(&session);
        CHECK(stale != MPI_SESSION_NULL);
        sessiontest_world_is(false, false);
    }
}

/* They are closed in another order than they were opened. */
static void check_at_once(void)
{
    MPI_Session sessions[AT_ONCE];
    MPI_Comm comms[AT_ONCE];
    char tag[32];

    for (int i = 0; i < AT_ONCE; i++) {
        sessions[i] = sessiontest_open(NULL);
        snprintf(tag, sizeof tag, "session %d", i);
        comms[i] = sessiontest_comm(sessions[i], i % 3 == 2 ? "mpi://SELF" : "mpi://WORLD", tag);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        int at = i * 7 % AT_ONCE;
        sessiontest_use(comms[at]);
        MPI_Comm_free(&comms[at]);
        sessiontest_close(&sessions[at]);
    }
}

static int size_of_set(MPI_Session session, const char *name)
{
    char value[32] = "";
    int length = sizeof value, flag = 0;
    MPI_Info info;

    EXPECT_CLASS(MPI_Session_get_pset_info(session, name, &info), MPI_SUCCESS);
    MPI_Info_get_string(info, "mpi_size", &length, value, &flag);
    CHECK(flag);
    MPI_Info_free(&info);
    return atoi(value);
}

/* The ranks of all programs' sets, whether this process is in them or not. */
static void check_programs(MPI_Session session)
{
#ifdef MPI_ABI_VERSION
    char name[MPI_MAX_PSET_NAME_LEN];
    int ranks = 0;

    for (int program = 0; ranks < mpitest_size && program < mpitest_size; program++) {
        snprintf(name, sizeof name, "mprun://APP/%d", program);
        ranks += size_of_set(session, name);
    }
    CHECK_EQ(ranks, mpitest_size);
    CHECK_EQ(size_of_set(session, "mpi://world"), mpitest_size);
#else
    (void)session;
#endif
}

/* Every set that is named has this process in it, can be asked about and makes a group. */
static void check_sets(MPI_Session session)
{
    char name[MPI_MAX_PSET_NAME_LEN], part[5];
    int count = -1, size, rank;
    bool has_world = false, has_self = false;

    EXPECT_CLASS(MPI_Session_get_num_psets(session, MPI_INFO_NULL, &count), MPI_SUCCESS);
    CHECK(count >= 2);
    for (int i = 0; i < count; i++) {
        int length = 0, whole = sizeof name, some = sizeof part;
        MPI_Group group = MPI_GROUP_NULL;

        EXPECT_CLASS(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, i, &length, NULL),
                     MPI_SUCCESS);
        EXPECT_CLASS(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, i, &whole, name),
                     MPI_SUCCESS);
        CHECK_EQ(length, strlen(name) + 1);
        CHECK_EQ(whole, length);
        EXPECT_CLASS(MPI_Session_get_nth_pset(session, MPI_INFO_NULL, i, &some, part),
                     MPI_SUCCESS);
        CHECK_EQ(some, length);
        CHECK(strlen(part) == sizeof part - 1 && strncmp(name, part, sizeof part - 1) == 0);
        EXPECT_CLASS(MPI_Group_from_session_pset(session, name, &group), MPI_SUCCESS);
        MPI_Group_size(group, &size);
        CHECK_EQ(size_of_set(session, name), size);
        MPI_Group_rank(group, &rank);
        CHECK(rank != MPI_UNDEFINED);
        MPI_Group_free(&group);
        has_world = has_world || strcmp(name, "mpi://WORLD") == 0;
        has_self = has_self || strcmp(name, "mpi://SELF") == 0;
    }
    CHECK(has_world && has_self);
    CHECK_EQ(size_of_set(session, "mpi://SELF"), 1);
    CHECK_EQ(size_of_set(session, "mpi://WORLD"), mpitest_size);
}

/* Two halves, each of which names the other one. */
static void check_halves(MPI_Session session)
{
    MPI_Group world, halves[2];
    MPI_Comm inter = MPI_COMM_NULL;
    int side = mpitest_rank % 2, sum = -1;
    int even[1][3] = {{0, mpitest_size - 1, 2}};

    EXPECT_CLASS(MPI_Group_from_session_pset(session, "mpi://WORLD", &world), MPI_SUCCESS);
    MPI_Group_range_incl(world, 1, even, &halves[0]);
    MPI_Group_difference(world, halves[0], &halves[1]);
    EXPECT_CLASS(MPI_Intercomm_create_from_groups(halves[side], 0, halves[1 - side], 0, "halves",
                                                  MPI_INFO_NULL, MPI_ERRORS_RETURN, &inter),
                 MPI_SUCCESS);
    const int one = 1;
    EXPECT_CLASS(MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, inter), MPI_SUCCESS);
    CHECK_EQ(sum, side == 0 ? mpitest_size / 2 : (mpitest_size + 1) / 2);
    MPI_Comm_free(&inter);
    MPI_Group_free(&world);
    MPI_Group_free(&halves[0]);
    MPI_Group_free(&halves[1]);
}

static void check_conversions(MPI_Session session)
{
#ifdef MPI_ABI_VERSION
    CHECK(MPI_Session_fromint(MPI_Session_toint(session)) == session);
    CHECK(MPI_Session_fromint(MPI_Session_toint(MPI_SESSION_NULL)) == MPI_SESSION_NULL);
#else
    CHECK(MPI_Session_f2c(MPI_Session_c2f(session)) == session);
#endif
}

static void check_info(const char *level)
{
    MPI_Session session = sessiontest_open(level);

    sessiontest_has_level(session, level);
    sessiontest_close(&session);
}

/* Who this process is, without MPI_COMM_WORLD. */
static void begin(void)
{
    MPI_Session session = sessiontest_open(NULL);
    MPI_Group group;

    MPI_Group_from_session_pset(session, "mpi://WORLD", &group);
    MPI_Group_rank(group, &mpitest_rank);
    MPI_Group_size(group, &mpitest_size);
    MPI_Group_free(&group);
    sessiontest_close(&session);
}

int main(void)
{
    sessiontest_world_is(false, false);
    begin();
    check_one_after_the_other();
    check_at_once();
    check_info("MPI_THREAD_SINGLE");
    check_info("MPI_THREAD_FUNNELED");
    check_info("MPI_THREAD_SERIALIZED");
    check_info("MPI_THREAD_MULTIPLE");

    MPI_Session session = sessiontest_open(NULL);
    check_sets(session);
    check_programs(session);
    check_conversions(session);
    if (mpitest_size > 1) {
        check_halves(session);
    }
    sessiontest_close(&session);
    sessiontest_world_is(false, false);
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
