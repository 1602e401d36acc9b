/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine's two files share: requests of threads, and where locations lie. */
#ifndef MODEL_INSIDE_H
#define MODEL_INSIDE_H

#include "include/stdatomic.h"
#include "machine.h"

enum request {
    LOAD,
    STORE,
    EXCHANGE,
    COMPARE,
    ADD,
    FENCE,
    LOCK,
    UNLOCK,
    SLEEP,
    SLEEP_TIMED,
    WAKE,
    BARRIER,
    PAUSE,
    AWAIT_END,
    END
};

/* Where a location lies; constant once the scene is prepared. */
struct machine_place {
    const volatile unsigned char *start;
    size_t bytes;
    const char *name;
    bool is_plain;
};

extern struct machine_place machine_places[MODEL_LOCATIONS_MAX];
extern int machine_place_count;

extern int machine_running; /* thread; -1: the scene is being prepared */
extern int machine_running_process;

/* By the running thread: what it asks for is carried out when the explorer chooses it. Returns the
 * result. */
uint64_t machine_ask(enum request request, int at, uint64_t operand, int order);

/* What a seq_cst fence does. */
void machine_exchange_views(struct model_thread *thread);

/* The model itself is wrong, or too small. */
__attribute__((noreturn)) void machine_stop(const char *why);

#endif
