/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes the ranks' inbox pipes. A larger pipe takes more pages in one call; how large it may be is
 * the system's choice, so what is refused is done without. */
#include "launcher/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)

int mpr_inbox_open_all(const struct mpr_segment *segment)
{
    for (uint32_t rank = 0; rank < segment->geometry.rank_count; rank++) {
        struct mpr_rank_control *control = mpr_segment_control(segment, rank);
        int fds[2];
        if (pipe2(fds, 0) != 0) {
            return -errno;
        }
        (void)fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES);
        control->pipe_read_fd = fds[0];
        control->pipe_write_fd = fds[1];
    }
    return 0;
}
