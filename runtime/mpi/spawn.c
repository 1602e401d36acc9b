/* SPDX-License-Identifier: BSD-3-Clause */
/* Spawning processes (MPI 5.0, 11.8). */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "coll/connect.h"
#include "coll/now.h"
#include "mpi/api.h"
#include "mpi/connect_call.h"
#include "shm/hold.h"

/* What is to be spawned, as both functions say it; looked at in the root alone. */
struct spawning {
    int count;
    char **commands;
    char ***argvs; /* or NULL */
    const int *maxprocs;
    const MPI_Info *infos;
};

/* ---- The question ---- */

MPR_PRINTF(3, 4)
static int refuse(struct mpr_connection *connection, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(connection->text, sizeof(connection->text), format, arguments);
    va_end(arguments);
    connection->code = code;
    return code;
}

/* Keys that only say where: all there is, is this machine. */
static int check_machine(const struct mpr_info *info, struct mpr_connection *connection)
{
    const char *host = mpr_info_get(info, "host"), *arch = mpr_info_get(info, "arch");
    struct utsname names;

    if (uname(&names) != 0) {
        return MPR_OK;
    }
    if (host != NULL && strcmp(host, names.nodename) != 0 && strcmp(host, "localhost") != 0) {
        return refuse(connection, MPR_ERR_SPAWN,
                      "host is '%s', but a job runs on one machine, which is '%s'", host,
                      names.nodename);
    }
    if (arch != NULL && strcmp(arch, names.machine) != 0) {
        return refuse(connection, MPR_ERR_SPAWN, "arch is '%s', but this machine is '%s'", arch,
                      names.machine);
    }
    return MPR_OK;
}

/* A spawned process begins where the root is, as a child would, unless `wdir` says otherwise. */
static void put_directory(struct mpr_ask *ask, const char *wdir)
{
    char here[PATH_MAX], path[2 * PATH_MAX];

    if (getcwd(here, sizeof(here)) == NULL || (wdir != NULL && wdir[0] == '/')) {
        mpr_ask_put(ask, wdir);
        return;
    }
    snprintf(path, sizeof(path), "%s%s%s", here, wdir != NULL ? "/" : "", wdir != NULL ? wdir : "");
    mpr_ask_put(ask, path);
}

static void put_program(struct mpr_ask *ask, const struct spawning *spawning, int i,
                        const struct mpr_info *info)
{
    char **argv = spawning->argvs != NULL ? spawning->argvs[i] : NULL;
    int argc = 0;

    while (argv != NULL && argv[argc] != NULL) {
        argc++;
    }
    mpr_ask_put_number(ask, spawning->maxprocs[i]);
    mpr_ask_put(ask, spawning->commands[i]);
    put_directory(ask, info != NULL ? mpr_info_get(info, "wdir") : NULL);
    mpr_ask_put(ask, info != NULL ? mpr_info_get(info, "path") : NULL);
    mpr_ask_put(ask, info != NULL ? mpr_info_get(info, "soft") : NULL);
    mpr_ask_put(ask, info != NULL ? mpr_info_get(info, "env") : NULL);
    mpr_ask_put_number(ask, argc);
    for (int j = 0; j < argc; j++) {
        mpr_ask_put(ask, argv[j]);
    }
}

/* The others wait for the root, so that what is wrong with its arguments is everybody's error. */
static void put_programs(struct mpr_ask *ask, const struct spawning *spawning,
                         struct mpr_connection *connection)
{
    for (int i = 0; i < spawning->count && connection->code == MPR_OK; i++) {
        MPI_Info handle = spawning->infos != NULL ? spawning->infos[i] : MPI_INFO_NULL;
        const struct mpr_info *info = mpr_info_find(handle);
        if (spawning->commands[i] == NULL || spawning->commands[i][0] == '\0') {
            refuse(connection, MPR_ERR_ARGUMENT, "command is %s",
                   spawning->commands[i] == NULL ? "a null pointer" : "empty");
        } else if (spawning->maxprocs[i] < 1 ||
                   spawning->maxprocs[i] > INT_MAX - connection->wanted_count) {
            refuse(connection, MPR_ERR_ARGUMENT, "maxprocs is %d for %s, but must be at least 1",
                   spawning->maxprocs[i], spawning->commands[i]);
        } else if (info == NULL && handle != MPI_INFO_NULL) {
            refuse(connection, MPR_ERR_INFO, "info is no info object");
        } else if (info == NULL || check_machine(info, connection) == MPR_OK) {
            put_program(ask, spawning, i, info);
            connection->wanted_count += spawning->maxprocs[i];
        }
    }
    ask->program_count = spawning->count;
}

