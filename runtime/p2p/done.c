/* SPDX-License-Identifier: BSD-3-Clause */
/* The request of all sends that are done at once. */
#include "p2p/done.h"

struct mpr_request mpr_request_sent = {
    .object.references = 1,
    .class = &mpr_send_class,
    .born_done = true,
    .complete = true,
    .active = true,
    .source = MPI_ANY_SOURCE,
    .tag = MPI_ANY_TAG,
    .peer = -1,
    .match_link = {&mpr_request_sent.match_link, &mpr_request_sent.match_link},
    .peer_link = {&mpr_request_sent.peer_link, &mpr_request_sent.peer_link},
};

int mpr_done_start(void)
{
    return mpr_request_sent.object.handle != 0
               ? MPR_OK
               : mpr_handle_open(MPR_KIND_REQUEST, &mpr_request_sent.object);
}
