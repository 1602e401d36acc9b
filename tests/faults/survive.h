/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of the program `survive` share: who is who, what a call with the dead must do, and
 * contents that can be checked. */
#ifndef MPR_TESTS_SURVIVE_H
#define MPR_TESTS_SURVIVE_H

#include <mpi.h>
#include <stdbool.h>

enum {
    BYTES_MAX = 300000,
    OFFER_BYTES = 64 << 20,
    WAVES = 5,
    TAG_STREAM = 1,
    TAG_NEVER, /* nobody ever sends with it */
    TAG_LATER,
    TAG_GROUP
};

/* The arguments, and the place of this process in the job. */
extern const char *how, *where;
extern int delay_us;
extern int rank, size, victim;

extern char *out, *in; /* OFFER_BYTES each */

/* Says what is wrong, and ends the process. */
__attribute__((format(printf, 1, 2), noreturn)) void complain(const char *format, ...);

/* Whether the code is the error that a death causes; any other is a mistake. */
bool is_death(int code, const char *call);

#define DIES(call) is_death((call), #call)
#define WORKS(call)                                                                                \
    do {                                                                                           \
        if (is_death((call), #call)) {                                                             \
            complain("it says that a process has died: %s", #call);                                \
        }                                                                                          \
    } while (0)

/* Contents that depend on the key; check() complains about others. */
void fill(char *buffer, int bytes, int key);
void check(const char *buffer, int bytes, int key, const char *what);

/* For the victim: nothing but waiting for its death. */
void rest(void);

/* Writes down how long after the death it was heard of. */
void note_lateness(void);

/* Goes to the place `where`, and returns in a survivor when a call has failed. `between` is the
 * intercommunicator of even and odd ranks, at the place that needs one. */
void go_to_the_place(MPI_Comm between);

/* Afterwards: the survivors work on without the dead. */
void live_on(void);

#endif
