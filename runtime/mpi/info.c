/* SPDX-License-Identifier: BSD-3-Clause */
/* Info objects (MPI 5.0, chapter 10). All of these calls are allowed at any time. */
#include "comm/info.h"

#include <string.h>

#include "mpi/api.h"

/* ---- Arguments ---- */

int mpr_arg_info(struct mpr_comm *comm, MPI_Info info)
{
    if (mpr_likely(info == MPI_INFO_NULL || mpr_info_find(info) != NULL)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_INFO,
                     "info (%#llx) is no info object: it was never made, or has been freed",
                     (unsigned long long)(uintptr_t)info);
}

int mpr_arg_info_object(MPI_Info info, struct mpr_info **found)
{
    MPR_TRY(mpr_arg_info(NULL, info));
    if (info == MPI_INFO_NULL) {
        return mpr_raise(NULL, MPI_ERR_INFO, "info is MPI_INFO_NULL");
    }
    *found = mpr_info_find(info);
    return MPI_SUCCESS;
}

/* An info object that belongs to the program. */
static int arg_own(MPI_Info info, struct mpr_info **found)
{
    if (info == MPI_INFO_ENV) {
        return mpr_raise(NULL, MPI_ERR_INFO,
                         "info is MPI_INFO_ENV, which cannot be changed: MPI_Info_dup copies it");
    }
    return mpr_arg_info_object(info, found);
}

static int arg_text(const char *name, const char *text, size_t bytes_max, int error_class)
{
    if (text == NULL) {
        return mpr_raise(NULL, error_class, "%s is NULL, but the call needs it", name);
    }
    if (strnlen(text, bytes_max) == bytes_max) {
        return mpr_raise(NULL, error_class, "%s has %zu characters; at most %zu are allowed", name,
                         strlen(text), bytes_max - 1);
    }
    return MPI_SUCCESS;
}

static int arg_key(const char *key)
{
    MPR_TRY(arg_text("key", key, MPI_MAX_INFO_KEY, MPI_ERR_INFO_KEY));
    return key[0] != '\0' ? MPI_SUCCESS : mpr_raise(NULL, MPI_ERR_INFO_KEY, "key is empty");
}

/* What the calls that look up a value share; *value is NULL when the key is not there. */
static int look_up(MPI_Info info, const char *key, const int *flag, const char **value)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_info_object(info, &found));
    MPR_TRY(arg_key(key));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *value = mpr_info_get(found, key);
    return MPI_SUCCESS;
}

/* ---- Making and freeing ---- */

int mpr_give_info(struct mpr_comm *comm, struct mpr_info *made, int code, MPI_Info *info)
{
    if (made == NULL) {
        return mpr_result(comm, MPR_ERR_NO_MEMORY);
    }
    if (code != MPR_OK) {
        mpr_info_free(made);
        return mpr_result(comm, code);
    }
    *info = (MPI_Info)made->object.handle;
    return MPI_SUCCESS;
}

static int info_create(MPI_Info *info)
{
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(NULL, made, MPR_OK, info);
}

MPR_API(int, Info_create, (MPI_Info * info))
{
    return MPR_RUN_ANYTIME(Info_create, info_create(info));
}

static int info_create_env(int argc, char *const argv[], MPI_Info *info)
{
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    struct mpr_info *made = mpr_info_make();
    int code = made != NULL ? mpr_info_set_env(made, argc, argc > 0 ? argv : NULL) : MPR_OK;
    return mpr_give_info(NULL, made, code, info);
}

MPR_API(int, Info_create_env, (int argc, char *argv[], MPI_Info *info))
{
    return MPR_RUN_ANYTIME(Info_create_env, info_create_env(argc, argv, info));
}

static int info_dup(MPI_Info info, MPI_Info *newinfo)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_info_object(info, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "newinfo", newinfo));
    struct mpr_info *made = mpr_info_make();
    int code = made != NULL ? mpr_info_set_all(made, found) : MPR_OK;
    return mpr_give_info(NULL, made, code, newinfo);
}

MPR_API(int, Info_dup, (MPI_Info info, MPI_Info *newinfo))
{
    return MPR_RUN_ANYTIME(Info_dup, info_dup(info, newinfo));
}

static int info_free(MPI_Info *info)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    MPR_TRY(arg_own(*info, &found));
    mpr_info_free(found);
    *info = MPI_INFO_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Info_free, (MPI_Info * info))
{
    return MPR_RUN_ANYTIME(Info_free, info_free(info));
}

