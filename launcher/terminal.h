/* SPDX-License-Identifier: BSD-3-Clause */
/* Terminals of the ranks' own, where their output goes to one. */
#ifndef LAUNCHER_TERMINAL_H
#define LAUNCHER_TERMINAL_H

/* Opens a terminal for a rank that writes to the terminal `sink_fd`, because programs show their
 * lines at once, colours, and how far they are, only to a terminal. It changes nothing in what is
 * written. Returns 0 and two descriptors, to read from and to write to, which the caller closes, or
 * a negative errno. */
int mpr_terminal_open(int fds[2], int sink_fd);

/* Gives a terminal the size of another one. Does nothing if one of them is not a terminal. */
void mpr_terminal_copy_size(int from_fd, int to_fd);

#endif
