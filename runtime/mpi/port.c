/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports, and the services they are published as (MPI 5.0, 11.9). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/api.h"
#include "mpi/connect_call.h"
#include "shm/hold.h"

enum { WAIT_MAX_S = 1000000000 };

int mpr_raise_answer(struct mpr_comm *comm, int code, const char *text)
{
    if (code == MPR_ERR_UNSUPPORTED) {
        return mpr_raise(comm, MPI_ERR_UNSUPPORTED_OPERATION,
                         "this program was started without mprun, and there is nobody to start "
                         "processes or to bring them together: start it with 'mprun -n 1 ...'");
    }
    if (code == MPR_ERR_NO_SPACE) {
        return mpr_raise(comm, MPI_ERR_SPAWN,
                         "commands, arguments and info are longer than %d bytes together",
                         MPR_QUESTION_BYTES_MAX);
    }
    return code == MPR_OK || text == NULL || text[0] == '\0'
               ? mpr_result(comm, code)
               : mpr_raise(comm, mpr_error_class(code), "%s", text);
}

int mpr_give_connection(struct mpr_comm *comm, int code, const struct mpr_connection *connection,
                        struct mpr_comm *made, MPI_Comm *newcomm)
{
    MPR_TRY(mpr_raise_answer(comm, code, connection->text));
    *newcomm = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

/* ---- Ports ---- */

/* Asks, and leaves a name of mprun's in port_name, if that is not NULL. */
static int ask_for(struct mpr_ask *ask, const char *about, char *port_name)
{
    const struct mpr_answer *answer = NULL;
    int code = mpr_ask(ask, &answer);

    if (code == MPR_OK) {
        code = answer->code;
    }
    if (code == MPR_OK && port_name != NULL) {
        strcpy(port_name, answer->text);
    }
    if (code == MPR_OK || code == MPR_ERR_UNSUPPORTED) {
        return mpr_raise_answer(NULL, code, NULL);
    }
    return mpr_raise(NULL, mpr_error_class(code), "'%s': %s", about, mpr_error_text(code));
}

static int open_port(MPI_Info info, char *port_name)
{
    struct mpr_ask ask = mpr_ask_begin(MPR_ASK_OPEN_PORT);

    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "port_name", port_name));
    mpr_ask_put(&ask, "");
    return ask_for(&ask, "", port_name);
}

MPR_API(int, Open_port, (MPI_Info info, char *port_name))
{
    return MPR_RUN(Open_port, open_port(info, port_name));
}

static int close_port(const char *port_name)
{
    struct mpr_ask ask = mpr_ask_begin(MPR_ASK_CLOSE_PORT);

    MPR_TRY(mpr_arg_pointer(NULL, "port_name", port_name));
    mpr_ask_put(&ask, port_name);
    return ask_for(&ask, port_name, NULL);
}

MPR_API(int, Close_port, (const char *port_name))
{
    return MPR_RUN(Close_port, close_port(port_name));
}

/* ---- Accepting and connecting ---- */

/* Names of ports begin with a name of their job. */
static bool is_of_this_job(const char *port_name)
{
    const struct mpr_segment_header *header = mpr_job.segment.header;
    char prefix[64];

    int length = snprintf(prefix, sizeof(prefix), "mprun:%d.%llx:", header->launcher_pid,
                          (unsigned long long)header->start_ns);
    return strncmp(port_name, prefix, (size_t)length) == 0;
}

/* For how long to wait at the port, in milliseconds, by the key "timeout", which MPICH has as well;
 * 0 for ever, and -1 if it is no such number. */
static int64_t wait_limit_ms(MPI_Info info)
{
    const struct mpr_info *found = mpr_info_find(info);
    const char *text = found != NULL ? mpr_info_get(found, "timeout") : NULL;
    char *end = NULL;
    double seconds = text != NULL ? strtod(text, &end) : 0;

    if (text == NULL) {
        return 0;
    }
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= WAIT_MAX_S)) {
        return -1;
    }
    return seconds < 1e-3 ? 1 : (int64_t)(seconds * 1e3 + 0.5);
}

