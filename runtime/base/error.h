/* SPDX-License-Identifier: BSD-3-Clause */
/* The error codes that travel inside the library, and the last words of a process.
 *
 * A function inside returns 0 or one of these negative codes. Only the API layer (runtime/mpi/)
 * turns them into MPI error classes and calls error handlers. */
#ifndef MPR_BASE_ERROR_H
#define MPR_BASE_ERROR_H

#include "base/compiler.h"

enum mpr_error {
    MPR_OK = 0,
    MPR_ERR_NO_MEMORY = -1,   /* malloc or mmap failed */
    MPR_ERR_SYSTEM = -2,      /* a system call failed; errno tells */
    MPR_ERR_TRUNCATE = -3,    /* a message was longer than the receive buffer */
    MPR_ERR_PEER = -4,        /* a process that the operation needs has died */
    MPR_ERR_LIMIT = -5,       /* a resource of the library is used up (context ids, handles) */
    MPR_ERR_ARGUMENT = -6,    /* an argument that the caller could not check */
    MPR_ERR_UNSUPPORTED = -7, /* the machine or the kernel cannot do it; the caller falls back */
    MPR_ERR_NO_SPACE = -8,    /* no room in a buffer that the user has given */
    MPR_ERR_CALLBACK = -9,    /* a function of the user has failed, here or in another process */
    MPR_ERR_OVERLAP = -10,    /* groups that must be apart have a process in common */
    MPR_ERR_SPAWN = -11,      /* processes could not be started */
    MPR_ERR_PORT = -12,       /* no such port */
    MPR_ERR_SERVICE = -13,    /* a service is published already, or is not */
    MPR_ERR_NAME = -14,       /* no such service */
    MPR_ERR_INFO = -15,       /* no info object */
    MPR_ERR_INFO_VALUE = -16  /* the value of an info key cannot be used */
};

/* A short English text for a code: "out of memory". Never NULL. */
const char *mpr_error_text(int code);

/* Prints one line "mprun: rank 3: ..." to standard error in a single write, so that the lines of
 * several ranks do not mix. A newline is added. */
void mpr_say(const char *format, ...) MPR_PRINTF(1, 2);

/* The rank that mpr_say() names, "3" or, in a spawned world, "2.3"; -1 (before
 * start-up) names none. */
void mpr_say_set_rank(unsigned world, int rank);

#endif
