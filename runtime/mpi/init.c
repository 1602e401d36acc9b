/* SPDX-License-Identifier: BSD-3-Clause */
/* The world model: start and end of MPI in a process (MPI 5.0, 11.2 and 11.4 to 11.6). */
#include <pthread.h>
#include <stdlib.h>

#include "coll/connect.h"
#include "mpi/api.h"
#include "mpi/attribute_call.h"
#include "mpi/runtime.h"
#include "p2p/bsend.h"
#include "shm/job.h"

enum { REASON_BYTES = 512 };

static int thread_level = MPI_THREAD_SINGLE;
static pthread_t main_thread;

/* ---- MPI_Init ---- */

/* An error of MPI_Init ends the process: there is no communicator yet whose handler could do
 * anything else. A rank of a job tells the launcher by its exit status. */
static MPR_NORETURN void fail(const char *reason)
{
    mpr_say("MPI_Init: %s", reason);
    exit(EXIT_FAILURE);
}

static int init(int required)
{
    char reason[REASON_BYTES];

    if (mpr_api_state() != MPR_API_BEFORE_INIT) {
        return mpr_raise(NULL, MPI_ERR_OTHER,
                         "MPI was initialized before; a process may do so once");
    }
    if (mpr_runtime_open(required, reason, sizeof(reason)) != MPR_OK) {
        fail(reason);
    }
    int code = mpr_connect_parent();
    if (code != MPR_OK) {
        fail(mpr_error_text(code));
    }
    mpr_comm_open_world();
    thread_level = required;
    main_thread = pthread_self();
    mpr_api_set_state(MPR_API_RUNNING);
    return MPI_SUCCESS;
}

MPR_API(int, Init, (int *argc, char ***argv))
{
    (void)argc;
    (void)argv;
    return MPR_RUN_ANYTIME(Init, init(MPI_THREAD_SINGLE));
}

static int init_thread(int required, int *provided)
{
    if (required != MPI_THREAD_SINGLE && required != MPI_THREAD_FUNNELED &&
        required != MPI_THREAD_SERIALIZED && required != MPI_THREAD_MULTIPLE) {
        return mpr_raise(NULL, MPI_ERR_ARG, "required is %d, which is no MPI_THREAD_... level",
                         required);
    }
    MPR_TRY(mpr_arg_pointer(NULL, "provided", provided));
    MPR_TRY(init(required));
    *provided = required;
    return MPI_SUCCESS;
}

MPR_API(int, Init_thread, (int *argc, char ***argv, int required, int *provided))
{
    (void)argc;
    (void)argv;
    return MPR_RUN_ANYTIME(Init_thread, init_thread(required, provided));
}

/* ---- Inquiry ---- */

static int initialized(int *flag)
{
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_api_state() != MPR_API_BEFORE_INIT;
    return MPI_SUCCESS;
}

MPR_API(int, Initialized, (int *flag))
{
    return MPR_RUN_ANYTIME(Initialized, initialized(flag));
}

static int finalized(int *flag)
{
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_api_state() == MPR_API_AFTER_FINALIZE;
    return MPI_SUCCESS;
}

MPR_API(int, Finalized, (int *flag))
{
    return MPR_RUN_ANYTIME(Finalized, finalized(flag));
}

/* These are about MPI_Init, whatever sessions there are. */
static int in_world(void)
{
    return mpr_api_state() == MPR_API_RUNNING
               ? MPI_SUCCESS
               : mpr_raise(NULL, MPI_ERR_OTHER, "it was called %s",
                           mpr_api_state() == MPR_API_BEFORE_INIT ? "before MPI_Init"
                                                                  : "after MPI_Finalize");
}

static int query_thread(int *provided)
{
    MPR_TRY(in_world());
    MPR_TRY(mpr_arg_pointer(NULL, "provided", provided));
    *provided = thread_level;
    return MPI_SUCCESS;
}

MPR_API(int, Query_thread, (int *provided))
{
    return MPR_RUN(Query_thread, query_thread(provided));
}

static int is_thread_main(int *flag)
{
    MPR_TRY(in_world());
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = pthread_equal(pthread_self(), main_thread) != 0;
    return MPI_SUCCESS;
}

MPR_API(int, Is_thread_main, (int *flag))
{
    return MPR_RUN(Is_thread_main, is_thread_main(flag));
}

/* ---- The end ---- */

/* Before anything else ends, MPI_COMM_SELF loses its attributes (MPI 5.0, 11.2.3): that is how
 * libraries hear of the end. When a delete function fails, MPI goes on. */
static int delete_attributes(struct mpr_comm *comm)
{
    struct mpr_holder holder = mpr_comm_holder(comm);
    int error = mpr_attributes_delete_all(&holder);
    return error != MPI_SUCCESS ? mpr_raise_attribute(&holder, error) : MPI_SUCCESS;
}

static int finalize(void)
{
    MPR_TRY(in_world());
    MPR_TRY(delete_attributes(mpr_comm_self));
    MPR_TRY(delete_attributes(mpr_comm_world));
    mpr_bsend_drop(&mpr_comm_self->attached);
    mpr_bsend_drop(&mpr_comm_world->attached);
    mpr_comm_close_world();
    mpr_api_set_state(MPR_API_AFTER_FINALIZE);
    mpr_runtime_close();
    return MPI_SUCCESS;
}

MPR_API(int, Finalize, (void))
{
    return MPR_RUN(Finalize, finalize());
}

/* One line in the whole job says who has aborted: the launcher's, where there is one. */
static int abort_job(MPI_Comm comm, int errorcode)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!mpr_job.launched) {
        mpr_say("MPI_Abort(%s, %d)", c->name[0] != '\0' ? c->name : "unnamed communicator",
                errorcode);
    }
    mpr_job_abort(errorcode);
}

MPR_API(int, Abort, (MPI_Comm comm, int errorcode))
{
    return MPR_RUN(Abort, abort_job(comm, errorcode));
}
