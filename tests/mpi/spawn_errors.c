/* SPDX-License-Identifier: BSD-3-Clause */
/* Spawns that cannot be: every rank has the same error, in a class of its own, and its text says
 * what is wrong; and what the keys of an info object do. */
/* matrix: np=1,3 engine=uring,sync limit=60 */
#include "../lib/mpitest.h"
#include "../lib/sanitized.h"

/* Arguments of programs are not constant. */
#define TEXT(text) ((char[]){text})

#include <unistd.h>

static MPI_Comm inter;
static char last_text[2048];

static void note_text(MPI_Comm *comm, int *code, ...)
{
    va_list arguments;

    (void)comm;
    va_start(arguments, code);
    snprintf(last_text, sizeof(last_text), "%s", va_arg(arguments, const char *));
    va_end(arguments);
}

static int spawn(const char *command, char **argv, int count, MPI_Info info, int *errcodes)
{
    last_text[0] = '\0';
    return MPI_Comm_spawn(command, argv, count, info, 0, MPI_COMM_WORLD, &inter, errcodes);
}

static void set_only(MPI_Info *info, const char *key, const char *value)
{
    MPI_Info_free(info);
    MPI_Info_create(info);
    MPI_Info_set(*info, key, value);
}

static void check_commands(void)
{
    MPI_Comm world = MPI_COMM_WORLD;

    EXPECT_CLASS(MPI_Comm_disconnect(&world), MPI_ERR_COMM);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    EXPECT_CLASS(MPI_Comm_get_parent(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(spawn("", MPI_ARGV_NULL, 1, MPI_INFO_NULL, MPI_ERRCODES_IGNORE), MPI_ERR_ARG);
    EXPECT_CLASS(spawn(NULL, MPI_ARGV_NULL, 1, MPI_INFO_NULL, MPI_ERRCODES_IGNORE), MPI_ERR_ARG);
    EXPECT_CLASS(spawn("/bin/true", MPI_ARGV_NULL, 0, MPI_INFO_NULL, MPI_ERRCODES_IGNORE),
                 MPI_ERR_ARG);
    EXPECT_CLASS(spawn("/bin/true", MPI_ARGV_NULL, 100000, MPI_INFO_NULL, MPI_ERRCODES_IGNORE),
                 MPI_ERR_SPAWN);
    CHECK(strstr(last_text, "MPRUN_SPAWN_MAX") != NULL);
    EXPECT_CLASS(MPI_Comm_spawn("/bin/true", MPI_ARGV_NULL, 1, MPI_INFO_NULL, 99, MPI_COMM_WORLD,
                                &inter, MPI_ERRCODES_IGNORE),
                 MPI_ERR_ROOT);
}

/* What the system refuses. */
static void check_refused(char *self)
{
    int errcodes[2] = {0, 0};
    MPI_Info info;

    EXPECT_CLASS(spawn("./no-such-program", MPI_ARGV_NULL, 2, MPI_INFO_NULL, errcodes),
                 MPI_ERR_SPAWN);
    CHECK(strstr(last_text, "no-such-program") != NULL);
    CHECK(errcodes[0] != MPI_SUCCESS && errcodes[1] != MPI_SUCCESS);
    EXPECT_CLASS(spawn("/", MPI_ARGV_NULL, 1, MPI_INFO_NULL, MPI_ERRCODES_IGNORE), MPI_ERR_SPAWN);
    CHECK(strstr(last_text, "directory") != NULL);
    MPI_Info_create(&info);
    MPI_Info_set(info, "wdir", "/no/such/folder");
    EXPECT_CLASS(spawn(self, MPI_ARGV_NULL, 1, info, MPI_ERRCODES_IGNORE), MPI_ERR_SPAWN);
    CHECK(strstr(last_text, "/no/such/folder") != NULL);
    MPI_Info_free(&info);
}

/* The first program can be started, the second one cannot: neither is. */
static void check_all_or_none(char *self)
{
    char *waiting[] = {TEXT("wait"), NULL}, **argvs[] = {waiting, MPI_ARGV_NULL};
    char *commands[] = {self, TEXT("./no-such-program")};
    const int counts[] = {2, 1};
    const MPI_Info infos[] = {MPI_INFO_NULL, MPI_INFO_NULL};
    int errcodes[3];

    EXPECT_CLASS(MPI_Comm_spawn_multiple(2, commands, argvs, counts, infos, 0, MPI_COMM_WORLD,
                                         &inter, errcodes),
                 MPI_ERR_SPAWN);
    EXPECT_CLASS(MPI_Comm_spawn_multiple(0, commands, argvs, counts, infos, 0, MPI_COMM_WORLD,
                                         &inter, errcodes),
                 MPI_ERR_ARG);
}

static void check_long_arguments(char *self)
{
    char *text = mpitest_malloc(1 << 18), *arguments[] = {text, NULL};

    memset(text, 'x', (1 << 18) - 1);
    text[(1 << 18) - 1] = '\0';
    EXPECT_CLASS(spawn(self, arguments, 1, MPI_INFO_NULL, MPI_ERRCODES_IGNORE), MPI_ERR_SPAWN);
    free(text);
}

static void check_bad_info(char *self)
{
    MPI_Info info;

    MPI_Info_create(&info);
    set_only(&info, "host", "no-such-machine");
    EXPECT_CLASS(spawn(self, MPI_ARGV_NULL, 1, info, MPI_ERRCODES_IGNORE), MPI_ERR_SPAWN);
    CHECK(strstr(last_text, "no-such-machine") != NULL);
    set_only(&info, "arch", "vax");
    EXPECT_CLASS(spawn(self, MPI_ARGV_NULL, 1, info, MPI_ERRCODES_IGNORE), MPI_ERR_SPAWN);
    set_only(&info, "soft", "some");
    EXPECT_CLASS(spawn(self, MPI_ARGV_NULL, 1, info, MPI_ERRCODES_IGNORE), MPI_ERR_INFO_VALUE);
    MPI_Info_free(&info);
}

/* Fewer than wanted, if the program says that they will do. */
static void check_soft(char *self)
{
    char *arguments[] = {TEXT("end"), NULL};
    int errcodes[6], remote;
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "soft", "1:5:2");
    CHECK_EQ(spawn(self, arguments, 6, info, errcodes), MPI_SUCCESS);
    MPI_Comm_remote_size(inter, &remote);
    CHECK_EQ(remote, 5);
    CHECK(errcodes[4] == MPI_SUCCESS && errcodes[5] == MPI_ERR_SPAWN);
    MPI_Comm_disconnect(&inter);
    MPI_Info_free(&info);
}

/* The child says where it is, and what its environment holds. */
static void check_places(char *self)
{
    char *arguments[] = {TEXT("where"), NULL}, where[256] = "";
    char folder[256], *name = strrchr(self, '/');
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "wdir", "/");
    MPI_Info_set(info, "env", "MPITEST_SPAWN=some value\nMPITEST_OTHER=2");
    if (name != NULL) {
        snprintf(folder, sizeof(folder), "/nowhere:%.*s", (int)(name - self), self);
        MPI_Info_set(info, "path", folder);
    }
    CHECK_EQ(spawn(self[0] == '/' ? name + 1 : self, arguments, 1, info, MPI_ERRCODES_IGNORE),
             MPI_SUCCESS);
    MPI_Bcast(where, sizeof(where), MPI_CHAR, 0, inter);
    CHECK(strcmp(where, "/ some value 2") == 0);
    MPI_Comm_disconnect(&inter);
    MPI_Info_free(&info);
}

