/* SPDX-License-Identifier: BSD-3-Clause */
/* Spawned processes: their world, their parents, messages and collectives between the two,
 * grandchildren, several programs at once, and hundreds of them one after the other. The program
 * spawns itself; the first argument says what a child is to do. */
/* matrix: np=1,2,3,8 engine=uring,sync rings=default,tiny limit=120 */
#include "../lib/mpitest.h"

/* Arguments of programs are not constant. */
#define TEXT(text) ((char[]){text})

#include <unistd.h>

enum { CHILDREN_MAX = 8, TAG = 3 };

static char *self;

/* ---- What children do ---- */

/* A message around: from parent r to every child, and a reply. */
static void answer_parents(MPI_Comm parent)
{
    int parents, value;

    MPI_Comm_remote_size(parent, &parents);
    for (int i = 0; i < parents; i++) {
        MPI_Recv(&value, 1, MPI_INT, i, TAG, parent, MPI_STATUS_IGNORE);
        value = value * 100 + mpitest_rank;
        MPI_Send(&value, 1, MPI_INT, i, TAG, parent);
    }
}

/* Of processes of two worlds: on a communicator that they share, or without one, which
 * a library may refuse. */
static void make_from_group(MPI_Comm all)
{
    MPI_Group group;
    MPI_Comm made;
    int result;

    MPI_Comm_group(all, &group);
    CHECK_EQ(MPI_Comm_create_group(all, group, TAG, &made), MPI_SUCCESS);
    MPI_Comm_compare(all, made, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
    MPI_Comm_free(&made);
#if MPI_VERSION >= 4
    int code = MPI_Comm_create_from_group(group, "all", MPI_INFO_NULL, MPI_ERRORS_RETURN, &made);
    if (code == MPI_SUCCESS) {
        MPI_Barrier(made);
        MPI_Comm_free(&made);
    } else {
        EXPECT_CLASS(code, MPI_ERR_UNSUPPORTED_OPERATION);
    }
#endif
    MPI_Group_free(&group);
}

static void merge(MPI_Comm inter, bool high)
{
    MPI_Comm all;
    int rank, size, sum = 0;

    MPI_Intercomm_merge(inter, high, &all);
    MPI_Comm_rank(all, &rank);
    MPI_Comm_size(all, &size);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, all);
    CHECK_EQ(sum, size * (size - 1) / 2);
    make_from_group(all);
    MPI_Barrier(all);
    MPI_Comm_free(&all);
}

/* Messages of all paths, each a byte longer than the last that takes it. */
static const int lengths[] = {1, 41, 2049, 32769, 300001};
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

static void send_lengths(MPI_Comm inter)
{
    for (int i = 0; i < LENGTHS; i++) {
        unsigned char *bytes = mpitest_malloc((size_t)lengths[i]);
        for (int j = 0; j < lengths[i]; j++) {
            bytes[j] = (unsigned char)(i + j);
        }
        MPI_Send(bytes, lengths[i], MPI_BYTE, 0, i, inter);
        free(bytes);
    }
}

static void receive_lengths(MPI_Comm inter)
{
    for (int i = 0; i < LENGTHS; i++) {
        unsigned char *bytes = mpitest_malloc((size_t)lengths[i]);
        int wrong = 0;
        MPI_Recv(bytes, lengths[i], MPI_BYTE, 0, i, inter, MPI_STATUS_IGNORE);
        for (int j = 0; j < lengths[i]; j++) {
            wrong += bytes[j] != (unsigned char)(i + j);
        }
        CHECK_EQ(wrong, 0);
        free(bytes);
    }
}

static int be_child(int argc, char **argv)
{
    MPI_Comm parent;

    MPI_Comm_get_parent(&parent);
    CHECK(parent != MPI_COMM_NULL);
    if (strcmp(argv[1], "talk") == 0) {
        CHECK_EQ(argc, 4);
        CHECK(strcmp(argv[2], "two words") == 0 && argv[3][0] == '\0');
        answer_parents(parent);
        merge(parent, true);
    } else if (strcmp(argv[1], "lengths") == 0 && mpitest_rank == 0) {
        receive_lengths(parent);
        send_lengths(parent);
    } else if (strcmp(argv[1], "nest") == 0) {
        int depth = atoi(argv[2]);
        char deeper[16];
        char *arguments[] = {TEXT("nest"), deeper, NULL};
        MPI_Comm child;
        snprintf(deeper, sizeof(deeper), "%d", depth - 1);
        if (depth > 0) {
            MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &child,
                           MPI_ERRCODES_IGNORE);
            merge(child, false);
            MPI_Comm_disconnect(&child);
        }
        merge(parent, true);
    } else if (strcmp(argv[1], "word") == 0) {
        int word = atoi(argv[2]);
        MPI_Send(&word, 1, MPI_INT, 0, TAG, parent);
    } else if (strcmp(argv[1], "app") == 0) {
        int *appnum, found, expected = atoi(argv[2]);
        MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_APPNUM, &appnum, &found);
        CHECK(found && *appnum == expected);
        MPI_Gather(&expected, 1, MPI_INT, NULL, 0, MPI_INT, 0, parent);
    }
    MPI_Comm_disconnect(&parent);
    CHECK(parent == MPI_COMM_NULL);
    MPI_Comm_get_parent(&parent);
    CHECK(parent == MPI_COMM_NULL);
    return mpitest_finish();
}

