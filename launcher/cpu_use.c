/* SPDX-License-Identifier: BSD-3-Clause */
#include "launcher/cpu_use.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 512

/* Reads the first line of /proc/<process>/<name>. */
static bool read_line(pid_t process, const char *name, char line[LINE_BYTES])
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool is_read = fgets(line, LINE_BYTES, file) != NULL;
    fclose(file);
    return is_read;
}

bool mpr_cpu_use_is_wanted(pid_t process, uint64_t *used_ns)
{
    char line[LINE_BYTES];

    if (!read_line(process, "stat", line)) {
        return false;
    }
    const char *name_end = strrchr(line, ')'); // the program's name may be anything
    return name_end != NULL && strncmp(name_end, ") R", 3) == 0 &&
           read_line(process, "schedstat", line) && sscanf(line, "%" SCNu64, used_ns) == 1;
}
