/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts processes by vfork: mprun's memory is neither copied nor marked for copying, and since the
 * child shares it until it executes the program, every failure on the way there is a plain store
 * that mprun reads as soon as it goes on.
 */
#include "launcher/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"

#define CPUS_MAX 8192

static struct rlimit inherited_limit;
static bool limit_is_raised;

void mpr_spawn_raise_limits(void)
{
    if (getrlimit(RLIMIT_NOFILE, &inherited_limit) != 0) {
        return;
    }
    struct rlimit raised = {.rlim_cur = inherited_limit.rlim_max,
                            .rlim_max = inherited_limit.rlim_max};
    limit_is_raised = setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

/* Binds the calling process; returns errno, or 0. */
static int bind_to(hwloc_const_bitmap_t cpus)
{
    static cpu_set_t mask[CPUS_MAX / CPU_SETSIZE]; // not on the stack: it is the parent's
    int cpu;

    memset(mask, 0, sizeof(mask));
    hwloc_bitmap_foreach_begin(cpu, cpus) if (cpu < CPUS_MAX)
    {
        CPU_SET_S((size_t)cpu, sizeof(mask), mask);
    }
    hwloc_bitmap_foreach_end();
    return sched_setaffinity(0, sizeof(mask), mask) == 0 ? 0 : errno;
}

static void fail(struct mpr_spawn_result *result, enum mpr_spawn_step step)
{
    result->failed_step = step;
    result->error = errno;
    _exit(127);
}

/* The child, in its parent's memory: it only makes system calls, and writes *result. */
static void become_rank(const struct mpr_spawn *spawn, struct mpr_spawn_result *result,
                        pid_t launcher)
{
    // The death signal counts from here on; mprun may have died just before.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != launcher) {
        fail(result, MPR_SPAWN_FORK);
    }
    if (spawn->cpus != NULL) {
        result->binding_error = bind_to(spawn->cpus);
    }
    for (int fd = 0; fd < 3; fd++) {
        if (spawn->standard_fds[fd] >= 0 && dup2(spawn->standard_fds[fd], fd) < 0) {
            fail(result, MPR_SPAWN_FORK);
        }
    }
    for (size_t i = 0; i < mpr_array_count(spawn->kept_fds); i++) {
        if (fcntl(spawn->kept_fds[i], F_SETFD, 0) != 0) {
            fail(result, MPR_SPAWN_FORK);
        }
    }
    if (spawn->directory != NULL && chdir(spawn->directory) != 0) {
        fail(result, MPR_SPAWN_DIRECTORY);
    }
    if (limit_is_raised) {
        setrlimit(RLIMIT_NOFILE, &inherited_limit);
    }
    signal(SIGPIPE, SIG_DFL); // mprun ignores it for itself
    sigprocmask(SIG_SETMASK, spawn->signal_mask, NULL);
    execvpe(spawn->argv[0], spawn->argv, spawn->environment);
    fail(result, MPR_SPAWN_PROGRAM);
}

int mpr_spawn(const struct mpr_spawn *spawn, struct mpr_spawn_result *result)
{
    pid_t launcher = getpid();

    *result = (struct mpr_spawn_result){0};
    pid_t pid = vfork();
    if (pid == 0) {
        become_rank(spawn, result, launcher);
    }
    if (pid < 0) {
        result->failed_step = MPR_SPAWN_FORK;
        result->error = errno;
        return -1;
    }
    if (result->failed_step != MPR_SPAWN_NONE) {
        waitpid(pid, NULL, 0);
        return -1;
    }
    return pid;
}

/* The first file of that name in the folders of PATH, which may be one that cannot be executed. */
static bool find_in_path(const char *name, char *path, size_t path_bytes)
{
    const char *folder = getenv("PATH");
    struct stat status;

    while (folder != NULL && name[0] != '\0') {
        int length = (int)strcspn(folder, ":");
        snprintf(path, path_bytes, "%.*s/%s", length > 0 ? length : 1, length > 0 ? folder : ".",
                 name);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            return true;
        }
        folder = folder[length] == ':' ? folder + length + 1 : NULL;
    }
    return false;
}

bool mpr_spawn_find(const char *program, const char *directory, char *path, size_t path_bytes)
{
    bool is_relative = program[0] != '/' && directory != NULL;

    if (strchr(program, '/') == NULL) {
        return find_in_path(program, path, path_bytes);
    }
    snprintf(path, path_bytes, "%s%s%s", is_relative ? directory : "", is_relative ? "/" : "",
             program);
    return true;
}

/* What stands in the way of executing a file that the kernel refused. */
static const char *explain_file(const char *path, int error)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;

    if (exists && S_ISDIR(status.st_mode)) {
        return "it is a directory";
    }
    if (exists && error == EACCES && (status.st_mode & 0111) == 0) {
        return "it is not executable (chmod +x makes it so)";
    }
    if (exists && error == ENOENT) {
        return "the interpreter that it names (#! or ELF loader) does not exist";
    }
    return strerror(error);
}

static void explain_program(const struct mpr_spawn *spawn, int error, char *text, size_t text_bytes)
{
    const char *program = spawn->argv[0];
    bool is_name = strchr(program, '/') == NULL;
    char path[4096];

    if (mpr_spawn_find(program, spawn->directory, path, sizeof(path))) {
        snprintf(text, text_bytes, "cannot start %s: %s", is_name ? path : program,
                 explain_file(path, error));
        return;
    }
    snprintf(path, sizeof(path), "%s/%s", spawn->directory != NULL ? spawn->directory : ".",
             program);
    snprintf(text, text_bytes, "cannot start %s: not found in PATH%s", program,
             access(path, F_OK) == 0 ? "; to run the one here put ./ before" : "");
}

int mpr_spawn_explain(const struct mpr_spawn *spawn, const struct mpr_spawn_result *result,
                      char *text, size_t text_bytes)
{
    switch (result->failed_step) {
    case MPR_SPAWN_DIRECTORY:
        snprintf(text, text_bytes, "cannot enter directory %s: %s", spawn->directory,
                 strerror(result->error));
        return 125;
    case MPR_SPAWN_PROGRAM:
        explain_program(spawn, result->error, text, text_bytes);
        return result->error == ENOENT ? 127 : 126;
    case MPR_SPAWN_FORK:
    case MPR_SPAWN_NONE:
        break;
    }
    snprintf(text, text_bytes, "cannot start a process: %s%s", strerror(result->error),
             result->error == EAGAIN ? " (see ulimit -u, and pids.max of the control group)" : "");
    return 125;
}
