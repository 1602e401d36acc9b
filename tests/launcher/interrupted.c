/* SPDX-License-Identifier: BSD-3-Clause */
/* Waits for Ctrl-C without taking it and then becomes the command of its arguments, which thus
 * begins with the signal pending. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    sigset_t set;

    if (argc < 2) {
        fprintf(stderr, "usage: interrupted COMMAND...\n");
        return 99;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    puts("ready");
    fflush(stdout);
    while (sigpending(&set) == 0 && !sigismember(&set, SIGINT)) {
        usleep(1000);
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 99;
}
