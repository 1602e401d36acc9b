/* SPDX-License-Identifier: BSD-3-Clause */
/* Entering and leaving the library, and raising errors.
 *
 * An error whose handler is fatal ends the job where it is raised, with everything known about it
 * at hand; any other is a code that the body hands to its caller. A handler of the user is noted
 * where the error is raised, and called on the way out. */
#include "mpi/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comm/errhandler.h"
#include "mpi/enter.h"
#include "mpi/errclass.h"
#include "mpi/errhandler_call.h"
#include "shm/job.h"

enum { TEXT_BYTES = 1024 };

_Thread_local struct mpr_api_present mpr_api_present;

static _Atomic int state; /* enum mpr_api_state */

/* What the last error that this thread has raised asks for. The text is not in here, because room
 * for variables of threads is scarce in a library that a running program loads. */
struct report {
    struct mpr_errhandler_function function; /* of no kind: nothing */
    uintptr_t handle;
    char *text; /* from malloc, or NULL */
    int error_class;
};

static _Thread_local struct report report;

enum mpr_api_state mpr_api_state(void)
{
    return (enum mpr_api_state)atomic_load_explicit(&state, memory_order_acquire);
}

void mpr_api_set_state(enum mpr_api_state new_state)
{
    atomic_store_explicit(&state, (int)new_state, memory_order_release);
    atomic_store_explicit(&mpr_job.control->in_world, new_state == MPR_API_RUNNING,
                          memory_order_relaxed);
}

void mpr_api_enter_anytime(enum mpr_call id)
{
    mpr_api_enter_anytime_inline(id);
}

void mpr_api_answer(struct mpr_answerer asked)
{
    mpr_api_present.answerer = asked;
}

MPR_COLD bool mpr_api_refuse(void)
{
    mpr_raise(NULL, MPI_ERR_OTHER,
              mpr_api_state() == MPR_API_BEFORE_INIT ? "it was called before MPI_Init"
                                                     : "it was called after MPI_Finalize");
    return false;
}

bool mpr_api_enter(enum mpr_call id)
{
    return mpr_api_enter_inline(id);
}

enum mpr_call mpr_api_step_out(void)
{
    mpr_api_step_out_inline();
    return mpr_api_present.call;
}

void mpr_api_step_in(enum mpr_call id)
{
    mpr_api_enter_anytime(id);
    if (mpr_likely(mpr_job.control != NULL)) {
        mpr_board_call(id);
    }
}

/* Calls the handler of the error that was raised last. It gets the error's text as a third argument
 * and may change the code, unless the call returns another one, which says where the error's is
 * found (MPI 5.0, 9.3.1). Its own calls may raise errors: the report is taken before. */
MPR_COLD int mpr_api_report(int code)
{
    struct report mine = report;
    int heard = mine.error_class;

    report = (struct report){0};
    if (mine.function.kind == 0) {
        return code;
    }
    mpr_errhandler_call(mine.function, mine.handle, &heard, mine.text != NULL ? mine.text : "");
    free(mine.text);
    return code == mine.error_class ? heard : code;
}

int mpr_api_leave(int code)
{
    return mpr_api_leave_inline(code);
}

/* The whole story in one line, for the one who has to find the mistake: «MPI_Send on
 * MPI_COMM_WORLD: dest is 9, but MPI_COMM_WORLD has ranks 0 to 7 (MPI_ERR_RANK)». Then the end. */
MPR_COLD MPR_NORETURN static void die(const char *name, int error_class, const char *text)
{
    const char *class_name = mpr_errclass_name(error_class);

    mpr_job_fail(error_class, "%s%s%s: %s (%s)", mpr_call_name(mpr_api_present.call),
                 name != NULL ? " on " : "", name != NULL ? name : "", text,
                 class_name != NULL ? class_name : "an error code of the program");
}

/* Errors on no communicator are raised on MPI_COMM_SELF, since MPI 4.0. Before, it was
 * MPI_COMM_WORLD, where programs of that time have chosen their handler: it serves as long as
 * nobody has chosen one for MPI_COMM_SELF. */
static struct mpr_answerer default_answerer(void)
{
    if (mpr_comm_self->has_chosen_errhandler) {
        return (struct mpr_answerer){.handle = (uintptr_t)MPI_COMM_SELF,
                                     .errhandler = mpr_comm_self->errhandler};
    }
    return (struct mpr_answerer){.handle = (uintptr_t)MPI_COMM_WORLD,
                                 .errhandler = mpr_comm_world->errhandler};
}

