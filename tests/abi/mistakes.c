/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls every function of the library wrongly, each in a process of its own, under the default
 * error handler, which ends that process with a message. Standard output has two lines for each
 * call: the function with the kind of its arguments, and the message:
 *
 *     MPI_Send null       all are zero
 *     MPI_Send wrong      the communicator is MPI_COMM_WORLD, numbers are wrong, the rest is zero
 *
 * The second line is "returned" where the call came back: there was nothing wrong about it. */
#include <mpi.h>
#include <mpi_interop.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* No rank, tag, count, color, key or constant. */
enum { wrong = -77 };

/* Weak, because a library need not have every function of the standard. */
#define CALL(name, arguments) static __typeof__(name) weak_##name __attribute__((weakref(#name)));
#define INQUIRE(name, arguments)
#include "tests/abi/zeros.inc"
#undef CALL

/* Starts a process that makes the call which `name` and `kind` name, and waits for its end. True in
 * that process. */
static bool is_the_one(const char *name, const char *kind)
{
    pid_t child;

    // Nothing that these take can be wrong.
    if (strcmp(name, "MPI_Abort") == 0 || strcmp(name, "MPI_Finalize") == 0 ||
        strcmp(name, "MPI_Init") == 0) {
        return false;
    }
    printf("%s %s\n", name, kind);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        MPI_Init(NULL, NULL);
        return true;
    }
    if (child < 0 || waitpid(child, NULL, 0) < 0) {
        perror(name);
        exit(EXIT_FAILURE);
    }
    return false;
}

static void return_from_call(void)
{
    puts("returned");
    fflush(stdout);
    _exit(EXIT_SUCCESS);
}

#define CALL(name, arguments)                                                                      \
    if (weak_##name != NULL && is_the_one(#name, "null")) {                                        \
        weak_##name arguments;                                                                     \
        return_from_call();                                                                        \
    }
static void call_with_zeros(void)
{
#include "tests/abi/zeros.inc"
}
#undef CALL

#define CALL(name, arguments)                                                                      \
    if (weak_##name != NULL && is_the_one(#name, "wrong")) {                                       \
        weak_##name arguments;                                                                     \
        return_from_call();                                                                        \
    }
static void call_with_mistakes(void)
{
#include "tests/abi/mistakes.inc"
}

int main(void)
{
    call_with_zeros();
    call_with_mistakes();
    return EXIT_SUCCESS;
}
