/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, mapping and checking the job segment. */
#include "shm/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "mpi.h"

/* The windows are part of the mapping, but may not be touched: most of what lies there is nowhere,
 * and a core dump that looked for it would make it. */
static void close_windows(struct mpr_segment *segment)
{
    char *windows = (char *)segment->header + segment->layout.heap_offset;
    size_t bytes = segment->layout.segment_bytes - segment->layout.heap_offset;

    segment->has_windows = mprotect(windows, bytes, PROT_NONE) == 0 &&
                           madvise(windows, bytes, MADV_DONTDUMP) == 0;
    if (!segment->has_windows) {
        munmap(windows, bytes);
    }
}

/* Without room for the windows, the rest will do. */
static int map(struct mpr_segment *segment)
{
    const struct mpr_layout *layout = &segment->layout;
    bool wants_windows = segment->geometry.heap_bytes > 0;
    uint64_t bytes = wants_windows ? layout->heap_offset : layout->segment_bytes;
    const int protection = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_NORESERVE;
    void *base = MAP_FAILED;

    segment->has_windows = false;
    if (wants_windows) {
        base = mmap(NULL, layout->segment_bytes, protection, flags, segment->fd, 0);
    }
    if (base != MAP_FAILED) {
        segment->header = base;
        close_windows(segment);
        return MPR_OK;
    }
    base = mmap(NULL, bytes, protection, flags, segment->fd, 0);
    if (base == MAP_FAILED) {
        return errno == ENOMEM ? MPR_ERR_NO_MEMORY : MPR_ERR_SYSTEM;
    }
    segment->header = base;
    return MPR_OK;
}

static void fill_header(struct mpr_segment *segment, const struct mpr_segment_config *config)
{
    *segment->header = (struct mpr_segment_header){
        .version = MPR_SEGMENT_VERSION,
        .header_bytes = sizeof(struct mpr_segment_header),
        .segment_bytes = segment->layout.segment_bytes,
        .geometry = segment->geometry,
        .cpus_usable = config->cpus_usable,
        .cpus_total = config->cpus_total > 0 ? config->cpus_total : config->cpus_usable,
        .oversubscribed = config->rank_count > config->cpus_usable,
        .crowded = config->rank_count > config->cpus_usable,
        .launcher_pid = (int32_t)getpid(),
        .ask_fd = -1,
        .start_ns = mpr_clock_ns(),
    };
    for (uint32_t rank = 0; rank < config->rank_count; rank++) {
        struct mpr_rank_control *control = mpr_segment_control(segment, rank);
        mpr_segment_control_init(control);
        control->world_rank = (int32_t)rank;
        control->world_size = (int32_t)config->rank_count;
    }
    segment->header->magic = MPR_SEGMENT_MAGIC;
}

/* Where the size of files is limited (ulimit -f) this is to fail, not to end the process. */
static int set_size(int fd, uint64_t bytes)
{
    struct sigaction previous;

    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, &previous);
    int result = ftruncate(fd, (off_t)bytes);
    sigaction(SIGXFSZ, &previous, NULL);
    return result;
}

int mpr_segment_create(struct mpr_segment *segment, const struct mpr_segment_config *config)
{
    mpr_geometry_choose(&segment->geometry, config);
    mpr_layout_compute(&segment->layout, &segment->geometry);
    segment->fd = memfd_create(MPR_SEGMENT_FILE, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (segment->fd < 0) {
        return MPR_ERR_SYSTEM;
    }
    // Nobody can take pages away below a process that has the segment mapped.
    int code = MPR_ERR_SYSTEM;
    if (set_size(segment->fd, segment->layout.segment_bytes) == 0 &&
        fcntl(segment->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        code = map(segment);
    }
    if (code != MPR_OK) {
        int error = errno;
        close(segment->fd);
        errno = error;
        return code;
    }
    fill_header(segment, config);
    return MPR_OK;
}

/* Whether this is the header of a segment of this version, so large; takes
 * geometry and layout over. */
static bool take_header(struct mpr_segment *segment, const struct mpr_segment_header *header,
                        uint64_t file_bytes)
{
    if (header->magic != MPR_SEGMENT_MAGIC || header->version != MPR_SEGMENT_VERSION ||
        header->header_bytes != sizeof(*header) || header->segment_bytes != file_bytes) {
        return false;
    }
    segment->geometry = header->geometry;
    mpr_layout_compute(&segment->layout, &segment->geometry);
    return segment->layout.segment_bytes == file_bytes;
}

int mpr_segment_attach(struct mpr_segment *segment, int fd)
{
    struct mpr_segment_header header;
    struct stat status;
    int code = MPR_ERR_ARGUMENT;

    segment->fd = fd;
    if (fstat(fd, &status) != 0) {
        return MPR_ERR_SYSTEM;
    }
    if (pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
        take_header(segment, &header, (uint64_t)status.st_size)) {
        code = map(segment);
    }
    int error = errno;
    close(fd);
    segment->fd = -1;
    errno = error;
    return code;
}

void mpr_segment_detach(struct mpr_segment *segment)
{
    munmap(segment->header, segment->has_windows || segment->geometry.heap_bytes == 0
                                ? segment->layout.segment_bytes
                                : segment->layout.heap_offset);
    segment->header = NULL;
    if (segment->fd >= 0) {
        close(segment->fd);
        segment->fd = -1;
    }
}

struct mpr_rank_control *mpr_segment_control(const struct mpr_segment *segment, uint32_t slot)
{
    char *base = (char *)segment->header;
    return (struct mpr_rank_control *)(base + segment->layout.control_offset) + slot;
}

void mpr_segment_control_init(struct mpr_rank_control *control)
{
    control->pipe_read_fd = -1;
    control->pipe_write_fd = -1;
    atomic_store_explicit(&control->board.peer, MPI_PROC_NULL, memory_order_relaxed);
}

struct mpr_context_table *mpr_segment_contexts(const struct mpr_segment *segment)
{
    return (struct mpr_context_table *)((char *)segment->header + segment->layout.contexts_offset);
}
