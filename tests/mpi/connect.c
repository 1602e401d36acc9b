/* SPDX-License-Identifier: BSD-3-Clause */
/* Processes that meet: at ports, found by the name of a service or not, and over a socket. Worlds
 * that were spawned apart meet as well as parts of one world. */
/* matrix: np=1,2,3,8 engine=uring,sync limit=120 */
#include "../lib/mpitest.h"

/* Arguments of programs are not constant. */
#define TEXT(text) ((char[]){text})

#include <sys/socket.h>
#include <unistd.h>

/* Each side tells the other its rank; all sums must be right. */
static void check_sums(MPI_Comm inter)
{
    int rank, remote, sum = 0;

    MPI_Comm_rank(inter, &rank);
    MPI_Comm_remote_size(inter, &remote);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, inter);
    CHECK_EQ(sum, remote * (remote - 1) / 2);
}

/* ---- Siblings: two worlds of one parent, which know each other by a service alone ---- */

static int be_sibling(bool accepts, const char *service)
{
    char port[MPI_MAX_PORT_NAME] = "";
    MPI_Comm parent, inter;

    MPI_Comm_get_parent(&parent);
    if (accepts) {
        if (mpitest_rank == 0) {
            MPI_Open_port(MPI_INFO_NULL, port);
            MPI_Publish_name(service, MPI_INFO_NULL, port);
        }
        MPI_Barrier(parent); // it is published
        CHECK_EQ(MPI_Comm_accept(port, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &inter), MPI_SUCCESS);
    } else {
        if (mpitest_rank == 0) {
            CHECK_EQ(MPI_Lookup_name(service, MPI_INFO_NULL, port), MPI_SUCCESS);
        }
        CHECK_EQ(MPI_Comm_connect(port, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &inter), MPI_SUCCESS);
    }
    MPI_Comm_disconnect(&parent);
    for (int i = 0; i < 10; i++) {
        check_sums(inter);
    }
    if (accepts && mpitest_rank == 0) {
        CHECK_EQ(MPI_Unpublish_name(service, MPI_INFO_NULL, port), MPI_SUCCESS);
        CHECK_EQ(MPI_Close_port(port), MPI_SUCCESS);
    }
    MPI_Comm_disconnect(&inter);
    return mpitest_finish();
}

static void check_siblings(char *self, int accepting, int connecting)
{
    char service[64];
    char *accept[] = {TEXT("accept"), service, NULL}, *connect[] = {TEXT("connect"), service, NULL};
    MPI_Comm first, second;

    snprintf(service, sizeof(service), "sums of %d and %d", accepting, connecting);
    MPI_Comm_spawn(self, accept, accepting, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &first,
                   MPI_ERRCODES_IGNORE);
    MPI_Barrier(first);
    MPI_Comm_spawn(self, connect, connecting, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &second,
                   MPI_ERRCODES_IGNORE);
    MPI_Comm_disconnect(&second);
    MPI_Comm_disconnect(&first);
}

/* ---- Within one world ---- */

/* The last rank connects, the others accept; then a new port each, several times. */
static void check_port(void)
{
    char port[MPI_MAX_PORT_NAME] = "";
    bool connects = mpitest_rank == mpitest_size - 1;
    MPI_Comm side, inter;

    MPI_Comm_split(MPI_COMM_WORLD, connects, 0, &side);
    for (int i = 0; i < 20; i++) {
        if (mpitest_rank == 0) {
            CHECK_EQ(MPI_Open_port(MPI_INFO_NULL, port), MPI_SUCCESS);
        }
        MPI_Bcast(port, sizeof(port), MPI_CHAR, 0, MPI_COMM_WORLD);
        CHECK_EQ(connects ? MPI_Comm_connect(port, MPI_INFO_NULL, 0, side, &inter)
                          : MPI_Comm_accept(port, MPI_INFO_NULL, 0, side, &inter),
                 MPI_SUCCESS);
        check_sums(inter);
        MPI_Comm_disconnect(&inter);
        if (mpitest_rank == 0) {
            CHECK_EQ(MPI_Close_port(port), MPI_SUCCESS);
        }
    }
    MPI_Comm_free(&side);
}

