/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes one mistake, which the argument names, in the rank that the second one names (default 0).
 * The other ranks wait for its message for ever. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *self;

static void free_world(void)
{
    MPI_Comm world = MPI_COMM_WORLD;
    MPI_Comm_free(&world);
}

static void use_freed(void)
{
    MPI_Comm copy, freed;
    int size;
    MPI_Comm_dup(MPI_COMM_SELF, &copy);
    freed = copy;
    MPI_Comm_free(&copy);
    MPI_Comm_size(freed, &size);
}

static void split_badly(void)
{
    MPI_Comm part;
    MPI_Comm_split(MPI_COMM_WORLD, -5, 0, &part);
}

static void split_badly_on_named(void)
{
    MPI_Comm copy, part;
    MPI_Comm_dup(MPI_COMM_SELF, &copy);
    MPI_Comm_set_name(copy, "halo");
    MPI_Comm_set_errhandler(copy, MPI_ERRORS_ABORT);
    MPI_Comm_split(copy, -5, 0, &part);
}

static void choose_badly(void)
{
    const int ranks[] = {0, 99999};
    MPI_Group group, part;
    MPI_Comm_group(MPI_COMM_WORLD, &group);
    MPI_Group_incl(group, 2, ranks, &part);
}

/* All of the grid is given, and it is too small. */
static void lay_out_badly(void)
{
    int dims[] = {2, 2};
    MPI_Dims_create(8, 2, dims);
}

static void call_handler(void)
{
    MPI_Comm_call_errhandler(MPI_COMM_WORLD, MPI_ERR_IO);
}

static void free_stack(void)
{
    int number;
    MPI_Free_mem(&number);
}

static void abort_7(void)
{
    MPI_Abort(MPI_COMM_WORLD, 7);
}

static void abort_256(void)
{
    MPI_Abort(MPI_COMM_WORLD, 256);
}

/* A process that is spawned ends itself alone. */
static void spawn_abort_7(void)
{
    char mistake[] = "abort", *arguments[] = {mistake, NULL};
    MPI_Comm child;
    int number;
    MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &child,
                   MPI_ERRCODES_IGNORE);
    MPI_Comm_set_errhandler(child, MPI_ERRORS_RETURN);
    MPI_Recv(&number, 1, MPI_INT, 0, 0, child, MPI_STATUS_IGNORE);
}

static void init_again(void)
{
    MPI_Init(NULL, NULL);
}

static void call_after_finalize(void)
{
    int rank;
    MPI_Finalize();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
}

static void finalize_twice(void)
{
    MPI_Finalize();
    MPI_Finalize();
}

static void init_after_finalize(void)
{
    MPI_Finalize();
    MPI_Init(NULL, NULL);
}

static const struct mistake {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    {"free-world", free_world},
    {"use-freed", use_freed},
    {"split", split_badly},
    {"split-named", split_badly_on_named},
    {"choose", choose_badly},
    {"lay-out", lay_out_badly},
    {"call-handler", call_handler},
    {"free-stack", free_stack},
    {"abort", abort_7},
    {"abort-256", abort_256},
    {"abort-spawned", spawn_abort_7},
    {"init-again", init_again},
    {"after-finalize", call_after_finalize},
    {"finalize-twice", finalize_twice},
    {"init-after-finalize", init_after_finalize},
};

static void make_mistake(const char *name)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        if (strcmp(name, mistakes[i].name) == 0) {
            mistakes[i].make();
        }
    }
}

int main(int argc, char **argv)
{
    int rank, provided;

    if (argc < 2) {
        fprintf(stderr, "usage: misuse MISTAKE [RANK]\n");
        return EXIT_FAILURE;
    }
    self = argv[0];
    if (strcmp(argv[1], "before-init") == 0) {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    }
    if (strcmp(argv[1], "bad-level") == 0) {
        MPI_Init_thread(&argc, &argv, 5, &provided);
    }
    if (strcmp(argv[1], "leave-session") == 0) {
        MPI_Session session;
        MPI_Session_init(MPI_INFO_NULL, MPI_ERRORS_RETURN, &session);
        return 3;
    }
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == (argc > 2 ? atoi(argv[2]) : 0)) {
        make_mistake(argv[1]);
    } else {
        MPI_Recv(&provided, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return EXIT_SUCCESS;
}
