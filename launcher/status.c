/* SPDX-License-Identifier: BSD-3-Clause */
/* The job's segment is a file that its mprun has open: whoever may look into that process finds it
 * among its descriptors. */
#include "launcher/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "launcher/where.h"

#define BETWEEN_LOOKS_NS 1000000

#define SEGMENT_NAME "/memfd:" MPR_SEGMENT_FILE

/* Whether the process has the segment open by this name of /proc. */
static bool is_segment(int folder, const char *name)
{
    char target[sizeof(SEGMENT_NAME)];
    const ssize_t length = sizeof(SEGMENT_NAME) - 1;

    return readlinkat(folder, name, target, sizeof(target)) > length &&
           memcmp(target, SEGMENT_NAME " ", (size_t)length + 1) == 0;
}

/* A descriptor of the segment of the job of this mprun, or -1; `errno` 0: it has none. */
static int open_segment(int pid)
{
    char path[64];
    const struct dirent *entry;
    int fd = -1;

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return -1;
    }
    errno = 0;
    while (fd < 0 && errno == 0 && (entry = readdir(folder)) != NULL) {
        if (is_segment(dirfd(folder), entry->d_name)) {
            fd = openat(dirfd(folder), entry->d_name, O_RDWR | O_CLOEXEC);
        } else {
            errno = 0; // no link, or that of another file
        }
    }
    int error = errno;
    closedir(folder);
    errno = error;
    return fd;
}

static bool is_alive(int pid)
{
    return pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH;
}

/* A slot that nobody has attached to yet is one of mprun's own ranks that runs, or one to spare. */
static bool is_running(void *context, int slot)
{
    const struct mpr_segment *segment = context;
    const struct mpr_rank_control *control = mpr_segment_control(segment, (uint32_t)slot);

    if (atomic_load_explicit(&control->state, memory_order_acquire) == MPR_RANK_EMPTY) {
        return slot < (int)segment->geometry.rank_count;
    }
    return is_alive(atomic_load_explicit(&control->pid, memory_order_relaxed));
}

static void say(void *context, const char *text)
{
    (void)context;
    puts(text);
}

static void print(struct mpr_segment *segment)
{
    const struct mpr_where where = {
        .segment = segment, .is_running = is_running, .say = say, .context = segment};
    uint32_t *settled = calloc(segment->geometry.slot_count, sizeof(*settled));
    bool is_stuck = false;

    if (settled != NULL && !mpr_where_is_stuck(&where, settled)) {
        nanosleep(&(struct timespec){.tv_nsec = BETWEEN_LOOKS_NS}, NULL);
        is_stuck = mpr_where_is_stuck(&where, settled);
    }
    free(settled);
    if (is_stuck) {
        mpr_where_say_stuck(&where);
    } else {
        mpr_where_say(&where);
    }
}

int mpr_status_print(int pid)
{
    struct mpr_segment segment;
    int fd = open_segment(pid);

    if (fd < 0 && (errno == 0 || errno == ENOENT)) {
        mpr_say("--status: no job runs under a process %d; it is mprun's own number that counts",
                pid);
        return 1;
    }
    if (fd < 0) {
        mpr_say("--status: cannot look into process %d: %s", pid, strerror(errno));
        return 1;
    }
    if (mpr_segment_attach(&segment, fd) != MPR_OK) {
        mpr_say("--status: the job of process %d cannot be read, it is of another version of mprun",
                pid);
        return 1;
    }
    print(&segment);
    mpr_segment_detach(&segment);
    return 0;
}
