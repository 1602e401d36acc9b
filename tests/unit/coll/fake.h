/* SPDX-License-Identifier: BSD-3-Clause */
/* A fake of point-to-point for unit tests of the collectives: the ranks are threads of one process.
 *
 * It takes the place of p2p/ at link time, all but the life of requests. One lock stands for the
 * library's, held by whoever is not waiting. When all ranks wait, nobody will ever move: then every
 * wait ends with an error, and the run reports a deadlock at once. */
#ifndef TESTS_UNIT_COLL_FAKE_H
#define TESTS_UNIT_COLL_FAKE_H

#include <stdbool.h>

#include "comm/comm.h"

enum fake_sends {
    FAKE_SENDS_EAGER,       /* a send completes at once */
    FAKE_SENDS_SYNCHRONOUS, /* only when its receive is there */
    FAKE_SENDS_MIXED        /* either, at random */
};

typedef void fake_body(struct mpr_comm *comm, const void *argument);

/* Runs `body` as each rank of a communicator of `size` ranks, with the lock held. Returns false
 * when the ranks had a deadlock, or left messages behind that nobody has received. */
bool fake_run(int size, enum fake_sends sends, fake_body *body, const void *argument);

/* What the collectives are told of the machine. */
void fake_set_crowded(bool crowded);

/* Whether the communicator of the next run has a slate, if it may have one. */
void fake_set_slates(bool slates);

/* Whether the ranks are dealt out to two sockets and several caches, or lie in one domain. */
void fake_set_parted(bool parted);

#endif