/* Who answers for an error on `comm`. Where there is nobody, the error is fatal. */
static struct mpr_answerer find_answerer(const struct mpr_comm *comm)
{
    if (comm != NULL) {
        return (struct mpr_answerer){
            .name = comm->name[0] != '\0' ? comm->name : "a communicator without a name",
            .handle = (uintptr_t)mpr_comm_handle(comm),
            .errhandler = comm->errhandler,
        };
    }
    if (mpr_api_present.answerer.errhandler != NULL) {
        return mpr_api_present.answerer;
    }
    return mpr_api_state() == MPR_API_RUNNING ? default_answerer() : (struct mpr_answerer){0};
}

int mpr_raise(struct mpr_comm *comm, int error_class, const char *format, ...)
{
    const struct mpr_answerer asked = find_answerer(comm);
    bool is_fatal = asked.errhandler == NULL || asked.errhandler->kind < MPR_ERRHANDLER_RETURN;
    char text[TEXT_BYTES];
    va_list arguments;

    if (!is_fatal && asked.errhandler->function.kind == 0) {
        report.function.kind = 0;
        return error_class;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (is_fatal) {
        die(asked.name, error_class, text);
    }
    free(report.text);
    report = (struct report){asked.errhandler->function, asked.handle, strdup(text), error_class};
    return error_class;
}

static int class_of(int code)
{
    switch (code) {
    case MPR_ERR_NO_MEMORY:
        return MPI_ERR_NO_MEM;
    case MPR_ERR_TRUNCATE:
        return MPI_ERR_TRUNCATE;
    case MPR_ERR_NO_SPACE:
        return MPI_ERR_BUFFER;
    case MPR_ERR_OVERLAP:
        return MPI_ERR_COMM;
    case MPR_ERR_PEER:
        return MPI_ERR_PROC_ABORTED;
    case MPR_ERR_ARGUMENT:
        return MPI_ERR_ARG;
    case MPR_ERR_SPAWN:
        return MPI_ERR_SPAWN;
    case MPR_ERR_PORT:
        return MPI_ERR_PORT;
    case MPR_ERR_SERVICE:
        return MPI_ERR_SERVICE;
    case MPR_ERR_NAME:
        return MPI_ERR_NAME;
    case MPR_ERR_INFO:
        return MPI_ERR_INFO;
    case MPR_ERR_INFO_VALUE:
        return MPI_ERR_INFO_VALUE;
    case MPR_ERR_UNSUPPORTED:
        return MPI_ERR_UNSUPPORTED_OPERATION;
    case MPR_ERR_SYSTEM:
    case MPR_ERR_LIMIT:
    case MPR_ERR_CALLBACK:
        return MPI_ERR_OTHER;
    default:
        return MPI_ERR_INTERN;
    }
}

int mpr_error_class(int code)
{
    return code == MPR_OK ? MPI_SUCCESS : class_of(code);
}

/* Lists the ranks of `comm` that have died, as many as there is room for. Returns how many. */
static int list_dead(const struct mpr_comm *comm, char *list, size_t list_bytes)
{
    const size_t rank_bytes = sizeof(", 2147483647");
    size_t used = 0;
    int count = 0;

    for (int rank = mpr_comm_find_dead(comm, 0); rank >= 0 && used + rank_bytes <= list_bytes;
         rank = mpr_comm_find_dead(comm, rank + 1)) {
        const char *before = count > 0 ? ", " : "";
        used += (size_t)snprintf(list + used, list_bytes - used, "%s%d", before, rank);
        count++;
    }
    return count;
}

MPR_COLD static int raise_result(struct mpr_comm *comm, int code)
{
    char list[100];
    int dead_count =
        code == MPR_ERR_PEER && comm != NULL ? list_dead(comm, list, sizeof(list)) : 0;

    if (dead_count > 0) {
        return mpr_raise(comm, class_of(code), "rank%s %s of it %s died", dead_count > 1 ? "s" : "",
                         list, dead_count > 1 ? "have" : "has");
    }
    return mpr_raise(comm, class_of(code), "%s", mpr_error_text(code));
}

int mpr_result(struct mpr_comm *comm, int code)
{
    return mpr_likely(code == MPR_OK) ? MPI_SUCCESS : raise_result(comm, code);
}
