/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Comm_join: two processes that share a socket (MPI 5.0, 11.10.6). */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "mpi/api.h"
#include "mpi/connect_call.h"
#include "p2p/wait.h"
#include "shm/context.h"
#include "shm/hold.h"

/* What each tells the other. */
struct greeting {
    char magic[8];
    int64_t job_pid; /* a job is known by its launcher and its start */
    uint64_t job_start_ns;
    struct mpr_member member;
};

/* And then the one with the lower slot: the contexts, from its side. */
struct contexts {
    int32_t code;
    uint32_t ids[MPR_MAIL_CONTEXTS];
};

/* The other one may come only when it has a message from here, or from another thread. */
static int move_all(int fd, void *bytes, size_t count, bool sends)
{
    for (char *at = bytes; count > 0;) {
        ssize_t moved = sends ? send(fd, at, count, MSG_NOSIGNAL | MSG_DONTWAIT)
                              : recv(fd, at, count, MSG_DONTWAIT);
        if (moved > 0) {
            at += moved;
            count -= (size_t)moved;
        } else if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            mpr_wait_for_fd(fd, sends ? POLLOUT : POLLIN);
        } else if (moved == 0 || errno != EINTR) {
            return MPR_ERR_SYSTEM;
        }
    }
    return MPR_OK;
}

static int swap(int fd, struct greeting *ours, struct greeting *theirs)
{
    int code = move_all(fd, ours, sizeof(*ours), true);
    return code == MPR_OK ? move_all(fd, theirs, sizeof(*theirs), false) : code;
}

/* The first of the two takes the contexts; the other sees them with the sides turned. */
static int agree(int fd, bool is_first, uint32_t ids[MPR_MAIL_CONTEXTS])
{
    struct contexts contexts = {0};

    if (is_first) {
        contexts.code = mpr_mail_take_contexts(&mpr_job.segment, 1, 1, contexts.ids);
    }
    int code = move_all(fd, &contexts, sizeof(contexts), is_first);
    if (code == MPR_OK) {
        code = contexts.code;
    }
    ids[MPR_MAIL_INTER] = contexts.ids[MPR_MAIL_INTER];
    ids[MPR_MAIL_OURS] = contexts.ids[is_first ? MPR_MAIL_OURS : MPR_MAIL_THEIRS];
    ids[MPR_MAIL_THEIRS] = contexts.ids[is_first ? MPR_MAIL_THEIRS : MPR_MAIL_OURS];
    return code;
}

static int comm_join(int fd, MPI_Comm *intercomm)
{
    const struct mpr_segment_header *header = mpr_job.segment.header;
    struct greeting ours = {.magic = "mprjoin",
                            .job_pid = header->launcher_pid,
                            .job_start_ns = header->start_ns,
                            .member = mpr_hold_name(mpr_job.slot)};
    struct greeting theirs;
    struct mpr_connection connection = {.member_count = 1};
    struct mpr_comm *made = NULL;

    MPR_TRY(mpr_arg_pointer(NULL, "intercomm", intercomm));
    if (swap(fd, &ours, &theirs) != MPR_OK) {
        return mpr_raise(NULL, MPI_ERR_OTHER, "fd %d is no socket with a process at its other end",
                         fd);
    }
    if (memcmp(theirs.magic, ours.magic, sizeof(ours.magic)) != 0) {
        return mpr_raise(NULL, MPI_ERR_OTHER,
                         "what came through fd %d is not from MPI_Comm_join of this library", fd);
    }
    if (theirs.job_pid != ours.job_pid || theirs.job_start_ns != ours.job_start_ns) {
        // As the standard asks where no connection can be had.
        *intercomm = MPI_COMM_NULL;
        return MPI_SUCCESS;
    }
    if (theirs.member.slot == ours.member.slot) {
        return mpr_raise(NULL, MPI_ERR_ARG, "fd %d leads back to this process", fd);
    }
    int code = agree(fd, ours.member.slot < theirs.member.slot, connection.contexts);
    if (code == MPR_OK) {
        code = mpr_connect_known(mpr_comm_self, &theirs.member, &connection, &made);
    }
    return mpr_give_connection(mpr_comm_self, code, &connection, made, intercomm);
}

MPR_API(int, Comm_join, (int fd, MPI_Comm *intercomm))
{
    return MPR_RUN(Comm_join, comm_join(fd, intercomm));
}
