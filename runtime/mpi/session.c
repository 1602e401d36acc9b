/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions: start, end, and the process sets that groups are made of (MPI 5.0, 11.3). */
#include <string.h>

#include "comm/errhandler.h"
#include "comm/hints.h"
#include "comm/pset.h"
#include "mpi/api.h"
#include "mpi/runtime.h"
#include "p2p/bsend.h"

enum { REASON_BYTES = 512 };

static void answer(uintptr_t handle, struct mpr_errhandler *errhandler)
{
    mpr_api_answer((struct mpr_answerer){"a session", handle, errhandler});
}

int mpr_arg_session(MPI_Session session, struct mpr_session **found)
{
    *found = mpr_session_find(session);
    if (*found == NULL) {
        return mpr_raise(
            NULL, MPI_ERR_SESSION,
            session == MPI_SESSION_NULL
                ? "session is MPI_SESSION_NULL"
                : "session (%#llx) is no session: it was never initialized, or has been finalized",
            (unsigned long long)(uintptr_t)session);
    }
    answer((*found)->object.handle, (*found)->errhandler);
    return MPI_SUCCESS;
}

/* ---- Start and end ---- */

static const struct {
    const char *name;
    int level;
} levels[] = {
    {"MPI_THREAD_SINGLE", MPI_THREAD_SINGLE},
    {"MPI_THREAD_FUNNELED", MPI_THREAD_FUNNELED},
    {"MPI_THREAD_SERIALIZED", MPI_THREAD_SERIALIZED},
    {"MPI_THREAD_MULTIPLE", MPI_THREAD_MULTIPLE},
};

static int arg_level(const struct mpr_info *info, int *level)
{
    const char *value = info != NULL ? mpr_info_get(info, "thread_level") : NULL;

    *level = MPI_THREAD_SINGLE;
    if (value == NULL) {
        return MPI_SUCCESS;
    }
    for (size_t i = 0; i < mpr_array_count(levels); i++) {
        if (strcmp(value, levels[i].name) == 0) {
            *level = levels[i].level;
            return MPI_SUCCESS;
        }
    }
    return mpr_raise(NULL, MPI_ERR_INFO_VALUE,
                     "info says thread_level=%s, which is not the name of an MPI_THREAD_... level",
                     value);
}

static int make(int level, struct mpr_errhandler *errhandler, MPI_Session *session)
{
    char reason[REASON_BYTES];
    struct mpr_session *made;

    if (mpr_runtime_open(level, reason, sizeof(reason)) != MPR_OK) {
        return mpr_raise(NULL, MPI_ERR_OTHER, "%s", reason);
    }
    int code = mpr_session_make(errhandler, &made);
    if (code != MPR_OK) {
        mpr_runtime_close();
        return mpr_result(NULL, code);
    }
    *session = (MPI_Session)made->object.handle;
    return MPI_SUCCESS;
}

/* Predefined error handlers are known from here on. */
static int session_init(MPI_Info info, MPI_Errhandler errhandler, MPI_Session *session)
{
    struct mpr_errhandler *e;
    int level;

    MPR_TRY(mpr_result(NULL, mpr_errhandler_start()));
    MPR_TRY(mpr_arg_errhandler(NULL, errhandler, MPR_KIND_SESSION, &e));
    answer((uintptr_t)MPI_SESSION_NULL, e);
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(arg_level(mpr_info_find(info), &level));
    MPR_TRY(mpr_arg_pointer(NULL, "session", session));
    return make(level, e, session);
}

MPR_API(int, Session_init, (MPI_Info info, MPI_Errhandler errhandler, MPI_Session *session))
{
    return MPR_RUN_ANYTIME(Session_init, session_init(info, errhandler, session));
}

/* The handle goes first, since the buffer may have to be waited for. */
static int session_finalize(MPI_Session *session)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_pointer(NULL, "session", session));
    MPR_TRY(mpr_arg_session(*session, &s));
    mpr_session_retain(s);
    mpr_session_free(s);
    mpr_bsend_drop(&s->attached);
    mpr_session_release(s);
    mpr_runtime_close();
    *session = MPI_SESSION_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Session_finalize, (MPI_Session * session))
{
    return MPR_RUN(Session_finalize, session_finalize(session));
}

