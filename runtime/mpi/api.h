/* SPDX-License-Identifier: BSD-3-Clause */
/* How an entry point is written: check, call, convert.
 *
 *     static int send(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest, int tag,
 *                     MPI_Comm comm, enum mpr_send_mode mode)
 *     {
 *         struct mpr_comm *c;
 *         struct mpr_type *t;
 *         MPR_TRY(mpr_arg_comm(comm, &c));
 *         MPR_TRY(mpr_arg_data(c, buf, count, datatype, &t));
 *         MPR_TRY(mpr_arg_dest(c, dest));
 *         MPR_TRY(mpr_arg_send_tag(c, "tag", tag));
 *         return mpr_result(c, mpr_send(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode));
 *     }
 *
 *     MPR_API(int, Send, (const void *buf, int count, ...))
 *     {
 *         return MPR_RUN(Send, send(buf, count, datatype, dest, tag, comm, MPR_SEND_STANDARD));
 *     }
 *
 * The int and the _c form share the static body. A body runs under the library's lock and returns
 * MPI_SUCCESS or what mpr_raise() gave it, if that came back at all: a fatal error ends the job
 * there. Argument checks come before any effect, so that bad input loses nothing. Messages name the
 * argument as the standard's binding does, its value, and what would be right: «dest is 9, but
 * MPI_COMM_WORLD has ranks 0 to 7»; function, communicator and rank are added.
 *
 * Functions of the user (error handlers, those of attributes) may call MPI, so none ever runs under
 * the lock. An error handler is called by MPR_RUN on the way out, as the last thing. A body that
 * needs any other function calls it between mpr_api_step_out() and mpr_api_step_in(), after which
 * the world may be another one: what the body still needs of it must be retained before or looked
 * up anew, and nothing may be left half-done meanwhile. The layers below do not call the user. */
#ifndef MPR_MPI_API_H
#define MPR_MPI_API_H

#include <stdbool.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/error.h"
#include "comm/comm.h"
#include "comm/group.h"
#include "comm/info.h"
#include "comm/session.h"
#include "mpi.h"
#include "p2p/request.h"
#include "type/op.h"
#include "type/type.h"

/* Defines PMPI_name and makes MPI_name its weak alias. */
#define MPR_API(returns, name, parameters)                                                         \
    MPR_EXPORT returns PMPI_##name parameters;                                                     \
    MPR_EXPORT returns MPI_##name parameters __attribute__((weak, alias("PMPI_" #name)));          \
    returns PMPI_##name parameters

/* Evaluates `body` inside the library as the call MPI_name: after MPI_Init or in a session, under
 * the lock, shown on the status board; then reports its error, if any. */
