/* SPDX-License-Identifier: BSD-3-Clause */
/* Every function of the library, called once with arguments that are all zero: no handle, no
 * buffer, no place for a result. It returns an error that says so, and does not crash; only what
 * zeros are right for succeeds. tests/abi/profiler.sh relies on it that one rank calls each
 * exactly once. */
/* matrix: np=1,2 copy=chunk rings=default limit=20 */
#include "tests/lib/mpitest.h"

/* Weak, because a library need not have every function of the standard; what it has shows in its
 * PMPI names, whatever tool stands before it. */
#define CALL(name, arguments)                                                                      \
    static __typeof__(name) weak_##name __attribute__((weakref(#name)));                           \
    static __typeof__(name) weak_P##name __attribute__((weakref("P" #name)));
#define INQUIRE CALL
#include "tests/abi/zeros.inc"
#undef CALL
#undef INQUIRE

static bool is_one_of(const char *name, const char *const names[])
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

/* Called at the start, at the end, or never. */
static const char *const left_out[] = {"MPI_Abort", "MPI_Finalize", "MPI_Init", "MPI_Init_thread",
                                       NULL};

/* No bytes to attach, no requests to start or to wait for, nothing to send: nothing is wrong. */
static const char *const harmless[] = {"MPI_Buffer_attach", "MPI_Buffer_attach_c",
                                       "MPI_Buffer_flush",  "MPI_Pcontrol",
                                       "MPI_Startall",      "MPI_Waitall",
                                       NULL};

static void check_code(const char *name, int code)
{
    int error_class = MPI_ERR_UNKNOWN;

    PMPI_Error_class(code, &error_class);
    if (is_one_of(name, harmless) != (error_class == MPI_SUCCESS)) {
        mpitest_fail(__FILE__, __LINE__, "%s returns class %d", name, error_class);
    }
    CHECK(error_class != MPI_ERR_UNKNOWN && error_class != MPI_ERR_OTHER);
    CHECK(error_class != MPI_ERR_INTERN);
}

#define CALL(name, arguments)                                                                      \
    if (weak_P##name != NULL && !is_one_of(#name, left_out)) {                                     \
        check_code(#name, weak_##name arguments);                                                  \
    }
#define INQUIRE(name, arguments)                                                                   \
    if (weak_P##name != NULL) {                                                                    \
        (void)weak_##name arguments;                                                               \
    }

static void call_each(void)
{
#include "tests/abi/zeros.inc"
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    PMPI_Comm_rank(MPI_COMM_WORLD, &mpitest_rank);
    PMPI_Comm_size(MPI_COMM_WORLD, &mpitest_size);
    PMPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    PMPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    call_each();
    return mpitest_finish();
}
