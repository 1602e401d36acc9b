/* SPDX-License-Identifier: BSD-3-Clause */
/* Processes that mp starts are this program again, with one argument that says what they are to be:
 * they find it in mp_init, and never come to the rest of main. */
#include "pool/replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pool/error.h"
#include "pool/pool.h"
#include "pool/process.h"
#include "pool/worker.h"

static const char *const role_arguments[] = {
    [MPP_ROLE_WORKER] = "--mp-worker",
    [MPP_ROLE_PROCESS] = "--mp-process",
};

static int has_looked_for_role; /* in mp_init, as a new process then will */

static int find_program(char *path, size_t room)
{
    ssize_t length = readlink("/proc/self/exe", path, room - 1);
    if (length < 0) {
        return -1;
    }
    path[length] = '\0';
    return 0;
}

int mpp_spawn(enum mpp_role role, const char *function, MPI_Comm *comm)
{
    char path[4096];
    if (!has_looked_for_role) {
        return mpp_state(MP_ERROR_UNSUPPORTED, function,
                         "a new process does its work in mp_init(), which this program has not "
                         "called: call it first in main");
    }
    if (find_program(path, sizeof path)) {
        return mpp_state(MP_ERROR_UNSUPPORTED, function, "this program's file cannot be found");
    }
    char role_argument[16];
    snprintf(role_argument, sizeof role_argument, "%s", role_arguments[role]);
    char *arguments[] = {role_argument, NULL};
    MPI_Errhandler before = mpp_hush_self();
    int code = MPI_SUCCESS;
    int error = MPI_Comm_spawn(path, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, comm, &code);
    mpp_unhush_self(before);
    if (error) {
        char text[MPI_MAX_ERROR_STRING] = "";
        int length = 0;
        MPI_Error_string(error, text, &length);
        return mpp_state(MP_ERROR_UNSUPPORTED, function,
                         "this MPI cannot start a new process here (%s); use the ranks of a "
                         "communicator, or threads", text);
    }
    MPI_Comm_set_errhandler(*comm, MPI_ERRORS_RETURN);
    return MPI_SUCCESS;
}

int mpp_survives_deaths(void)
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(version, &length);
    return !strncmp(version, "mprun", 5);
}

void mpp_go_without(struct mpp_link *link, const char *why)
{
    static int was_said;
    if (!was_said) {
        was_said = 1;
        fprintf(stderr, "mp: worker %d is gone and cannot be replaced: %s\n", link->number, why);
    }
    mpp_pool_lose_worker(link->pool);
}

void mpp_replace(struct mpp_link *link)
{
    mp_pool *pool = link->pool;
    MPI_Comm comm = MPI_COMM_NULL;
    if (pool->is_terminated || pool->is_interrupted) {
        return;
    }
    if (mpp_spawn(MPP_ROLE_WORKER, "mp_pool", &comm)) {
        mpp_go_without(link, mp_error_text());
        return;
    }
    if (link->is_spawned) {
        MPI_Comm_free(&link->comm);
    }
    if (mpp_link_open(link, pool, link->receive, comm, 0, link->number, 1)) {
        link->state = MPP_LINK_GONE;
        mpp_go_without(link, "the new process died in its start");
    }
}

/* ---- in the new process ---- */

/* The role that the first argument names; 0: none. */
static int own_role(void)
{
    char line[4096];
    FILE *file = fopen("/proc/self/cmdline", "re");
    size_t length = file ? fread(line, 1, sizeof line - 1, file) : 0;
    if (file) {
        fclose(file);
    }
    line[length] = '\0';
    const char *argument = line + strlen(line) + 1;
    for (int role = MPP_ROLE_WORKER; role <= MPP_ROLE_PROCESS; role++) {
        if (argument < line + length && !strcmp(argument, role_arguments[role])) {
            return role;
        }
    }
    return 0;
}

void mpp_play_role(void)
{
    MPI_Comm parent = MPI_COMM_NULL;
    int role = own_role();
    has_looked_for_role = 1;
    if (!role || MPI_Comm_get_parent(&parent) || parent == MPI_COMM_NULL) {
        return;
    }
    MPI_Comm_set_errhandler(parent, MPI_ERRORS_RETURN);
    int code = role == MPP_ROLE_WORKER ? mpp_worker_serve(parent, 0) != MPI_SUCCESS
                                       : mpp_process_main(parent);
    MPI_Finalize();
    exit(code);
}