/* All wait in vain at one port, each for another time. */
static void check_limits(void)
{
    static const char *const wrong[] = {"0", "-1", "soon", "1 s", "", "nan", "1e10"};
    char port[MPI_MAX_PORT_NAME] = "", seconds[16];
    MPI_Comm self, inter;
    MPI_Info info;

    MPI_Info_create(&info);
    if (mpitest_rank == 0) {
        CHECK_EQ(MPI_Open_port(MPI_INFO_NULL, port), MPI_SUCCESS);
    }
    MPI_Bcast(port, sizeof(port), MPI_CHAR, 0, MPI_COMM_WORLD);
    MPI_Comm_dup(MPI_COMM_SELF, &self);
    MPI_Comm_set_errhandler(self, MPI_ERRORS_RETURN);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        MPI_Info_set(info, "timeout", wrong[i]);
        EXPECT_CLASS(MPI_Comm_connect(port, info, 0, self, &inter), MPI_ERR_INFO_VALUE);
    }
    snprintf(seconds, sizeof(seconds), "0.%03d", 20 * (mpitest_size - mpitest_rank) % 1000);
    MPI_Info_set(info, "timeout", seconds);
    double start = MPI_Wtime();
    EXPECT_CLASS(MPI_Comm_connect(port, info, 0, self, &inter), MPI_ERR_PORT);
    CHECK(MPI_Wtime() - start >= atof(seconds));
    MPI_Barrier(MPI_COMM_WORLD);
    EXPECT_CLASS(MPI_Comm_accept(port, info, 0, self, &inter), MPI_ERR_PORT);
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 0) {
        CHECK_EQ(MPI_Close_port(port), MPI_SUCCESS);
    }
    MPI_Comm_free(&self);
    MPI_Info_free(&info);
}

/* A child inherits no socket from its parent, but may be given the name of one: as it is in one
 * file table here, ranks 0 and 1 meet at an abstract address. */
static int open_socket(bool listens, const char *name)
{
    struct {
        sa_family_t family;
        char path[64];
    } address = {.family = AF_UNIX};
    socklen_t bytes =
        (socklen_t)(sizeof(address.family) + 1 +
                    (size_t)snprintf(address.path + 1, sizeof(address.path) - 1, "%s", name));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (!listens) {
        CHECK_EQ(connect(fd, (struct sockaddr *)&address, bytes), 0);
        return fd;
    }
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, bytes), 0);
    CHECK_EQ(listen(fd, 1), 0);
    MPI_Send(NULL, 0, MPI_INT, 1, 0, MPI_COMM_WORLD);
    int accepted = accept(fd, NULL, NULL);
    close(fd);
    return accepted;
}

