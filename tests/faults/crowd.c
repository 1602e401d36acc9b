/* SPDX-License-Identifier: BSD-3-Clause */
/* Spawns as many processes as there is room for, twice. Those of the first time take leave and live
 * on: for a moment, so that the second spawn waits for them; or, with an argument, until a
 * file of that name has gone, so that it waits in vain. */
#include <mpi.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { CROWD = 3 };

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void be_child(const char *file)
{
    MPI_Comm parent;

    MPI_Comm_get_parent(&parent);
    MPI_Comm_disconnect(&parent);
    sleep_ms(300);
    while (file != NULL && access(file, F_OK) == 0) {
        sleep_ms(10);
    }
}

/* The library gives its own text to error handlers, behind the code. */
static void print_error(MPI_Comm *comm, int *code, ...)
{
    va_list arguments;

    (void)comm;
    va_start(arguments, code);
    puts(va_arg(arguments, const char *));
    va_end(arguments);
}

/* Returns the class of what MPI_Comm_spawn returns. */
static int spawn(char **argv)
{
    MPI_Comm children;
    int class;

    int code = MPI_Comm_spawn(argv[0], argv + 1, CROWD, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &children,
                              MPI_ERRCODES_IGNORE);
    if (code == MPI_SUCCESS) {
        MPI_Comm_disconnect(&children);
    }
    MPI_Error_class(code, &class);
    return class;
}

int main(int argc, char **argv)
{
    MPI_Errhandler printing;
    MPI_Comm parent;

    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&parent);
    if (parent != MPI_COMM_NULL) {
        be_child(argv[1]);
        MPI_Finalize();
        return 0;
    }
    MPI_Comm_create_errhandler(print_error, &printing);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, printing);
    if (spawn(argv) != MPI_SUCCESS) {
        fprintf(stderr, "crowd: cannot spawn %d processes\n", CROWD);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    int class = spawn(argv);
    puts(class == MPI_SUCCESS ? "room" : class == MPI_ERR_SPAWN ? "no room" : "another error");
    if (argv[1] != NULL) {
        unlink(argv[1]);
    }
    MPI_Errhandler_free(&printing);
    MPI_Finalize();
    return 0;
}
