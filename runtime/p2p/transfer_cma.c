/* SPDX-License-Identifier: BSD-3-Clause */
/* The CMA path, receiver's side: reads the sender's buffer with process_vm_readv(2).
 *
 * Whether the kernel allows it (ptrace rules, seccomp, user namespaces) shows at the first attempt,
 * which costs nothing that a probe at start-up would not cost as well.
 *
 * The sender may die at any time. A process number is given to another process only after the death
 * was announced (shm/death.h): so what was read is the sender's, if its death is no news even after
 * the reading. Otherwise the message is not finished, and the burial ends it. */
#include <errno.h>
#include <sys/uio.h>

#include "base/copy.h"
#include "p2p/bury.h"
#include "p2p/peer.h"
#include "p2p/transfer.h"
#include "p2p/transfer_path.h"
#include "shm/job.h"

/* What one pass reads at the most: long enough that the system call does not count, short enough
 * that others get their turn. */
enum { PASS_BYTES = 4 << 20 };

enum { SLOW_AHEAD_BYTES = 16, STAGE_BYTES = 32 << 10 };

static bool is_forbidden;

/* By a number of another namespace the kernel would find another process, perhaps this one. */
bool mpr_cma_is_allowed(const struct mpr_peer *peer)
{
    uint64_t own = atomic_load_explicit(&mpr_job.control->pid_namespace, memory_order_relaxed);
    uint64_t its = atomic_load_explicit(&peer->control->pid_namespace, memory_order_relaxed);

    return !is_forbidden && own != 0 && own == its;
}

static ssize_t read_to(void *target, const struct mpr_request *request, uintptr_t source,
                       size_t bytes)
{
    const struct mpr_peer *peer = &mpr_peers[request->peer];
    struct iovec local = {target, bytes};
    struct iovec remote = {(void *)source, bytes};
    pid_t pid = (pid_t)atomic_load_explicit(&peer->control->pid, memory_order_relaxed);

    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/* The kernel may copy by `rep movsb`, too (base/copy.h). */
static bool is_slow_place(const void *target, uintptr_t source)
{
    const uintptr_t ahead = ((uintptr_t)target - source) % MPR_PAGE_BYTES;

    return ahead > 0 && ahead < SLOW_AHEAD_BYTES;
}

/* By way of memory that lies better, which stays in the first caches. */
static ssize_t read_staged(char *target, const struct mpr_request *request, uintptr_t source,
                           size_t bytes)
{
    static MPR_ALIGNED(MPR_PAGE_BYTES) char memory[STAGE_BYTES + MPR_PAGE_BYTES];
    char *stage = memory + source % MPR_PAGE_BYTES;
    size_t done = 0;

    while (done < bytes) {
        size_t part = bytes - done < STAGE_BYTES ? bytes - done : STAGE_BYTES;
        ssize_t read = read_to(stage, request, source + done, part);
        if (read <= 0) {
            return done > 0 ? (ssize_t)done : read;
        }
        mpr_copy(target + done, stage, (size_t)read);
        done += (size_t)read;
    }
    return (ssize_t)done;
}

/* Reads the next part. False: it cannot be had in this way. */
static bool read_part(struct mpr_request *request)
{
    MPI_Count left = request->message_bytes - request->position;
    size_t bytes = left < PASS_BYTES ? (size_t)left : PASS_BYTES;
    char *target = (char *)request->buffer + request->position;
    uintptr_t source = (uintptr_t)request->address + (uintptr_t)request->position;
    ssize_t read = is_slow_place(target, source) ? read_staged(target, request, source, bytes)
                                                 : read_to(target, request, source, bytes);

    if (read <= 0) {
        // No such process, no such memory: that is this sender's affair.
        is_forbidden = is_forbidden || (errno != ESRCH && errno != EFAULT);
        return false;
    }
    request->position += read;
    return true;
}

int mpr_cma_advance(struct mpr_request *request)
{
    if (request->position < request->message_bytes && !read_part(request)) {
        mpr_list_remove(&request->peer_link);
        mpr_transfer_accept(request, MPR_PATH_CHUNK);
    } else if (request->position == request->message_bytes && !mpr_bury_is_due()) {
        mpr_list_remove(&request->peer_link);
        mpr_transfer_finish_receive(request);
    }
    return 1;
}
