/* SPDX-License-Identifier: BSD-3-Clause */
/* Error texts, and lines on standard error that stay whole. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int say_rank = -1;
static unsigned say_world;

const char *mpr_error_text(int code)
{
    switch (code) {
    case MPR_OK:
        return "no error";
    case MPR_ERR_NO_MEMORY:
        return "out of memory";
    case MPR_ERR_SYSTEM:
        return "a system call failed";
    case MPR_ERR_TRUNCATE:
        return "the message is longer than the receive buffer";
    case MPR_ERR_PEER:
        return "a process that it needs has died";
    case MPR_ERR_LIMIT:
        return "a limit of the library is reached";
    case MPR_ERR_ARGUMENT:
        return "bad argument";
    case MPR_ERR_NO_SPACE:
        return "no room in the buffer";
    case MPR_ERR_UNSUPPORTED:
        return "not supported on this machine";
    case MPR_ERR_CALLBACK:
        return "a function of the program has failed in some process";
    case MPR_ERR_OVERLAP:
        return "the two groups have a process in common";
    case MPR_ERR_SPAWN:
        return "not all processes could be started";
    case MPR_ERR_PORT:
        return "there is no such port";
    case MPR_ERR_SERVICE:
        return "the service is published already, or was not published";
    case MPR_ERR_NAME:
        return "there is no such service";
    case MPR_ERR_INFO:
        return "that is no info object";
    case MPR_ERR_INFO_VALUE:
        return "a value of the info object cannot be used";
    default:
        return "unknown error";
    }
}

void mpr_say_set_rank(unsigned world, int rank)
{
    say_world = world;
    say_rank = rank;
}

/* One write(2): standard error is unbuffered, and a pipe or a terminal takes a line of this length
 * whole. Nothing can be done about a standard error that fails. */
void mpr_say(const char *format, ...)
{
    char line[2048];
    int used = say_rank < 0 ? snprintf(line, sizeof(line), "mprun: ")
               : say_world == 0
                   ? snprintf(line, sizeof(line), "mprun: rank %d: ", say_rank)
                   : snprintf(line, sizeof(line), "mprun: rank %u.%d: ", say_world, say_rank);
    va_list arguments;

    va_start(arguments, format);
    int more = vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, arguments);
    va_end(arguments);

    size_t length = (size_t)used + (more > 0 ? (size_t)more : 0);
    if (length > sizeof(line) - 2) {
        length = sizeof(line) - 2;
    }
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0) {
        return;
    }
}
