/* SPDX-License-Identifier: BSD-3-Clause */
/* The job segment: the one piece of memory that all processes of a job share.
 *
 * mprun makes it (a sealed memfd without a name), every rank inherits the descriptor, maps it once
 * and closes it; the kernel frees it with the last process, however that one died. Everything in it
 * is found by an offset from the base, computed from the geometry in the header by the same code in
 * every process. Untouched pages cost nothing.
 *
 *     header | control block of each rank | context ids | tails[receiver][sender] | ring controls
 *            | cells of each ring | payload of each ring | unit states and pool of each rank
 *            | heap windows
 *
 * Ring (receiver r, sender s) is the one that s writes and r reads.
 *
 * Owners: the header is written by mprun, all but death_count before any rank exists; end_is_told by
 * ranks too. A control block is written by its rank, but for `pid`, `appnum`, `spawned` and the pipe
 * descriptors (mprun, before the rank starts), the state MPR_RANK_DEAD (mprun, after its end) and the
 * doorbell (any rank, see shm/doorbell.h). */
#ifndef MPR_SHM_SEGMENT_H
#define MPR_SHM_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/tunables.h"

#define MPR_SEGMENT_MAGIC 0x6d7072756e736567u /* "mprunseg" */
#define MPR_SEGMENT_VERSION 2u

#define MPR_ENV_SEGMENT "MPRUN_SEGMENT" /* number of the inherited descriptor */
#define MPR_ENV_RANK "MPRUN_RANK"

enum mpr_rank_state {
    MPR_RANK_EMPTY,     /* no process has attached: not started, or not an MPI program */
    MPR_RANK_ATTACHED,  /* between MPI_Init and MPI_Finalize */
    MPR_RANK_FINALIZED, /* MPI_Finalize has returned */
    MPR_RANK_ABORTED,   /* called MPI_Abort, or ended by an MPI error; see abort_code */
    MPR_RANK_DEAD       /* the process has ended, and the job goes on; see shm/death.h */
};

/* What a rank is doing; the rank writes with relaxed stores, the launcher only reads. */
struct mpr_board {
    _Atomic uint32_t call;     /* enum mpr_call; MPR_CALL_NONE outside the library */
    _Atomic int32_t peer;      /* rank in the communicator, or MPI_ANY_SOURCE; -3 for none */
    _Atomic int32_t tag;
    _Atomic uint32_t context;  /* context id of the communicator */
    _Atomic uint64_t since_ns; /* CLOCK_MONOTONIC at which it began to wait; 0: it does not wait */
};

struct mpr_rank_control {
    /* Polled by senders before they wake the rank: alone on its lines. */
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t doorbell;

    MPR_ALIGNED(MPR_APART_BYTES) struct mpr_board board;

    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t state; /* enum mpr_rank_state */
    _Atomic int32_t pid;
    _Atomic int32_t abort_code;
    int32_t appnum;
    uint32_t spawned;     /* 1: by MPI_Comm_spawn; the job goes on when it dies */
    int32_t pipe_read_fd; /* inbox pipe of the pipe copy path; -1 without */
    int32_t pipe_write_fd;
};

/* Sizes from which every offset follows. */
struct mpr_geometry {
    uint32_t rank_count;
    uint32_t ring_cells;     /* power of two */
    uint32_t ring_bytes;     /* power of two; payload area of a ring */
    uint32_t pool_units;     /* of each rank's pool of chunks, see shm/chunk.h */
    uint64_t heap_bytes;     /* window of each rank; 0 until the shared heap has landed */
};

struct mpr_segment_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint64_t segment_bytes;
    struct mpr_geometry geometry;
    uint32_t cpus_usable;    /* affinity, cpuset and cpu.max counted */
    uint32_t oversubscribed; /* 1: more ranks than usable CPUs, spinning cannot help */
    int32_t launcher_pid;
    _Atomic uint32_t end_is_told; /* a rank has said why it ends the job: nobody else says it again */
    _Atomic uint32_t death_count; /* ranks that have died so far, see shm/death.h */
    uint64_t start_ns; /* CLOCK_MONOTONIC at the job's start; MPI_Wtime counts from here */
};

/* Offsets of the parts, computed from the geometry. */
struct mpr_layout {
    uint64_t control_offset;
    uint64_t contexts_offset;
    uint64_t tails_offset;
    uint64_t ring_control_offset;
    uint64_t cells_offset;
    uint64_t payload_offset;
    uint64_t unit_state_offset;
    uint64_t pool_offset;
    uint64_t heap_offset;
    uint64_t segment_bytes;
};

/* A process's view of the segment. */
struct mpr_segment {
    struct mpr_segment_header *header; /* also the base address */
    struct mpr_layout layout;
    struct mpr_geometry geometry;
    int fd; /* -1 once closed */
};

struct mpr_segment_config {
    uint32_t rank_count;
    uint32_t cpus_usable;
    const struct mpr_tunables *tunables;
};

/* Geometry for `rank_count` ranks: tunables where they are set, otherwise sizes that keep what an
 * all-to-all exchange touches within bounds (see segment_layout.c). */
void mpr_geometry_choose(struct mpr_geometry *geometry, uint32_t rank_count,
                         const struct mpr_tunables *tunables);
void mpr_layout_compute(struct mpr_layout *layout, const struct mpr_geometry *geometry);

/* The tails of all rings of one receiver lie together, in whole lines of its own. */
static inline uint64_t mpr_layout_tail_row_bytes(const struct mpr_geometry *geometry)
{
    return mpr_round_up(geometry->rank_count * sizeof(uint32_t), MPR_APART_BYTES);
}

/* Makes the segment and maps it (launcher, or a rank started without one). The descriptor is
 * close-on-exec; whoever starts ranks clears that in the child. All pids are 0, states EMPTY, pipes
 * -1. Returns 0, or with errno set MPR_ERR_NO_MEMORY (there is no address space for the segment) or
 * MPR_ERR_SYSTEM. */
int mpr_segment_create(struct mpr_segment *segment, const struct mpr_segment_config *config);

/* Maps an inherited segment and checks magic, version and sizes. Closes `fd` in every case. Returns
 * 0, MPR_ERR_ARGUMENT when it is no segment of this version, or with errno set MPR_ERR_SYSTEM or
 * MPR_ERR_NO_MEMORY; after the latter layout.segment_bytes tells what there is no address space for.
 */
int mpr_segment_attach(struct mpr_segment *segment, int fd);

/* Unmaps, and closes the descriptor if it is open. */
void mpr_segment_detach(struct mpr_segment *segment);

struct mpr_rank_control *mpr_segment_control(const struct mpr_segment *segment, uint32_t rank);

/* The context ids of the job; see shm/context.h. */
struct mpr_context_table *mpr_segment_contexts(const struct mpr_segment *segment);

#endif