static int be_child(const char *what)
{
    char where[256] = "", folder[128];
    MPI_Comm parent;

    MPI_Comm_get_parent(&parent);
    if (strcmp(what, "wait") == 0) {
        for (;;) {
            pause();
        }
    }
    if (strcmp(what, "where") == 0) {
        snprintf(where, sizeof(where), "%s %s %s", getcwd(folder, sizeof(folder)),
                 getenv("MPITEST_SPAWN"), getenv("MPITEST_OTHER"));
        MPI_Bcast(where, sizeof(where), MPI_CHAR, MPI_ROOT, parent);
    }
    MPI_Comm_disconnect(&parent);
    return mpitest_finish();
}

int main(int argc, char **argv)
{
    MPI_Errhandler noting;
    char self[512];

    mpitest_start(&argc, &argv);
    if (argc > 1) {
        return be_child(argv[1]);
    }
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    CHECK(length > 0);
    self[length > 0 ? length : 0] = '\0';
    MPI_Comm_create_errhandler(note_text, &noting);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, noting);
    check_commands();
    if (!SANITIZED_THREAD) { // a rank tells mprun by the memory of a vfork(), which it makes a fork
        check_refused(self);
        check_all_or_none(self);
    }
    check_long_arguments(self);
    check_bad_info(self);
    check_soft(self);
    check_places(self);
    MPI_Errhandler_free(&noting);
    return mpitest_finish();
}