/* ---- What parents do ---- */

static void check_talk(int children)
{
    char *arguments[] = {TEXT("talk"), TEXT("two words"), TEXT(""), NULL};
    int errcodes[CHILDREN_MAX], size, remote, value;
    int root = children % mpitest_size;
    MPI_Comm inter;

    memset(errcodes, 1, sizeof(errcodes));
    CHECK_EQ(MPI_Comm_spawn(self, arguments, children, MPI_INFO_NULL, root, MPI_COMM_WORLD, &inter,
                            errcodes),
             MPI_SUCCESS);
    MPI_Comm_size(inter, &size);
    MPI_Comm_remote_size(inter, &remote);
    CHECK_EQ(size, mpitest_size);
    CHECK_EQ(remote, children);
    for (int i = 0; i < children; i++) {
        CHECK_EQ(errcodes[i], MPI_SUCCESS);
        value = mpitest_rank;
        MPI_Send(&value, 1, MPI_INT, i, TAG, inter);
    }
    for (int i = 0; i < children; i++) {
        MPI_Recv(&value, 1, MPI_INT, i, TAG, inter, MPI_STATUS_IGNORE);
        CHECK_EQ(value, mpitest_rank * 100 + i);
    }
    merge(inter, false);
    MPI_Comm_disconnect(&inter);
    CHECK(inter == MPI_COMM_NULL);
}

static void check_lengths(void)
{
    char *arguments[] = {TEXT("lengths"), NULL};
    MPI_Comm inter;

    MPI_Comm_spawn(self, arguments, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &inter,
                   MPI_ERRCODES_IGNORE);
    if (mpitest_rank == 0) {
        send_lengths(inter);
        receive_lengths(inter);
    }
    MPI_Comm_disconnect(&inter);
}

static void check_nest(void)
{
    char *arguments[] = {TEXT("nest"), TEXT("2"), NULL};
    MPI_Comm inter;

    MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter,
                   MPI_ERRCODES_IGNORE);
    merge(inter, false);
    MPI_Comm_free(&inter); // does as well
}

static void check_multiple(void)
{
    char *first[] = {TEXT("app"), TEXT("0"), NULL}, *second[] = {TEXT("app"), TEXT("1"), NULL};
    char *commands[] = {self, self}, **arguments[] = {first, second};
    int counts[] = {1, 2}, apps[3], errcodes[3];
    MPI_Info infos[] = {MPI_INFO_NULL, MPI_INFO_NULL};
    MPI_Comm inter;

    CHECK_EQ(MPI_Comm_spawn_multiple(2, commands, arguments, counts, infos, 0, MPI_COMM_WORLD,
                                     &inter, errcodes),
             MPI_SUCCESS);
    int expected = mpitest_rank == 0 ? MPI_ROOT : MPI_PROC_NULL;
    MPI_Gather(NULL, 0, MPI_INT, apps, 1, MPI_INT, expected, inter);
    if (mpitest_rank == 0) {
        CHECK(apps[0] == 0 && apps[1] == 1 && apps[2] == 1);
    }
    MPI_Comm_disconnect(&inter);
}

/* Children who have sent their word and are gone, perhaps before their parent has heard that they
 * were born, while others are born in their place. */
static void check_last_words(int cycles)
{
    char text[16];
    char *arguments[] = {TEXT("word"), text, NULL};

    for (int i = 0; i < cycles; i++) {
        MPI_Comm inter;
        int sent = mpitest_rank * cycles + i, word = -1;
        snprintf(text, sizeof(text), "%d", sent);
        MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter,
                       MPI_ERRCODES_IGNORE);
        MPI_Recv(&word, 1, MPI_INT, 0, TAG, inter, MPI_STATUS_IGNORE);
        CHECK_EQ(word, sent);
        MPI_Comm_disconnect(&inter);
    }
}

/* More than there are slots, many times over. */
static void check_many(int cycles)
{
    char *arguments[] = {TEXT("idle"), NULL};

    for (int i = 0; i < cycles; i++) {
        MPI_Comm inter;
        MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter,
                       MPI_ERRCODES_IGNORE);
        MPI_Comm_disconnect(&inter);
    }
}

int main(int argc, char **argv)
{
    self = argv[0];
    mpitest_start(&argc, &argv);
    if (argc > 1) {
        return be_child(argc, argv);
    }
    MPI_Comm parent;
    int *universe, found;
    MPI_Comm_get_parent(&parent);
    CHECK(parent == MPI_COMM_NULL);
    MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_UNIVERSE_SIZE, &universe, &found);
    CHECK(found && *universe >= mpitest_size);
    for (int children = 1; children <= CHILDREN_MAX; children *= 2) {
        check_talk(children);
    }
    check_lengths();
    check_nest();
    check_multiple();
    check_last_words(10);
    check_many(mpitest_size == 1 ? 200 : 20);
    return mpitest_finish();
}
