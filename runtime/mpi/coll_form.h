/* SPDX-License-Identifier: BSD-3-Clause */
/* The forms in which every collective can be called: blocking, nonblocking and persistent, each
 * with int and with large counts.
 *
 * One body serves them all. It checks the arguments, begins the call in the form that is asked for,
 * calls the inside, and ends it:
 *
 *     static int bcast(void *buffer, MPI_Count count, MPI_Datatype datatype, int root,
 *                      MPI_Comm comm, const struct mpr_form *form)
 *     {
 *         struct mpr_coll coll;
 *         ...
 *         MPR_TRY(mpr_form_begin(form, c, &coll));
 *         mpr_form_hold(&coll, type, NULL, NULL);
 *         mpr_bcast(&coll, buffer, count, type, root);
 *         return mpr_form_end(form, &coll);
 *     }
 *
 *     MPR_COLLECTIVE(Bcast, Ibcast, , bcast, (void *buffer, int count, ...), (buffer, count, ...))
 *     MPR_COLLECTIVE(Bcast, Ibcast, _c, bcast, (void *buffer, MPI_Count count, ...), (...))
 *
 * The body is called with these arguments and the form. */
#ifndef MPR_MPI_COLL_FORM_H
#define MPR_MPI_COLL_FORM_H

#include "coll/coll.h"
#include "mpi/enter.h"

struct mpr_form {
    enum { MPR_FORM_BLOCKING, MPR_FORM_NONBLOCKING, MPR_FORM_PERSISTENT } kind;
    MPI_Info info;        /* of a persistent call */
    MPI_Request *request; /* of all but blocking ones */
};

int mpr_form_begin_request(const struct mpr_form *form, struct mpr_comm *comm,
                           struct mpr_coll *coll);
int mpr_form_end_request(const struct mpr_form *form, struct mpr_coll *coll);

/* Checks the arguments of the form, and begins a call on `comm`. Returns MPI_SUCCESS, or has raised
 * an error. */
static inline int mpr_form_begin(const struct mpr_form *form, struct mpr_comm *comm,
                                 struct mpr_coll *coll)
{
    if (form->kind != MPR_FORM_BLOCKING) {
        return mpr_form_begin_request(form, comm, coll);
    }
    mpr_coll_begin(comm, coll);
    return MPI_SUCCESS;
}

/* The types and the operator of the call stay until it ends, even if another thread frees them in
 * the meantime; NULL where there is none. A schedule does that by itself. */
static inline void mpr_form_hold(struct mpr_coll *coll, struct mpr_type *first,
                                 struct mpr_type *second, struct mpr_op *op)
{
    if (coll->schedule != NULL) {
        return;
    }
    coll->types[0] = first;
    coll->types[1] = second;
    coll->op = op;
    if (first != NULL) {
        mpr_type_retain(first);
    }
    if (second != NULL) {
        mpr_type_retain(second);
    }
    if (op != NULL) {
        mpr_op_retain(op);
    }
}

static inline void mpr_form_drop(const struct mpr_coll *coll)
{
    for (int i = 0; i < 2; i++) {
        if (coll->types[i] != NULL) {
            mpr_type_release(coll->types[i]);
        }
    }
    if (coll->op != NULL) {
        mpr_op_release(coll->op);
    }
}

/* Ends it: raises its error, if any, or hands out the request. */
static inline int mpr_form_end(const struct mpr_form *form, struct mpr_coll *coll)
{
    if (form->kind != MPR_FORM_BLOCKING) {
        return mpr_form_end_request(form, coll);
    }
    mpr_form_drop(coll);
    return mpr_result(coll->comm, coll->error);
}

#define MPR_FORM_LIST(...) __VA_ARGS__

#define MPR_COLLECTIVE(name, iname, suffix, body, parameters, arguments)                           \
    MPR_API(int, name##suffix, parameters)                                                         \
    {                                                                                              \
        static const struct mpr_form form = {.kind = MPR_FORM_BLOCKING};                           \
        return MPR_RUN_INLINE(name##suffix, body(MPR_FORM_LIST arguments, &form));                 \
    }                                                                                              \
    MPR_API(int, iname##suffix, (MPR_FORM_LIST parameters, MPI_Request * request))                 \
    {                                                                                              \
        const struct mpr_form form = {.kind = MPR_FORM_NONBLOCKING, .request = request};           \
        return MPR_RUN(iname##suffix, body(MPR_FORM_LIST arguments, &form));                       \
    }                                                                                              \
    MPR_API(int, name##_init##suffix,                                                              \
            (MPR_FORM_LIST parameters, MPI_Info info, MPI_Request * request))                      \
    {                                                                                              \
        const struct mpr_form form = {                                                             \
            .kind = MPR_FORM_PERSISTENT, .info = info, .request = request};                        \
        return MPR_RUN(name##_init##suffix, body(MPR_FORM_LIST arguments, &form));                 \
    }

#endif