static int describe(struct mpr_info *info)
{
    int code = mpr_info_set(info, "mpi_memory_alloc_kinds", MPR_MEMORY_KINDS);

    for (size_t i = 0; code == MPR_OK && i < mpr_array_count(levels); i++) {
        if (levels[i].level == mpr_runtime_level()) {
            code = mpr_info_set(info, "thread_level", levels[i].name);
        }
    }
    return code;
}

static int session_get_info(MPI_Session session, MPI_Info *info_used)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_pointer(NULL, "info_used", info_used));
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(NULL, made, made != NULL ? describe(made) : MPR_OK, info_used);
}

MPR_API(int, Session_get_info, (MPI_Session session, MPI_Info *info_used))
{
    return MPR_RUN(Session_get_info, session_get_info(session, info_used));
}

/* ---- Process sets ---- */

static int session_get_num_psets(MPI_Session session, MPI_Info info, int *npset_names)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "npset_names", npset_names));
    *npset_names = MPR_PSET_LISTED_COUNT;
    return MPI_SUCCESS;
}

MPR_API(int, Session_get_num_psets, (MPI_Session session, MPI_Info info, int *npset_names))
{
    return MPR_RUN(Session_get_num_psets, session_get_num_psets(session, info, npset_names));
}

/* *pset_len counts the null at the end; with 0 only the length is asked for. */
static int session_get_nth_pset(MPI_Session session, MPI_Info info, int n, int *pset_len,
                                char *pset_name)
{
    char name[MPI_MAX_PSET_NAME_LEN];
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "pset_len", pset_len));
    if (n < 0 || n >= MPR_PSET_LISTED_COUNT) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "n is %d, but this process is in %d process sets, counted from 0", n,
                         MPR_PSET_LISTED_COUNT);
    }
    if (*pset_len < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "pset_len is %d, but must not be negative", *pset_len);
    }
    mpr_pset_name(n, name);
    if (*pset_len > 0) {
        MPR_TRY(mpr_arg_pointer(NULL, "pset_name", pset_name));
        size_t copied = strnlen(name, (size_t)*pset_len - 1);
        memcpy(pset_name, name, copied);
        pset_name[copied] = '\0';
    }
    *pset_len = (int)strlen(name) + 1;
    return MPI_SUCCESS;
}

MPR_API(int, Session_get_nth_pset,
        (MPI_Session session, MPI_Info info, int n, int *pset_len, char *pset_name))
{
    return MPR_RUN(Session_get_nth_pset,
                   session_get_nth_pset(session, info, n, pset_len, pset_name));
}

static int describe_set(int index, struct mpr_info *info)
{
    struct mpr_group *group = mpr_pset_group(index);
    if (group == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    int code = mpr_info_set_number(info, "mpi_size", group->size);
    mpr_group_release(group);
    return code;
}

static int session_get_pset_info(MPI_Session session, const char *pset_name, MPI_Info *info)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_pointer(NULL, "pset_name", pset_name));
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    int index = mpr_pset_find(pset_name);
    if (index < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "pset_name is \"%s\", but there is no such process set", pset_name);
    }
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(NULL, made, made != NULL ? describe_set(index, made) : MPR_OK, info);
}

MPR_API(int, Session_get_pset_info, (MPI_Session session, const char *pset_name, MPI_Info *info))
{
    return MPR_RUN(Session_get_pset_info, session_get_pset_info(session, pset_name, info));
}

/* There may be no set with such a name in this job: that is no error, and
 * MPI_GROUP_NULL says so. */
static int group_from_session_pset(MPI_Session session, const char *pset_name, MPI_Group *newgroup)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_pointer(NULL, "pset_name", pset_name));
    MPR_TRY(mpr_arg_pointer(NULL, "newgroup", newgroup));
    int index = mpr_pset_find(pset_name);
    if (index < 0) {
        *newgroup = MPI_GROUP_NULL;
        return MPI_SUCCESS;
    }
    struct mpr_group *made = mpr_pset_group(index);
    if (made != NULL) {
        mpr_group_set_session(made, s);
    }
    return mpr_give_group(made, newgroup);
}

MPR_API(int, Group_from_session_pset,
        (MPI_Session session, const char *pset_name, MPI_Group *newgroup))
{
    return MPR_RUN(Group_from_session_pset, group_from_session_pset(session, pset_name, newgroup));
}
