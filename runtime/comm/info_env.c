/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process can say about how it was started (MPI 5.0, 10): its command and arguments, how
 * many processes were started with it, and where they run.
 *
 * A key is there only when its value is known and fits: the limit of processes for a soft start,
 * the file and the level of thread support have no way to be asked for with mprun. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "comm/info.h"
#include "shm/job.h"

struct mpr_info mpr_info_env = {.object = {(uintptr_t)MPI_INFO_ENV, 1}};

/* Sets a value, unless it is too long. */
static int set_fitting(struct mpr_info *info, const char *key, const char *value)
{
    return strlen(value) < MPI_MAX_INFO_VAL ? mpr_info_set(info, key, value) : MPR_OK;
}

/* Joins texts by blanks; a full buffer stands for what does not fit. */
struct joined {
    char text[MPI_MAX_INFO_VAL + 1];
    size_t length;
};

static void join(struct joined *joined, const char *word)
{
    size_t room = sizeof(joined->text) - 1 - joined->length;
    if (joined->length > 0 && room > 0) {
        joined->text[joined->length++] = ' ';
        room--;
    }
    size_t length = strnlen(word, room);
    memcpy(joined->text + joined->length, word, length);
    joined->length += length;
    joined->text[joined->length] = '\0';
}

static int set_arguments(struct mpr_info *info, int argc, char *const argv[])
{
    struct joined joined = {.length = 0};

    for (int i = 1; i < argc; i++) {
        join(&joined, argv[i]);
    }
    int code = argc > 0 ? set_fitting(info, "command", argv[0]) : MPR_OK;
    return code == MPR_OK && argc > 1 ? set_fitting(info, "argv", joined.text) : code;
}

/* Reads the arguments of main() from the system: at most `bytes` with all their nulls. */
static size_t read_command_line(char *text, size_t bytes)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, bytes);
    close(fd);
    return length > 0 ? (size_t)length : 0;
}

/* As if main() had given them; those of a very long line are left out. */
static int set_own_arguments(struct mpr_info *info)
{
    enum { BYTES = 2 * MPI_MAX_INFO_VAL + 2 };
    char text[BYTES + 1];
    char *argv[BYTES];
    int argc = 0;
    size_t length = read_command_line(text, BYTES);

    text[length] = '\0';
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        argv[argc++] = text + at;
    }
    if (length == BYTES) {
        argc = 1;
    }
    return set_arguments(info, argc, argv);
}

/* Processes that were started together with this one, by the same part of the command line. */
static int count_companions(void)
{
    int count = 0;
    for (int rank = 0; rank < mpr_job.size; rank++) {
        int slot = mpr_job.members != NULL ? mpr_job.members[rank].slot : rank;
        const struct mpr_rank_control *control =
            mpr_segment_control(&mpr_job.segment, (uint32_t)slot);
        count += control->appnum == mpr_job.control->appnum;
    }
    return count;
}

static int set_place(struct mpr_info *info)
{
    struct utsname names;
    char directory[PATH_MAX];
    int code = MPR_OK;

    if (uname(&names) == 0) {
        code = set_fitting(info, "host", names.nodename);
        if (code == MPR_OK) {
            code = set_fitting(info, "arch", names.machine);
        }
    }
    if (code == MPR_OK && getcwd(directory, sizeof(directory)) != NULL) {
        code = set_fitting(info, "wdir", directory);
    }
    return code;
}

int mpr_info_set_env(struct mpr_info *info, int argc, char *const argv[])
{
    int code = argv != NULL ? set_arguments(info, argc, argv) : set_own_arguments(info);
    if (code == MPR_OK && mpr_job.control != NULL) {
        code = mpr_info_set_number(info, "maxprocs", count_companions());
    }
    return code == MPR_OK ? set_place(info) : code;
}

int mpr_info_env_start(void)
{
    return mpr_info_set_env(&mpr_info_env, 0, NULL);
}
