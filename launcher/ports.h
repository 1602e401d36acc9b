/* SPDX-License-Identifier: BSD-3-Clause */
/* The ports of a job, who waits at them, and the services that they are published as.
 *
 * A port belongs to the process that has opened it, until it closes it or ends. Those that accept
 * and those that connect wait until there is one of the other kind; the
 * first of each meet first. */
#ifndef LAUNCHER_PORTS_H
#define LAUNCHER_PORTS_H

#include <stdbool.h>

#include "shm/mail.h"

struct mpr_ports;

/* A question that is being answered. */
struct mpr_asked {
    const struct mpr_question *question;
    const struct mpr_member *members; // of the asking group
    char *texts;                      // question->text_bytes of them, the last one null
};

/* Returns NULL for lack of memory. Answers go into the mail of `segment`. */
struct mpr_ports *mpr_ports_make(const struct mpr_segment *segment);
void mpr_ports_free(struct mpr_ports *ports);

/* Answers a question about ports or services, now or when another process comes. */
void mpr_ports_ask(struct mpr_ports *ports, const struct mpr_asked *asked);

/* Tells those who have waited at a port for as long as they wanted. Returns when the next of them
 * will have, by mpr_clock_ns(), or 0: nobody who waits has said for how long. */
uint64_t mpr_ports_expire(struct mpr_ports *ports, uint64_t now_ns);

/* The process in `slot` has ended: what it has opened and published is gone, it waits no more, and
 * whoever waits at its ports is told. */
void mpr_ports_forget(struct mpr_ports *ports, int slot);

#endif
