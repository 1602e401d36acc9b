/* SPDX-License-Identifier: BSD-3-Clause */
/* Splitting by hardware, guided and not, by processes that bind themselves; and what
 * MPI_Get_hw_resource_info says of them. */
/* matrix: np=1,2,3,8 copy=chunk engine=uring rings=default limit=30 */
#include <sched.h>

#include "../lib/mpitest.h"

#if defined(MPI_ABI_VERSION)

enum { RANKS_MAX = 64 };

static cpu_set_t usable; /* what a process may bind itself to */
static int usable_count;

static int nth_cpu(int n)
{
    int cpu = 0;
    for (;; cpu++) {
        if (CPU_ISSET(cpu, &usable) && n-- == 0) {
            return cpu;
        }
    }
}

static void bind_to_nth(int n)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(nth_cpu(n % usable_count), &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
}

static void unbind(void)
{
    CHECK(sched_setaffinity(0, sizeof usable, &usable) == 0);
}

/* mprun has bound us to a part of what is there. */
static void find_usable(void)
{
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    sched_getaffinity(0, sizeof usable, &usable);
    usable_count = CPU_COUNT(&usable);
}

static MPI_Info resource(const char *name)
{
    MPI_Info info;
    MPI_Info_create(&info);
    MPI_Info_set(info, "mpi_hw_resource_type", name);
    return info;
}

static MPI_Comm split(int type, const char *name)
{
    MPI_Comm comm = MPI_COMM_WORLD;
    MPI_Info info = resource(name);
    EXPECT_CLASS(MPI_Comm_split_type(MPI_COMM_WORLD, type, 0, info, &comm), MPI_SUCCESS);
    MPI_Info_free(&info);
    return comm;
}

/* Whether the process is said to be bound to one part of a kind. */
static int is_bound(const char *name)
{
    char value[8] = "";
    int buflen = sizeof value, flag = -1;
    MPI_Info info;

    EXPECT_CLASS(MPI_Get_hw_resource_info(&info), MPI_SUCCESS);
    MPI_Info_get_string(info, name, &buflen, value, &flag);
    MPI_Info_free(&info);
    CHECK_EQ(flag, 1);
    CHECK(strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
    return strcmp(value, "true") == 0;
}

/* The members of `comm` are the ranks whose number here is ours, in order. */
static void check_members(MPI_Comm comm, int number)
{
    int numbers[RANKS_MAX], members[RANKS_MAX], expected = 0, size = -1;

    MPI_Allgather(&number, 1, MPI_INT, numbers, 1, MPI_INT, MPI_COMM_WORLD);
    MPI_Comm_size(comm, &size);
    MPI_Allgather(&mpitest_rank, 1, MPI_INT, members, 1, MPI_INT, comm);
    for (int rank = 0; rank < mpitest_size; rank++) {
        if (numbers[rank] == number) {
            CHECK(expected < size && members[expected] == rank);
            expected++;
        }
    }
    CHECK_EQ(size, expected);
}

static void check_guided(void)
{
    const int types[] = {MPI_COMM_TYPE_HW_GUIDED, MPI_COMM_TYPE_RESOURCE_GUIDED};

    for (int i = 0; i < 2; i++) {
        bind_to_nth(mpitest_rank);
        CHECK_EQ(is_bound("hwloc://PU"), 1);
        MPI_Comm comm = split(types[i], "hwloc://PU");
        check_members(comm, mpitest_rank % usable_count);
        MPI_Comm_free(&comm);
        comm = split(types[i], "mpi_shared_memory");
        check_members(comm, 0);
        MPI_Comm_free(&comm);
        CHECK(split(types[i], "abacus") == MPI_COMM_NULL);
        CHECK(split(types[i], "") == MPI_COMM_NULL);

        // Only every second process is bound: the others are in no part.
        unbind();
        if (mpitest_rank % 2 == 1) {
            bind_to_nth(0);
        }
        comm = split(types[i], "hwloc://PU");
        int alone = mpitest_rank % 2 == 0 && usable_count > 1;
        CHECK_EQ(comm == MPI_COMM_NULL, alone);
        CHECK_EQ(is_bound("hwloc://PU"), !alone);
        if (comm != MPI_COMM_NULL) {
            MPI_Comm_free(&comm);
        }
    }
    CHECK_EQ(is_bound("mpi_shared_memory"), 1);
    CHECK_EQ(is_bound("hwloc://Machine"), 1);
}

/* Each part is a proper one; the info object says of what; and its name leads to the same split. */
static void check_unguided(void)
{
    char name[MPI_MAX_INFO_VAL] = "none";
    int buflen = sizeof name, flag = -1, size = -1, result = -1;
    MPI_Comm comm, same;
    MPI_Info info;

    bind_to_nth(mpitest_rank);
    MPI_Info_create(&info);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_HW_UNGUIDED, 0, info, &comm);
    MPI_Info_get_string(info, "mpi_hw_resource_type", &buflen, name, &flag);
    int differ = mpitest_size > 1 && usable_count > 1;
    CHECK_EQ(flag, differ);
    CHECK_EQ(comm != MPI_COMM_NULL, differ);
    if (comm != MPI_COMM_NULL) {
        MPI_Comm_size(comm, &size);
        CHECK(size < mpitest_size);
        CHECK_EQ(is_bound(name), 1);
        same = split(MPI_COMM_TYPE_HW_GUIDED, name);
        MPI_Comm_compare(comm, same, &result);
        CHECK(result == MPI_CONGRUENT);
        MPI_Comm_free(&same);
        MPI_Comm_free(&comm);
    }

    // Without an info object to tell; and beside processes that want no part at all.
    bool wants = mpitest_rank % 3 != 2;
    MPI_Comm_split_type(MPI_COMM_WORLD, wants ? MPI_COMM_TYPE_HW_UNGUIDED : MPI_UNDEFINED, 0,
                        MPI_INFO_NULL, &comm);
    CHECK(wants || comm == MPI_COMM_NULL);
    if (comm != MPI_COMM_NULL) {
        MPI_Comm_free(&comm);
    }

    // Nothing tells the processes apart.
    bind_to_nth(0);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_HW_UNGUIDED, 0, info, &comm);
    CHECK(comm == MPI_COMM_NULL);
    MPI_Info_free(&info);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    find_usable();
    check_guided();
    check_unguided();
    mpitest_return_errors();
    EXPECT_CLASS(MPI_Get_hw_resource_info(NULL), MPI_ERR_ARG);
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("the names of resources are the library's choice")

#endif
