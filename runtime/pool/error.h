/* SPDX-License-Identifier: BSD-3-Clause */
/* How mp's functions fail: an error class, and a text that says what, where and what to do.
 *
 * A state that a correct program meets (a time limit, a closed queue) is returned by mpp_state().
 * Misuse is returned by mpp_misuse(), which also calls the error handler of the communicator
 * concerned, as MPI does. Both keep the text for mp_error_text(). */
#ifndef MPP_ERROR_H
#define MPP_ERROR_H

#include <mp.h>

/* Registers the error classes; MPI must be started. Called by everything that makes an object;
 * cheap when it has been done. Returns MPI_SUCCESS or MPI's error. */
int mpp_error_start(void);

/* Keeps a text and returns the error class of `kind`. `function` is the public function's name. */
int mpp_state(enum mp_error kind, const char *function, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and calls the error handler of comm. */
int mpp_misuse(enum mp_error kind, MPI_Comm comm, const char *function, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A null pointer or a number out of range: class MPI_ERR_ARG. */
int mpp_bad_argument(MPI_Comm comm, const char *function, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* No memory: class MPI_ERR_NO_MEM, or MPI_ERR_OTHER where MPI has none. */
int mpp_no_memory(MPI_Comm comm, const char *function, size_t bytes);

/* An MPI function inside failed: keeps its text and returns its class; of a
 * death, MP_ERR_PEER_DIED. */
int mpp_from_mpi(int error, const char *function);

/* The same, and calls the error handler of comm. */
int mpp_raise_from_mpi(int error, MPI_Comm comm, const char *function);

/* Between these, errors that MPI raises on MPI_COMM_SELF are returned: of calls for which it is not
 * the program that is to answer. */
MPI_Errhandler mpp_hush_self(void);
void mpp_unhush_self(MPI_Errhandler before);

/* Whether an error of MPI says that a process died. */
int mpp_is_death(int error);

#endif
