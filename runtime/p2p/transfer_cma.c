/* SPDX-License-Identifier: BSD-3-Clause */
/* The CMA path, receiver's side: reads the sender's buffer with process_vm_readv(2).
 *
 * Whether the kernel allows it (ptrace rules, seccomp, user namespaces) shows at the first attempt,
 * which costs nothing that a probe at start-up would not cost as well. */
#include <sys/uio.h>

#include "p2p/peer.h"
#include "p2p/transfer.h"
#include "p2p/transfer_path.h"

/* What one pass reads at the most: long enough that the system call does not count, short enough that
 * others get their turn. */
enum { PASS_BYTES = 4 << 20 };

static bool is_forbidden;

bool mpr_cma_is_allowed(void)
{
    return !is_forbidden;
}

int mpr_cma_advance(struct mpr_request *request)
{
    const struct mpr_peer *peer = &mpr_peers[request->peer];
    MPI_Count left = request->message_bytes - request->position;
    size_t bytes = left < PASS_BYTES ? (size_t)left : PASS_BYTES;
    struct iovec local = {(char *)request->buffer + request->position, bytes};
    struct iovec remote = {(void *)(uintptr_t)(request->address + (uint64_t)request->position),
                           bytes};
    pid_t pid = (pid_t)atomic_load_explicit(&peer->control->pid, memory_order_relaxed);
    ssize_t read = process_vm_readv(pid, &local, 1, &remote, 1, 0);

    if (read <= 0) {
        is_forbidden = true;
        mpr_list_remove(&request->peer_link);
        mpr_transfer_accept(request, MPR_PATH_CHUNK);
        return 1;
    }
    request->position += read;
    if (request->position == request->message_bytes) {
        mpr_list_remove(&request->peer_link);
        mpr_transfer_finish_receive(request);
    }
    return 1;
}
