/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of sessions. */
#include "comm/session.h"

#include <stdlib.h>

#include "base/error.h"
#include "comm/errhandler.h"

int mpr_session_make(struct mpr_errhandler *errhandler, struct mpr_session **session)
{
    struct mpr_session *made = malloc(sizeof(*made));
    if (made == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *made = (struct mpr_session){.object.references = 1, .errhandler = errhandler};
    mpr_errhandler_retain(errhandler);
    int code = mpr_handle_open(MPR_KIND_SESSION, &made->object);
    if (code != MPR_OK) {
        mpr_session_release(made);
        return code;
    }
    *session = made;
    return MPR_OK;
}

struct mpr_session *mpr_session_find(MPI_Session handle)
{
    return (struct mpr_session *)mpr_handle_find(MPR_KIND_SESSION, (uintptr_t)handle);
}

void mpr_session_free(struct mpr_session *session)
{
    mpr_handle_close(MPR_KIND_SESSION, &session->object);
    mpr_session_release(session);
}

void mpr_session_retain(struct mpr_session *session)
{
    session->object.references++;
}

void mpr_session_release(struct mpr_session *session)
{
    if (--session->object.references == 0) {
        mpr_errhandler_release(session->errhandler);
        free(session);
    }
}

void mpr_session_set_errhandler(struct mpr_session *session, struct mpr_errhandler *errhandler)
{
    mpr_errhandler_retain(errhandler);
    mpr_errhandler_release(session->errhandler);
    session->errhandler = errhandler;
}
