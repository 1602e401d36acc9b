/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a program in which system calls fail, as in a container that forbids them:
 * forbid [-e ERROR] CALL[,CALL]... PROGRAM [ARGUMENT...]
 *
 * ERROR is EPERM (the default), ENOSYS, ENOMEM or EMFILE. The calls are those of the table below.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS_MAX = 16, EXIT_SKIP = 77, EXIT_USAGE = 99 };

static const struct name {
    const char *text;
    int value;
} calls[] = {
    {"io_uring_setup", SYS_io_uring_setup},
    {"membarrier", SYS_membarrier},
    {"memfd_create", SYS_memfd_create},
    {"pidfd_open", SYS_pidfd_open},
    {"prctl", SYS_prctl},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"vmsplice", SYS_vmsplice},
};

static const struct name errors[] = {
    {"EPERM", EPERM},
    {"ENOSYS", ENOSYS},
    {"ENOMEM", ENOMEM},
    {"EMFILE", EMFILE},
};

static int find(const struct name *names, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].text, text) == 0) {
            return names[i].value;
        }
    }
    fprintf(stderr, "forbid: '%s' is not in the table\n", text);
    exit(EXIT_USAGE);
}

/* Makes the calls fail with `error` for this process and all that follow from it. */
static int install(const int *numbers, int count, int error)
{
    struct sock_filter filter[CALLS_MAX + 3];
    struct sock_fprog program = {.filter = filter};
    unsigned short length = 0;

    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < count; i++) {
        filter[length++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], (unsigned char)(count - i), 0);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    program.len = length;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    int numbers[CALLS_MAX], count = 0, error = EPERM;

    if (argc > 3 && strcmp(argv[1], "-e") == 0) {
        error = find(errors, sizeof errors / sizeof errors[0], argv[2]);
        argv += 2;
        argc -= 2;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: forbid [-e ERROR] CALL[,CALL]... PROGRAM [ARGUMENT...]\n");
        return EXIT_USAGE;
    }
    for (char *call = strtok(argv[1], ","); call != NULL && count < CALLS_MAX;
         call = strtok(NULL, ",")) {
        numbers[count++] = find(calls, sizeof calls / sizeof calls[0], call);
    }
    if (install(numbers, count, error) != 0) {
        perror("forbid: the kernel takes no filter");
        return EXIT_SKIP;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return EXIT_USAGE;
}