static void check_join(void)
{
    enum { LONG_BYTES = 1 << 20 };
    char name[48], *sent;
    MPI_Comm inter;
    MPI_Request request = MPI_REQUEST_NULL;
    int value = 41 + mpitest_rank, theirs, size, fd;

    if (mpitest_size < 2 || mpitest_rank > 1) {
        return;
    }
    sent = mpitest_malloc(LONG_BYTES);
    snprintf(name, sizeof(name), "mprun-test-%lld", (long long)mpitest_seed + getppid());
    if (mpitest_rank == 1) {
        MPI_Recv(NULL, 0, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    fd = open_socket(mpitest_rank == 0, name);
    // One comes when it has got what the other is sending.
    if (mpitest_rank == 0) {
        memset(sent, 0, LONG_BYTES);
        MPI_Isend(sent, LONG_BYTES, MPI_CHAR, 1, 1, MPI_COMM_WORLD, &request);
    } else {
        MPI_Recv(sent, LONG_BYTES, MPI_CHAR, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    CHECK_EQ(MPI_Comm_join(fd, &inter), MPI_SUCCESS);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    close(fd);
    free(sent);
    MPI_Comm_remote_size(inter, &size);
    CHECK_EQ(size, 1);
    MPI_Sendrecv(&value, 1, MPI_INT, 0, 0, &theirs, 1, MPI_INT, 0, 0, inter, MPI_STATUS_IGNORE);
    CHECK_EQ(theirs, 42 - mpitest_rank);
    MPI_Comm_disconnect(&inter);
}

/* ---- What is wrong ---- */

/* Whatever is published as a port is found again, as long as a port's name may be. */
static void check_long_name(void)
{
    char name[MPI_MAX_PORT_NAME + 1], found[MPI_MAX_PORT_NAME] = "";

    memset(name, 'p', MPI_MAX_PORT_NAME);
    name[MPI_MAX_PORT_NAME] = '\0';
    EXPECT_CLASS(MPI_Publish_name("long", MPI_INFO_NULL, name), MPI_ERR_PORT);
    name[MPI_MAX_PORT_NAME - 1] = '\0';
    CHECK_EQ(MPI_Publish_name("long", MPI_INFO_NULL, name), MPI_SUCCESS);
    CHECK_EQ(MPI_Lookup_name("long", MPI_INFO_NULL, found), MPI_SUCCESS);
    CHECK(strcmp(name, found) == 0);
    CHECK_EQ(MPI_Unpublish_name("long", MPI_INFO_NULL, name), MPI_SUCCESS);
}

static void check_errors(void)
{
    char port[MPI_MAX_PORT_NAME], other[MPI_MAX_PORT_NAME];
    MPI_Comm inter;
    int fds[2];

    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    EXPECT_CLASS(MPI_Open_port(MPI_INFO_NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Close_port("nothing of the kind"), MPI_ERR_PORT);
    EXPECT_CLASS(MPI_Comm_connect("nothing", MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter),
                 MPI_ERR_PORT);
    EXPECT_CLASS(MPI_Comm_connect("mprun:1.2:0", MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter),
                 MPI_ERR_PORT);
    EXPECT_CLASS(MPI_Comm_accept("nothing", MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter), MPI_ERR_PORT);
    EXPECT_CLASS(MPI_Comm_accept("nothing", MPI_INFO_NULL, 1, MPI_COMM_SELF, &inter), MPI_ERR_ROOT);
    EXPECT_CLASS(MPI_Comm_accept(NULL, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Lookup_name("nobody", MPI_INFO_NULL, port), MPI_ERR_NAME);
    EXPECT_CLASS(MPI_Unpublish_name("nobody", MPI_INFO_NULL, "nothing"), MPI_ERR_SERVICE);
    CHECK_EQ(MPI_Open_port(MPI_INFO_NULL, port), MPI_SUCCESS);
    CHECK_EQ(MPI_Open_port(MPI_INFO_NULL, other), MPI_SUCCESS);
    CHECK(strcmp(port, other) != 0);
    CHECK_EQ(MPI_Publish_name("somebody", MPI_INFO_NULL, port), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Publish_name("somebody", MPI_INFO_NULL, other), MPI_ERR_SERVICE);
    EXPECT_CLASS(MPI_Unpublish_name("somebody", MPI_INFO_NULL, other), MPI_ERR_SERVICE);
    CHECK_EQ(MPI_Unpublish_name("somebody", MPI_INFO_NULL, port), MPI_SUCCESS);
    check_long_name();
    CHECK_EQ(MPI_Close_port(port), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Comm_connect(port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter), MPI_ERR_PORT);
    CHECK_EQ(MPI_Close_port(other), MPI_SUCCESS);

    CHECK_EQ(pipe(fds), 0);
    EXPECT_CLASS(MPI_Comm_join(fds[0], &inter), MPI_ERR_OTHER);
    close(fds[0]);
    close(fds[1]);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    CHECK_EQ(write(fds[1], "this is not what the library says, but it is as long or longer", 62),
             62);
    EXPECT_CLASS(MPI_Comm_join(fds[0], &inter), MPI_ERR_OTHER);
    close(fds[0]);
    close(fds[1]);
}

/* What is wrong with the root's arguments alone, all hear. */
static void check_root_errors(void)
{
    MPI_Comm world, inter;
    MPI_Info info, freed;

    MPI_Comm_dup(MPI_COMM_WORLD, &world);
    MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
    MPI_Info_create(&info);
    freed = info;
    MPI_Info_free(&info);
    EXPECT_CLASS(MPI_Comm_accept("any", freed, 0, world, &inter), MPI_ERR_INFO);
    EXPECT_CLASS(
        MPI_Comm_connect(mpitest_rank == 0 ? NULL : "any", MPI_INFO_NULL, 0, world, &inter),
        MPI_ERR_ARG);
    MPI_Comm_free(&world);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (argc > 2) {
        return be_sibling(strcmp(argv[1], "accept") == 0, argv[2]);
    }
    if (mpitest_rank == 0) {
        check_errors();
    }
    check_root_errors();
    check_limits();
    MPI_Barrier(MPI_COMM_WORLD);
    check_siblings(argv[0], 1, 1);
    check_siblings(argv[0], 3, 2);
    if (mpitest_size > 1) {
        check_port();
    }
    check_join();
    return mpitest_finish();
}
