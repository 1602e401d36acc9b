/* SPDX-License-Identifier: BSD-3-Clause */
/* Error classes and texts. The classes are added to MPI's at the first use, because MPI numbers
 * them at run time; the text of the last error is kept for each thread. */
#include "pool/error.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_BYTES = 1024 };

static const char *const class_texts[MP_ERROR_COUNT] = {
    [MP_ERROR_TASK] = "mp: tasks failed",
    [MP_ERROR_TIMEOUT] = "mp: the time limit of the call passed",
    [MP_ERROR_CANCELLED] = "mp: cancelled before it was done",
    [MP_ERROR_CLOSED] = "mp: closed, or at its end",
    [MP_ERROR_MEMBER] = "mp: this rank is not a member",
    [MP_ERROR_HOLDER] = "mp: released by one who does not hold it",
    [MP_ERROR_HOLDER_DIED] = "mp: acquired from a holder that died",
    [MP_ERROR_PEER_DIED] = "mp: the other process has died",
    [MP_ERROR_BINARY] = "mp: the function is in no module of the other rank",
    [MP_ERROR_SIZE] = "mp: sizes do not match",
    [MP_ERROR_BROKEN] = "mp: the barrier is broken",
    [MP_ERROR_INTERRUPTED] = "mp: interrupted",
    [MP_ERROR_THREADS] = "mp: needs MPI_THREAD_MULTIPLE",
    [MP_ERROR_UNSUPPORTED] = "mp: not supported by this MPI library",
    [MP_ERROR_STORE] = "mp: the file of kept results cannot be used",
};

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static int classes_are_known;
static int classes[MP_ERROR_COUNT];
static _Thread_local char last_text[TEXT_BYTES];

static int add_classes(void)
{
    for (int kind = 0; kind < MP_ERROR_COUNT; kind++) {
        int error = MPI_Add_error_class(&classes[kind]);
        if (!error) {
            error = MPI_Add_error_string(classes[kind], class_texts[kind]);
        }
        if (error) {
            return error;
        }
    }
    return MPI_SUCCESS;
}

int mpp_error_start(void)
{
    if (__atomic_load_n(&classes_are_known, __ATOMIC_ACQUIRE)) {
        return MPI_SUCCESS;
    }
    pthread_mutex_lock(&start_lock);
    int error = MPI_SUCCESS;
    if (!classes_are_known) {
        error = add_classes();
        __atomic_store_n(&classes_are_known, !error, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&start_lock);
    return error;
}

int mp_error_class(enum mp_error kind)
{
    if (kind < 0 || kind >= MP_ERROR_COUNT || mpp_error_start()) {
        return MPI_ERR_OTHER;
    }
    return classes[kind];
}

const char *mp_error_text(void)
{
    return last_text;
}

static void keep_text(const char *function, const char *format, va_list arguments)
{
    int used = snprintf(last_text, sizeof last_text, "%s: ", function);
    vsnprintf(last_text + used, sizeof last_text - (size_t)used, format, arguments);
}

int mpp_state(enum mp_error kind, const char *function, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_text(function, format, arguments);
    va_end(arguments);
    return mp_error_class(kind);
}

/* The default handler prints MPI's text of the class; ours, which says more, goes before it. */
static int call_handler(MPI_Comm comm, int error)
{
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
    if (comm == MPI_COMM_NULL) {
        comm = MPI_COMM_SELF;
    }
    if (MPI_Comm_get_errhandler(comm, &handler) == MPI_SUCCESS) {
        if (handler == MPI_ERRORS_ARE_FATAL) {
            fprintf(stderr, "mp: %s\n", last_text);
        }
        MPI_Errhandler_free(&handler);
    }
    MPI_Comm_call_errhandler(comm, error);
    return error;
}

int mpp_misuse(enum mp_error kind, MPI_Comm comm, const char *function, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_text(function, format, arguments);
    va_end(arguments);
    return call_handler(comm, mp_error_class(kind));
}

int mpp_bad_argument(MPI_Comm comm, const char *function, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep_text(function, format, arguments);
    va_end(arguments);
    return call_handler(comm, MPI_ERR_ARG);
}

int mpp_no_memory(MPI_Comm comm, const char *function, size_t bytes)
{
    snprintf(last_text, sizeof last_text, "%s: no memory for %zu bytes", function, bytes);
    return call_handler(comm, MPI_ERR_NO_MEM);
}

int mpp_is_death(int error)
{
#if MPI_VERSION >= 4
    int class = MPI_SUCCESS;
    return error && MPI_Error_class(error, &class) == MPI_SUCCESS && class == MPI_ERR_PROC_ABORTED;
#else
    (void)error;
    return 0;
#endif
}

int mpp_from_mpi(int error, const char *function)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    int class = MPI_ERR_OTHER;
    MPI_Error_string(error, text, &length);
    if (mpp_is_death(error)) {
        return mpp_state(MP_ERROR_PEER_DIED, function, "%s", text);
    }
    MPI_Error_class(error, &class);
    snprintf(last_text, sizeof last_text, "%s: %s", function, text);
    return class;
}

int mpp_raise_from_mpi(int error, MPI_Comm comm, const char *function)
{
    return call_handler(comm, mpp_from_mpi(error, function));
}

MPI_Errhandler mpp_hush_self(void)
{
    MPI_Errhandler before = MPI_ERRHANDLER_NULL;
    MPI_Comm_get_errhandler(MPI_COMM_SELF, &before);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    return before;
}

void mpp_unhush_self(MPI_Errhandler before)
{
    MPI_Comm_set_errhandler(MPI_COMM_SELF, before);
    if (before != MPI_ERRHANDLER_NULL) {
        MPI_Errhandler_free(&before);
    }
}
