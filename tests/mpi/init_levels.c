/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Init_thread with the level that the argument names, what may be called before and after, and
 * bad arguments in between. Run with each level by tests/launcher/misuse.sh. */
/* matrix: copy=chunk engine=uring rings=default */
#include "../lib/mpitest.h"

static const struct {
    const char *name;
    int level;
} levels[] = {
    {"single", MPI_THREAD_SINGLE},
    {"funneled", MPI_THREAD_FUNNELED},
    {"serialized", MPI_THREAD_SERIALIZED},
    {"multiple", MPI_THREAD_MULTIPLE},
};

static int level_of(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(argv[1], levels[i].name) == 0) {
            return levels[i].level;
        }
    }
    return MPI_THREAD_SERIALIZED;
}

/* What MPI 5.0, 11.4.1 allows at any time. */
static void check_anytime(int initialized, int finalized)
{
    char text[MPI_MAX_ERROR_STRING];
    int flag = -1, number = -1, length = -1;

    CHECK_EQ(MPI_Initialized(&flag), MPI_SUCCESS);
    CHECK_EQ(flag, initialized);
    CHECK_EQ(MPI_Finalized(&flag), MPI_SUCCESS);
    CHECK_EQ(flag, finalized);
    CHECK_EQ(MPI_Error_class(MPI_ERR_TAG, &number), MPI_SUCCESS);
    CHECK_EQ(number, MPI_ERR_TAG);
    CHECK_EQ(MPI_Error_string(MPI_ERR_TAG, text, &length), MPI_SUCCESS);
    CHECK_EQ(length, strlen(text));
    CHECK(MPI_Comm_fromint(MPI_Comm_toint(MPI_COMM_WORLD)) == MPI_COMM_WORLD);
    CHECK(MPI_Wtime() > 0);
}

static void check_errors(void)
{
    int number = 77;

    EXPECT_CLASS(MPI_Init(NULL, NULL), MPI_ERR_OTHER);
    EXPECT_CLASS(MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, &number), MPI_ERR_OTHER);
    EXPECT_CLASS(MPI_Init_thread(NULL, NULL, 5, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Initialized(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Finalized(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Query_thread(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Is_thread_main(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abort(MPI_COMM_NULL, 3), MPI_ERR_COMM);
    CHECK_EQ(number, 77);
}

int main(int argc, char **argv)
{
    int required = level_of(argc, argv), provided = -1, queried = -1;

    check_anytime(0, 0);
    MPI_Init_thread(&argc, &argv, required, &provided);
    mpitest_begin();
    CHECK(provided >= required);
    MPI_Query_thread(&queried);
    CHECK_EQ(queried, provided);
    check_anytime(1, 0);
    mpitest_return_errors();
    check_errors();
    int status = mpitest_finish();
    check_anytime(1, 1);
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : status;
}