/* ---- Changing ---- */

static int info_set(MPI_Info info, const char *key, const char *value)
{
    struct mpr_info *found;
    MPR_TRY(arg_own(info, &found));
    MPR_TRY(arg_key(key));
    MPR_TRY(arg_text("value", value, MPI_MAX_INFO_VAL, MPI_ERR_INFO_VALUE));
    return mpr_result(NULL, mpr_info_set(found, key, value));
}

MPR_API(int, Info_set, (MPI_Info info, const char *key, const char *value))
{
    return MPR_RUN_ANYTIME(Info_set, info_set(info, key, value));
}

static int info_delete(MPI_Info info, const char *key)
{
    struct mpr_info *found;
    MPR_TRY(arg_own(info, &found));
    MPR_TRY(arg_key(key));
    if (!mpr_info_remove(found, key)) {
        return mpr_raise(NULL, MPI_ERR_INFO_NOKEY, "info has no key \"%s\"", key);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Info_delete, (MPI_Info info, const char *key))
{
    return MPR_RUN_ANYTIME(Info_delete, info_delete(info, key));
}

/* ---- Reading ---- */

/* *buflen counts the null at the end; with 0 only the length is asked for. */
static int info_get_string(MPI_Info info, const char *key, int *buflen, char *value, int *flag)
{
    const char *found;
    MPR_TRY(look_up(info, key, flag, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "buflen", buflen));
    if (*buflen < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "buflen is %d, but must not be negative", *buflen);
    }
    if (*buflen > 0) {
        MPR_TRY(mpr_arg_pointer(NULL, "value", value));
    }
    *flag = found != NULL;
    if (found == NULL) {
        return MPI_SUCCESS;
    }
    size_t length = strlen(found);
    if (*buflen > 0) {
        size_t copied = strnlen(found, (size_t)*buflen - 1);
        memcpy(value, found, copied);
        value[copied] = '\0';
    }
    *buflen = (int)length + 1;
    return MPI_SUCCESS;
}

MPR_API(int, Info_get_string, (MPI_Info info, const char *key, int *buflen, char *value, int *flag))
{
    return MPR_RUN_ANYTIME(Info_get_string, info_get_string(info, key, buflen, value, flag));
}

/* valuelen does not count the null at the end. */
static int info_get(MPI_Info info, const char *key, int valuelen, char *value, int *flag)
{
    const char *found;
    MPR_TRY(look_up(info, key, flag, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "value", value));
    if (valuelen < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "valuelen is %d, but must not be negative", valuelen);
    }
    *flag = found != NULL;
    if (found != NULL) {
        size_t copied = strnlen(found, (size_t)valuelen);
        memcpy(value, found, copied);
        value[copied] = '\0';
    }
    return MPI_SUCCESS;
}

MPR_API(int, Info_get, (MPI_Info info, const char *key, int valuelen, char *value, int *flag))
{
    return MPR_RUN_ANYTIME(Info_get, info_get(info, key, valuelen, value, flag));
}

static int info_get_valuelen(MPI_Info info, const char *key, int *valuelen, int *flag)
{
    const char *found;
    MPR_TRY(look_up(info, key, flag, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "valuelen", valuelen));
    *flag = found != NULL;
    if (found != NULL) {
        *valuelen = (int)strlen(found);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Info_get_valuelen, (MPI_Info info, const char *key, int *valuelen, int *flag))
{
    return MPR_RUN_ANYTIME(Info_get_valuelen, info_get_valuelen(info, key, valuelen, flag));
}

static int info_get_nkeys(MPI_Info info, int *nkeys)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_info_object(info, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "nkeys", nkeys));
    *nkeys = found->count;
    return MPI_SUCCESS;
}

MPR_API(int, Info_get_nkeys, (MPI_Info info, int *nkeys))
{
    return MPR_RUN_ANYTIME(Info_get_nkeys, info_get_nkeys(info, nkeys));
}

static int info_get_nthkey(MPI_Info info, int n, char *key)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_info_object(info, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "key", key));
    if (n < 0 || n >= found->count) {
        return mpr_raise(NULL, MPI_ERR_ARG, "n is %d, but info has %d keys, counted from 0", n,
                         found->count);
    }
    strcpy(key, found->items[n].key);
    return MPI_SUCCESS;
}

MPR_API(int, Info_get_nthkey, (MPI_Info info, int n, char *key))
{
    return MPR_RUN_ANYTIME(Info_get_nthkey, info_get_nthkey(info, n, key));
}
