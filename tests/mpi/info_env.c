/* SPDX-License-Identifier: BSD-3-Clause */
/* What MPI_INFO_ENV and MPI_Info_create_env say about how the process was started. A first argument
 * "of=N" tells how many processes were started with this program. */
/* matrix: np=1,3 copy=chunk engine=uring rings=default limit=20 */
#include <sys/utsname.h>
#include <unistd.h>

#include "../lib/mpitest.h"

#ifdef MPI_ABI_VERSION

static char value[MPI_MAX_INFO_VAL];

static const char *value_of(MPI_Info info, const char *key)
{
    int buflen = sizeof value, flag = 0;
    MPI_Info_get_string(info, key, &buflen, value, &flag);
    return flag ? value : "none";
}

static void check_place(MPI_Info info)
{
    struct utsname names;
    char directory[4096];

    uname(&names);
    CHECK(strcmp(value_of(info, "host"), names.nodename) == 0);
    CHECK(strcmp(value_of(info, "arch"), names.machine) == 0);
    CHECK(getcwd(directory, sizeof directory) != NULL);
    CHECK(strcmp(value_of(info, "wdir"), directory) == 0);
    CHECK(strcmp(value_of(info, "soft"), "none") == 0);
}

static void check_arguments(MPI_Info info, int argc, char **argv)
{
    char joined[MPI_MAX_INFO_VAL] = "";

    for (int i = 1; i < argc; i++) {
        strcat(joined, i > 1 ? " " : "");
        strcat(joined, argv[i]);
    }
    CHECK(strcmp(value_of(info, "command"), argv[0]) == 0);
    CHECK(strcmp(value_of(info, "argv"), argc > 1 ? joined : "none") == 0);
}

static void check_constancy(void)
{
    MPI_Info copy, env = MPI_INFO_ENV;

    mpitest_return_errors();
    EXPECT_CLASS(MPI_Info_set(MPI_INFO_ENV, "key", "value"), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Info_delete(MPI_INFO_ENV, "command"), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Info_free(&env), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Info_dup(MPI_INFO_ENV, &copy), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Info_set(copy, "command", "another"), MPI_SUCCESS);
    CHECK(strcmp(value_of(MPI_INFO_ENV, "command"), "another") != 0);
    MPI_Info_free(&copy);
}

int main(int argc, char **argv)
{
    char name[] = "given", first[] = "a", second[] = "b c", *given[] = {name, first, second, NULL};
    int count = -1, size;
    MPI_Info early, late;

    // Before MPI_Init nothing is known of the job, but of the process.
    MPI_Info_get_nkeys(MPI_INFO_ENV, &count);
    CHECK_EQ(count, 0);
    MPI_Info_create_env(argc, argv, &early);
    CHECK(strcmp(value_of(early, "maxprocs"), "none") == 0);
    check_arguments(early, argc, argv);
    check_place(early);

    mpitest_start(&argc, &argv);
    size = argc > 1 && strncmp(argv[1], "of=", 3) == 0 ? atoi(argv[1] + 3) : mpitest_size;
    check_arguments(MPI_INFO_ENV, argc, argv);
    check_place(MPI_INFO_ENV);
    CHECK_EQ(atoi(value_of(MPI_INFO_ENV, "maxprocs")), size);
    check_constancy();

    MPI_Info_create_env(3, given, &late);
    check_arguments(late, 3, given);
    CHECK_EQ(atoi(value_of(late, "maxprocs")), size);
    MPI_Info_free(&late);
    MPI_Info_create_env(0, NULL, &late);
    check_arguments(late, argc, argv);
    MPI_Info_free(&late);
    MPI_Info_free(&early);
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("what is known of the start is the library's choice")

#endif
