/* SPDX-License-Identifier: BSD-3-Clause */
#include "launcher/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

void mpr_terminal_copy_size(int from_fd, int to_fd)
{
    struct winsize size;

    if (ioctl(from_fd, TIOCGWINSZ, &size) == 0) {
        ioctl(to_fd, TIOCSWINSZ, &size);
    }
}

int mpr_terminal_open(int fds[2], int sink_fd)
{
    struct termios raw;

    fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fds[0] < 0) {
        return -errno;
    }
    if (unlockpt(fds[0]) != 0 ||
        (fds[1] = ioctl(fds[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
        int error = errno;
        close(fds[0]);
        return -error;
    }
    if (tcgetattr(fds[1], &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fds[1], TCSANOW, &raw);
    }
    mpr_terminal_copy_size(sink_fd, fds[1]);
    return 0;
}
