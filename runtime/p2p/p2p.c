/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting point-to-point, and letting it rest. */
#include "p2p/p2p.h"

#include "p2p/bsend.h"
#include "p2p/done.h"
#include "p2p/peer.h"
#include "p2p/transfer.h"
#include "p2p/wait.h"
#include "shm/doorbell.h"
#include "shm/job.h"

int mpr_p2p_start(void)
{
    mpr_doorbell_start(&mpr_job.segment);
    mpr_wait_start();
    mpr_transfer_start();
    int code = mpr_done_start();
    return code == MPR_OK ? mpr_peers_start() : code;
}

/* Sends of the user that were freed in flight, and synchronous ones, complete only while both sides
 * make progress; a receive that nobody has sent to (freed, or never waited for) cannot complete
 * and is not waited for. */
void mpr_p2p_settle(void)
{
    struct mpr_wait wait = mpr_wait_begin(-1);

    mpr_bsend_drop(&mpr_bsend_of_process);
    while (mpr_request_promised > 0 || mpr_peers_have_backlog()) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    mpr_transfer_rest();
}