/* The others wait for the root, so that what is wrong with its arguments is everybody's error. */
static void check_root(const char *port_name, MPI_Info info, struct mpr_connection *connection)
{
    if (info != MPI_INFO_NULL && mpr_info_find(info) == NULL) {
        connection->code = MPR_ERR_INFO;
        snprintf(connection->text, sizeof(connection->text), "info is no info object");
    } else if (port_name == NULL) {
        connection->code = MPR_ERR_ARGUMENT;
        snprintf(connection->text, sizeof(connection->text), "port_name is a null pointer");
    } else if (strncmp(port_name, "mprun:", strlen("mprun:")) == 0 && !is_of_this_job(port_name)) {
        connection->code = MPR_ERR_PORT;
        snprintf(connection->text, sizeof(connection->text),
                 "port '%.100s' belongs to another job: processes can be connected only within one "
                 "mprun; start both programs together, 'mprun -n 1 ./a : -n 1 ./b', or one from "
                 "the other with MPI_Comm_spawn",
                 port_name);
    } else if (wait_limit_ms(info) < 0) {
        connection->code = MPR_ERR_INFO_VALUE;
        snprintf(connection->text, sizeof(connection->text),
                 "info has '%.100s' for the key \"timeout\": give a number of seconds, more than 0 "
                 "and up to %d",
                 mpr_info_get(mpr_info_find(info), "timeout"), WAIT_MAX_S);
    }
}

/* What mprun is asked. */
static void put_meeting(struct mpr_ask *ask, const char *port_name, MPI_Info info)
{
    int64_t limit_ms = wait_limit_ms(info);
    char text[24] = "";

    mpr_ask_put(ask, port_name);
    if (limit_ms > 0) {
        snprintf(text, sizeof(text), "%lld", (long long)limit_ms);
    }
    mpr_ask_put(ask, text);
}

static int meet(enum mpr_question_kind kind, const char *port_name, MPI_Info info, int root,
                MPI_Comm comm, MPI_Comm *newcomm)
{
    struct mpr_ask ask = mpr_ask_begin(kind);
    struct mpr_connection connection = {0};
    struct mpr_comm *c, *made = NULL;

    MPR_TRY(mpr_arg_intra(comm, &c));
    MPR_TRY(mpr_arg_root(c, root));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    if (c->rank == root) {
        check_root(port_name, info, &connection);
        put_meeting(&ask, port_name, info);
    }
    int code = mpr_connect(c, root, &ask, &connection, &made);
    return mpr_give_connection(c, code, &connection, made, newcomm);
}

MPR_API(int, Comm_accept,
        (const char *port_name, MPI_Info info, int root, MPI_Comm comm, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_accept, meet(MPR_ASK_ACCEPT, port_name, info, root, comm, newcomm));
}

MPR_API(int, Comm_connect,
        (const char *port_name, MPI_Info info, int root, MPI_Comm comm, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_connect, meet(MPR_ASK_CONNECT, port_name, info, root, comm, newcomm));
}

/* ---- Services ---- */

static int publish(enum mpr_question_kind kind, const char *service_name, MPI_Info info,
                   const char *port_name)
{
    struct mpr_ask ask = mpr_ask_begin(kind);

    MPR_TRY(mpr_arg_pointer(NULL, "service_name", service_name));
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "port_name", port_name));
    if (strnlen(port_name, MPI_MAX_PORT_NAME) == MPI_MAX_PORT_NAME) {
        return mpr_raise(NULL, MPI_ERR_PORT, "port_name has more than %d characters",
                         MPI_MAX_PORT_NAME - 1);
    }
    mpr_ask_put(&ask, service_name);
    mpr_ask_put(&ask, port_name);
    return ask_for(&ask, service_name, NULL);
}

MPR_API(int, Publish_name, (const char *service_name, MPI_Info info, const char *port_name))
{
    return MPR_RUN(Publish_name, publish(MPR_ASK_PUBLISH, service_name, info, port_name));
}

MPR_API(int, Unpublish_name, (const char *service_name, MPI_Info info, const char *port_name))
{
    return MPR_RUN(Unpublish_name, publish(MPR_ASK_UNPUBLISH, service_name, info, port_name));
}

static int look_up(const char *service_name, MPI_Info info, char *port_name)
{
    struct mpr_ask ask = mpr_ask_begin(MPR_ASK_LOOK_UP);

    MPR_TRY(mpr_arg_pointer(NULL, "service_name", service_name));
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "port_name", port_name));
    mpr_ask_put(&ask, service_name);
    return ask_for(&ask, service_name, port_name);
}

MPR_API(int, Lookup_name, (const char *service_name, MPI_Info info, char *port_name))
{
    return MPR_RUN(Lookup_name, look_up(service_name, info, port_name));
}