#define MPR_RUN(name, body)                                                                        \
    (mpr_unlikely(!mpr_api_enter(MPR_CALL_##name)) ? mpr_api_leave(MPI_ERR_OTHER)                  \
                                                   : mpr_api_leave(body))

/* The same for the few calls that are allowed before MPI_Init and after MPI_Finalize. */
#define MPR_RUN_ANYTIME(name, body) (mpr_api_enter_anytime(MPR_CALL_##name), mpr_api_leave(body))

#define MPR_TRY(check)                                                                             \
    do {                                                                                           \
        int mpr_try_code = (check);                                                                \
        if (mpr_unlikely(mpr_try_code != MPI_SUCCESS)) {                                           \
            return mpr_try_code;                                                                   \
        }                                                                                          \
    } while (0)

bool mpr_api_enter(enum mpr_call call); /* false: MPI is not initialized (raised) */
void mpr_api_enter_anytime(enum mpr_call call);
int mpr_api_leave(int code);

/* Leaves the library in the midst of a call, for a function of the user, and comes back. */
enum mpr_call mpr_api_step_out(void);
void mpr_api_step_in(enum mpr_call call); /* what mpr_api_step_out() has returned */

/* Whose error handler answers for the errors of the present call that are raised on no
 * communicator: from here to the end of the call, and instead of MPI_COMM_SELF's (MPI 5.0, 9.3) or
 * MPI_COMM_WORLD's. */
struct mpr_answerer {
    const char *name; /* for the one who reads the error: "a session"; NULL: it has none */
    uintptr_t handle; /* for the handler */
    struct mpr_errhandler *errhandler;
};
void mpr_api_answer(struct mpr_answerer answerer);

/* Raises an error of class `error_class` in the present call on `comm` (NULL: on none). Returns
 * error_class, unless the handler ends the job; the body must return it too, or MPI_ERR_IN_STATUS
 * when it has put it there. */
int mpr_raise(struct mpr_comm *comm, int error_class, const char *format, ...) MPR_PRINTF(3, 4);

/* An mpr error of the inside as an MPI error class, raised with a text of its own. 0 stays 0. */
int mpr_result(struct mpr_comm *comm, int code);

/* The MPI error class of an mpr error, for statuses. 0 is MPI_SUCCESS. */
int mpr_error_class(int code);

/* Argument checks. Each returns MPI_SUCCESS or has raised the standard's class. */
int mpr_arg_intra(MPI_Comm comm, struct mpr_comm **found); /* no intercommunicator */
int mpr_arg_comm_named(const char *name, MPI_Comm comm, struct mpr_comm **found);
int mpr_arg_intra_named(const char *name, MPI_Comm comm, struct mpr_comm **found);
int mpr_arg_inter(const char *name, MPI_Comm comm, struct mpr_comm **found); /* it is one */
static inline int mpr_arg_comm(MPI_Comm comm, struct mpr_comm **found)
{
    *found = mpr_comm_find(comm);
    return mpr_likely(*found != NULL) ? MPI_SUCCESS : mpr_arg_comm_named("comm", comm, found);
}
int mpr_arg_session(MPI_Session session, struct mpr_session **found); /* it answers from here on */
int mpr_arg_errhandler(struct mpr_comm *comm, MPI_Errhandler handle, enum mpr_kind kind,
                       struct mpr_errhandler **found); /* that objects of `kind` can have */
int mpr_arg_group(struct mpr_comm *comm, const char *name, MPI_Group group,
                  struct mpr_group **found);
int mpr_arg_type(struct mpr_comm *comm, const char *name, MPI_Datatype type,
                 struct mpr_type **found); /* any type */
int mpr_arg_committed(struct mpr_comm *comm, const char *name, MPI_Datatype type,
                      struct mpr_type **found);
int mpr_arg_data(struct mpr_comm *comm, const void *buf, MPI_Count count, MPI_Datatype datatype,
                 struct mpr_type **found); /* buffer, count >= 0, committed type */
int mpr_arg_op(struct mpr_comm *comm, MPI_Op op, struct mpr_type *type, struct mpr_op **found);
int mpr_arg_op_any(struct mpr_comm *comm, MPI_Op op, struct mpr_op **found); /* for any type */
int mpr_arg_count(struct mpr_comm *comm, const char *name, MPI_Count count); /* >= 0 */
int mpr_arg_bytes(struct mpr_comm *comm, const char *name, MPI_Count count,
                  const struct mpr_type *type); /* so many items have bytes that can be counted */
int mpr_arg_dest(struct mpr_comm *comm, int dest);      /* rank or MPI_PROC_NULL */
int mpr_arg_source(struct mpr_comm *comm, int source);  /* also MPI_ANY_SOURCE */
int mpr_arg_send_tag(struct mpr_comm *comm, const char *name, int tag); /* 0 to MPI_TAG_UB */
int mpr_arg_recv_tag(struct mpr_comm *comm, const char *name, int tag); /* also MPI_ANY_TAG */
int mpr_arg_info(struct mpr_comm *comm, MPI_Info info); /* also MPI_INFO_NULL */
int mpr_arg_info_object(MPI_Info info, struct mpr_info **found); /* not MPI_INFO_NULL */
int mpr_arg_root(struct mpr_comm *comm, int root);
int mpr_arg_pointer(struct mpr_comm *comm, const char *name, const void *pointer); /* not NULL */

/* Whether `count` items at `buffer` are plainly right, and their type. If not they may be right all
 * the same, which the functions here find out, and say what is wrong. */
static inline bool mpr_arg_is_plain(const void *buffer, MPI_Count count, MPI_Datatype datatype,
                                    struct mpr_type **found)
{
    struct mpr_type *type = (struct mpr_type *)mpr_handle_find(MPR_KIND_TYPE, (uintptr_t)datatype);
    MPI_Count bytes;

    *found = type;
    return mpr_likely(type != NULL && type->committed && count >= 0 &&
                      !__builtin_mul_overflow(count, type->size_bytes, &bytes) && buffer != NULL &&
                      buffer != MPI_IN_PLACE);
}

/* All that a probe, a send or a receive takes. */
int mpr_arg_probe(int source, int tag, MPI_Comm comm, struct mpr_comm **c);
int mpr_arg_send(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest, int tag,
                 MPI_Comm comm, struct mpr_comm **found_comm, struct mpr_type **found_type);
int mpr_arg_recv(const void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                 MPI_Comm comm, struct mpr_comm **found_comm, struct mpr_type **found_type);

/* Hands a new info object to the user. `made` may be NULL for lack of memory; `code` is the mpr
 * error of filling it, in which case it is freed. */
int mpr_give_info(struct mpr_comm *comm, struct mpr_info *made, int code, MPI_Info *info);

/* The largest tag: MPI_TAG_UB. */
#define MPR_TAG_MAX 0x7fffffff

/* Gives the user a handle to a new group, whose reference it takes; NULL: there was no memory. */
int mpr_give_group(struct mpr_group *made, MPI_Group *newgroup);

/* States of the world in this process. */
enum mpr_api_state { MPR_API_BEFORE_INIT, MPR_API_RUNNING, MPR_API_AFTER_FINALIZE };
enum mpr_api_state mpr_api_state(void);
void mpr_api_set_state(enum mpr_api_state state);

/* The library's functions take NULL for "no status". */
static inline MPI_Status *mpr_status_wanted(MPI_Status *status)
{
    return status == MPI_STATUS_IGNORE ? NULL : status;
}

#endif
