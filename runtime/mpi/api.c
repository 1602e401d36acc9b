/* SPDX-License-Identifier: BSD-3-Clause */
/* Entering and leaving the library, and reporting errors.
 *
 * An error is noted while the body runs (under the lock) and reported on the way out (without it),
 * because the report may end the process or, later, call a handler of the user, which may call MPI.
 * What is noted belongs to the thread. */
#include "mpi/api.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/lock.h"
#include "comm/errhandler.h"
#include "mpi/errclass.h"
#include "shm/board.h"
#include "shm/job.h"

enum { TEXT_BYTES = 1024 };

struct call {
    enum mpr_call id;
    bool is_inside; /* between MPI_Init and MPI_Finalize: shown on the status board */
    bool has_error;
    int error_class;
    struct mpr_comm *comm; /* whose handler is asked; NULL: MPI_COMM_SELF's */
    char text[TEXT_BYTES];
};

static _Thread_local struct call call;
static _Atomic int state; /* enum mpr_api_state */

enum mpr_api_state mpr_api_state(void)
{
    return (enum mpr_api_state)atomic_load_explicit(&state, memory_order_acquire);
}

void mpr_api_set_state(enum mpr_api_state new_state)
{
    atomic_store_explicit(&state, (int)new_state, memory_order_release);
}

bool mpr_api_enter(enum mpr_call id)
{
    mpr_api_enter_anytime(id);
    if (mpr_unlikely(mpr_api_state() != MPR_API_RUNNING)) {
        mpr_raise(NULL, MPI_ERR_OTHER,
                  mpr_api_state() == MPR_API_BEFORE_INIT
                      ? "it was called before MPI_Init"
                      : "it was called after MPI_Finalize");
        return false;
    }
    call.is_inside = true;
    mpr_board_call(id);
    return true;
}

void mpr_api_enter_anytime(enum mpr_call id)
{
    mpr_lock();
    call.id = id;
    call.has_error = false;
    call.is_inside = false;
}

int mpr_raise(struct mpr_comm *comm, int error_class, const char *format, ...)
{
    va_list arguments;

    call.has_error = true;
    call.error_class = error_class;
    call.comm = comm;
    va_start(arguments, format);
    vsnprintf(call.text, sizeof(call.text), format, arguments);
    va_end(arguments);
    return error_class;
}

/* The whole story in one line, for the one who has to find the mistake: «MPI_Send on MPI_COMM_WORLD:
 * dest is 9, but MPI_COMM_WORLD has ranks 0 to 7 (MPI_ERR_RANK)». */
MPR_COLD static void tell(void)
{
    const struct mpr_comm *comm = call.comm;
    const char *class_name = mpr_errclass_name(call.error_class);

    mpr_say("%s%s%s: %s (%s)", mpr_call_name(call.id), comm != NULL ? " on " : "",
            comm == NULL           ? ""
            : comm->name[0] != '\0' ? comm->name
                                    : "a communicator without a name",
            call.text, class_name != NULL ? class_name : "an error code of the program");
}

static enum mpr_errhandler_kind handler_kind(void)
{
    struct mpr_comm *comm = call.comm != NULL ? call.comm : mpr_comm_self;
    return comm != NULL && mpr_api_state() == MPR_API_RUNNING ? comm->errhandler->kind
                                                              : MPR_ERRHANDLER_FATAL;
}

MPR_COLD static int report(int code)
{
    if (handler_kind() == MPR_ERRHANDLER_RETURN) {
        return code;
    }
    tell();
    mpr_job_abort(call.error_class);
}

int mpr_api_leave(int code)
{
    if (call.is_inside) {
        mpr_board_call(MPR_CALL_NONE);
    }
    mpr_unlock();
    return mpr_likely(!call.has_error) ? code : report(code);
}

static int class_of(int code)
{
    switch (code) {
    case MPR_ERR_NO_MEMORY:
        return MPI_ERR_NO_MEM;
    case MPR_ERR_TRUNCATE:
        return MPI_ERR_TRUNCATE;
    case MPR_ERR_PEER:
        return MPI_ERR_PROC_ABORTED;
    case MPR_ERR_ARGUMENT:
        return MPI_ERR_ARG;
    case MPR_ERR_UNSUPPORTED:
        return MPI_ERR_UNSUPPORTED_OPERATION;
    case MPR_ERR_SYSTEM:
    case MPR_ERR_LIMIT:
        return MPI_ERR_OTHER;
    default:
        return MPI_ERR_INTERN;
    }
}

int mpr_error_class(int code)
{
    return code == MPR_OK ? MPI_SUCCESS : class_of(code);
}

int mpr_result(struct mpr_comm *comm, int code)
{
    return mpr_likely(code == MPR_OK) ? MPI_SUCCESS
                                      : mpr_raise(comm, class_of(code), "%s", mpr_error_text(code));
}
