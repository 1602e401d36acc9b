/* SPDX-License-Identifier: BSD-3-Clause */
/* A profiling tool as users preload them: its MPI_X stands before the library's for every function
 * of the standard, counts the call and what came of it, and calls PMPI_X.
 *
 * At its end each process appends its counts to the file that MPRUN_TEST_CALLS names, a line for
 * each function that was called:
 *
 *     function  calls  successes  errors
 *
 * Functions that return no error code always succeed; what never returned did neither. */
#include <fcntl.h>
#include <mpi.h>
#include <mpi_interop.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WRAP(name, ...) INDEX_##name,
#define INQUIRY WRAP
enum {
#include "tests/abi/wrappers.inc"
    FUNCTIONS
};
#undef WRAP
#undef INQUIRY

#define WRAP(name, ...) #name,
#define INQUIRY WRAP
static const char *const names[FUNCTIONS] = {
#include "tests/abi/wrappers.inc"
};
#undef WRAP
#undef INQUIRY

/* Of one function; several threads may call it. */
struct calls {
    atomic_ulong count;
    atomic_ulong success_count;
    atomic_ulong error_count;
};

static struct calls calls[FUNCTIONS];

static void count_call(int function)
{
    atomic_fetch_add_explicit(&calls[function].count, 1, memory_order_relaxed);
}

static void count_end(int function, int code)
{
    struct calls *these = &calls[function];

    atomic_fetch_add_explicit(code == MPI_SUCCESS ? &these->success_count : &these->error_count, 1,
                              memory_order_relaxed);
}

/* Weak, because a library need not have every function of the standard: then nobody calls it. */
#define WRAP(name, returns, parameters, arguments)                                                 \
    extern __typeof__(name) P##name __attribute__((weak));                                         \
    __attribute__((visibility("default"))) returns name parameters                                 \
    {                                                                                              \
        count_call(INDEX_##name);                                                                  \
        int code = P##name arguments;                                                              \
        count_end(INDEX_##name, code);                                                             \
        return code;                                                                               \
    }
#define INQUIRY(name, returns, parameters, arguments)                                              \
    extern __typeof__(name) P##name __attribute__((weak));                                         \
    __attribute__((visibility("default"))) returns name parameters                                 \
    {                                                                                              \
        count_call(INDEX_##name);                                                                  \
        count_end(INDEX_##name, MPI_SUCCESS);                                                      \
        return P##name arguments;                                                                  \
    }
#include "tests/abi/wrappers.inc"

/* Writes all lines at once, so that those of several processes do not mix. */
__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("MPRUN_TEST_CALLS");
    char *text = NULL;
    size_t bytes = 0;
    FILE *lines = path != NULL ? open_memstream(&text, &bytes) : NULL;

    for (int i = 0; i < FUNCTIONS && lines != NULL; i++) {
        if (calls[i].count > 0) {
            fprintf(lines, "%s %lu %lu %lu\n", names[i], calls[i].count, calls[i].success_count,
                    calls[i].error_count);
        }
    }
    if (lines == NULL || fclose(lines) != 0 || bytes == 0) {
        free(text);
        return;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, text, bytes) != (ssize_t)bytes) {
        perror(path);
    }
    if (file >= 0) {
        close(file);
    }
    free(text);
}
