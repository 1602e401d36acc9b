/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared bytes lie in a sealed memfd. */
#include "pool/shared.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { NAME_BYTES = 64 };

static void make_name(char *name, uint64_t token)
{
    snprintf(name, NAME_BYTES, "mp-%016" PRIx64, token);
}

static int write_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        ssize_t written = write(fd, bytes, count);
        if (written <= 0) {
            return -1;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static void *map(int fd, size_t count)
{
    void *bytes = mmap(NULL, count, PROT_READ, MAP_SHARED, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* Returns 0, or -1 with nothing left behind. */
static int make_shared(struct mpp_shared *shared, const void *bytes, size_t count)
{
    uint64_t token = 0;
    char name[NAME_BYTES];
    if (getrandom(&token, sizeof token, 0) != sizeof token) {
        return -1;
    }
    make_name(name, token);
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return -1;
    }
    const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    if (write_all(fd, bytes, count) || fcntl(fd, F_ADD_SEALS, seals)
        || !(shared->bytes = map(fd, count))) {
        close(fd);
        return -1;
    }
    shared->name =
        (struct mpp_shared_name){.bytes = count, .token = token, .pid = getpid(), .fd = fd};
    return 0;
}

int mpp_shared_make(struct mpp_shared *shared, const void *bytes, size_t count)
{
    *shared = (struct mpp_shared){.name = {.bytes = count, .fd = -1}};
    if (!count || (count >= MPP_SHARED_BYTES_MIN && !make_shared(shared, bytes, count))) {
        return 0;
    }
    shared->bytes = malloc(count);
    if (!shared->bytes) {
        return -1;
    }
    memcpy(shared->bytes, bytes, count);
    return 0;
}

/* Whether the path leads to the memory of that token. */
static int is_right(const char *path, uint64_t token)
{
    char name[NAME_BYTES];
    char expected[2 * NAME_BYTES];
    char found[2 * NAME_BYTES];
    make_name(name, token);
    snprintf(expected, sizeof expected, "/memfd:%s (deleted)", name);
    ssize_t length = readlink(path, found, sizeof found - 1);
    found[length < 0 ? 0 : length] = '\0';
    return !strcmp(found, expected);
}

int mpp_shared_open(struct mpp_shared *shared, const struct mpp_shared_name *name)
{
    char path[NAME_BYTES];
    snprintf(path, sizeof path, "/proc/%" PRId64 "/fd/%" PRId32, name->pid, name->fd);
    if (!is_right(path, name->token)) {
        return -1;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    *shared = (struct mpp_shared){.bytes = map(fd, name->bytes), .name = *name};
    shared->name.fd = fd;
    if (!shared->bytes) {
        close(fd);
        shared->name.fd = -1;
    }
    return shared->bytes ? 0 : -1;
}

void mpp_shared_free(struct mpp_shared *shared)
{
    if (shared->bytes && shared->name.fd >= 0) {
        munmap(shared->bytes, shared->name.bytes);
        close(shared->name.fd);
    } else {
        free(shared->bytes);
    }
    *shared = (struct mpp_shared){.name = {.fd = -1}};
}
