/* SPDX-License-Identifier: BSD-3-Clause */
/* Entering and leaving the library without a function call, and checking the arguments of a message
 * at a glance: for the calls that carry messages and for collectives, where this is a good part of
 * the time that a small one takes. All others use MPR_RUN and the checks of mpi/api.h, which say
 * the same in functions. */
#ifndef MPR_MPI_ENTER_H
#define MPR_MPI_ENTER_H

#include "base/compiler.h"
#include "base/lock.h"
#include "coll/schedule.h"
#include "mpi/api.h"
#include "mpi/runtime.h"
#include "p2p/bury.h"
#include "p2p/wait.h"
#include "shm/board.h"

/* What this thread is doing in the library. Found without a function call. */
struct mpr_api_present {
    enum mpr_call call;
    struct mpr_answerer answerer; /* named by mpr_api_answer(); without a handler: nobody */
};
extern MPR_HIDDEN _Thread_local struct mpr_api_present mpr_api_present
    __attribute__((tls_model("initial-exec")));

/* Raises that MPI is not initialized. */
bool mpr_api_refuse(void);

/* Reports the error `code` of the present call, outside of the lock: calls the handler of the user,
 * if it has one. Returns what the call returns. */
int mpr_api_report(int code);

/* MPR_RUN, in line. */
#define MPR_RUN_INLINE(name, body)                                                                 \
    (mpr_unlikely(!mpr_api_enter_inline(MPR_CALL_##name)) ? mpr_api_leave_inline(MPI_ERR_OTHER)    \
                                                          : mpr_api_leave_inline(body))

static inline void mpr_api_enter_anytime_inline(enum mpr_call call)
{
    mpr_lock();
    mpr_api_present.call = call;
    mpr_api_present.answerer.errhandler = NULL;
}

static inline bool mpr_api_enter_inline(enum mpr_call call)
{
    mpr_api_enter_anytime_inline(call);
    if (mpr_unlikely(!mpr_runtime_is_open())) {
        return mpr_api_refuse();
    }
    mpr_board_call(call);
    if (mpr_unlikely(mpr_schedule_active_count > 0 || mpr_bury_is_due())) {
        mpr_schedules_progress();
    }
    return true;
}

static inline void mpr_api_step_out_inline(void)
{
    if (mpr_likely(mpr_job.control != NULL)) {
        mpr_board_call(MPR_CALL_NONE);
    }
    if (mpr_unlikely(mpr_lock_is_held)) {
        mpr_wait_show_sleeper();
    }
    mpr_unlock();
}

static inline int mpr_api_leave_inline(int code)
{
    mpr_api_step_out_inline();
    return mpr_likely(code == MPI_SUCCESS) ? code : mpr_api_report(code);
}

/* Whether the arguments of a message to or from `rank` are plainly right; the objects that they
 * name. If not they may be right all the same, which the functions of mpi/api.h find out. */
static MPR_INLINE bool mpr_args_are_plain(const void *buf, MPI_Count count, MPI_Datatype datatype,
                                          int rank, int tag, MPI_Comm comm,
                                          struct mpr_comm **found_comm,
                                          struct mpr_type **found_type)
{
    struct mpr_comm *c = mpr_comm_find(comm);

    *found_comm = c;
    return mpr_likely(c != NULL && mpr_arg_is_plain(buf, count, datatype, found_type) && tag >= 0 &&
                      (unsigned)rank < (unsigned)c->remote_size);
}

/* mpr_result(), in line where there is no error. */
static inline int mpr_result_inline(struct mpr_comm *comm, int code)
{
    return mpr_likely(code == MPR_OK) ? MPI_SUCCESS : mpr_result(comm, code);
}

#endif