/* ---- The answer ---- */

/* Of each program the first so many were started, all or (with `soft`) fewer. */
static void fill_errcodes(const struct spawning *spawning, const struct mpr_comm *made,
                          int *errcodes)
{
    for (int i = 0, at = 0; i < spawning->count; i++) {
        int started = 0;
        for (int rank = 0; rank < made->remote_size; rank++) {
            uint32_t slot = (uint32_t)made->remote->world_ranks[rank];
            started += mpr_segment_control(&mpr_job.segment, slot)->appnum == i;
        }
        for (int j = 0; j < spawning->maxprocs[i]; j++) {
            errcodes[at++] = j < started ? MPI_SUCCESS : MPI_ERR_SPAWN;
        }
    }
}

static int give_errcodes(const struct spawning *spawning, int root, struct mpr_comm *c,
                         const struct mpr_connection *connection, const struct mpr_comm *made,
                         int *errcodes)
{
    int *codes = errcodes, code = MPR_OK;

    for (int i = 0; errcodes != MPI_ERRCODES_IGNORE && i < connection->wanted_count; i++) {
        errcodes[i] = mpr_error_class(connection->code);
    }
    if (made == NULL || made->remote_size == connection->wanted_count) {
        return MPI_SUCCESS;
    }
    if (codes == MPI_ERRCODES_IGNORE) {
        codes = calloc((size_t)connection->wanted_count, sizeof(*codes));
        if (codes == NULL) {
            return mpr_result(c, MPR_ERR_NO_MEMORY);
        }
    }
    if (c->rank == root) {
        fill_errcodes(spawning, made, codes);
    }
    code = mpr_bcast_now(codes, connection->wanted_count * (MPI_Count)sizeof(*codes), root, c);
    if (codes != errcodes) {
        free(codes);
    }
    return mpr_result(c, code);
}

static int spawn(const struct spawning *spawning, int root, MPI_Comm comm, MPI_Comm *intercomm,
                 int *errcodes)
{
    struct mpr_ask ask = mpr_ask_begin(MPR_ASK_SPAWN);
    struct mpr_connection connection = {0};
    struct mpr_comm *c, *made = NULL;

    MPR_TRY(mpr_arg_intra(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    MPR_TRY(mpr_arg_pointer(c, "intercomm", intercomm));
    if (c->rank == root) {
        if (spawning->count < 1 || spawning->commands == NULL || spawning->maxprocs == NULL) {
            refuse(&connection, MPR_ERR_ARGUMENT, "%s",
                   spawning->count < 1 ? "count is less than 1" : "an array is a null pointer");
        } else {
            put_programs(&ask, spawning, &connection);
        }
    }
    int code = mpr_connect(c, root, &ask, &connection, &made);
    MPR_TRY(give_errcodes(spawning, root, c, &connection, made, errcodes));
    return mpr_give_connection(c, code, &connection, made, intercomm);
}

MPR_API(int, Comm_spawn,
        (const char *command, char *argv[], int maxprocs, MPI_Info info, int root, MPI_Comm comm,
         MPI_Comm *intercomm, int array_of_errcodes[]))
{
    char *commands[] = {(char *)(uintptr_t)command};
    const struct spawning one = {1, commands, &argv, &maxprocs, &info};
    return MPR_RUN(Comm_spawn, spawn(&one, root, comm, intercomm, array_of_errcodes));
}

MPR_API(int, Comm_spawn_multiple,
        (int count, char *array_of_commands[], char **array_of_argv[],
         const int array_of_maxprocs[], const MPI_Info array_of_info[], int root, MPI_Comm comm,
         MPI_Comm *intercomm, int array_of_errcodes[]))
{
    const struct spawning several = {count, array_of_commands, array_of_argv, array_of_maxprocs,
                                     array_of_info};
    return MPR_RUN(Comm_spawn_multiple,
                   spawn(&several, root, comm, intercomm, array_of_errcodes));
}

/* ---- Parents ---- */

/* Once the program has freed it there is no way back to them. */
static int comm_get_parent(MPI_Comm *parent)
{
    MPR_TRY(mpr_arg_pointer(NULL, "parent", parent));
    *parent = mpr_comm_handle(mpr_comm_parent);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_get_parent, (MPI_Comm * parent))
{
    return MPR_RUN(Comm_get_parent, comm_get_parent(parent));
}
