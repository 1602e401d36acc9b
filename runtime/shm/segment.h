/* SPDX-License-Identifier: BSD-3-Clause */
/* The job segment: the one piece of memory that all processes of a job share.
 *
 * mprun makes it (a sealed memfd without a name), every rank inherits the descriptor, maps it once
 * and closes it; the kernel frees it with the last process, however that one died. Everything in it
 * is found by an offset from the base, computed from the geometry in the header by the same code in
 * every process. Untouched pages cost nothing.
 *
 *     header | control block of each slot | context ids | links[holder][slot] | mail of each slot
 *            | tails[receiver][sender] | ring controls | cells of each ring | payload of each ring
 *            | cells in common of each pair
 *            | unit states and pool of each slot | slates | heap windows
 *
 * Each process has a slot. The first rank_count ones are those of the ranks that mprun starts, in
 * their order; the spare ones after them serve processes that are spawned, one after the other
 * (shm/slot.h). What the first ranks share lies together, as if there were no others.
 *
 * Ring (receiver r, sender s) is the one that s writes and r reads.
 *
 * Owners: the header is written by mprun, all but `death_count` and `crowded` before any rank
 * exists; end_is_told by ranks too. A control block is written by its rank, but for the facts
 * (mprun, before the rank starts), `ended`, the state MPR_RANK_DEAD and the generation (mprun,
 * after an end) and the doorbell (any rank, see shm/doorbell.h). */
#ifndef MPR_SHM_SEGMENT_H
#define MPR_SHM_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/tunables.h"

#define MPR_SEGMENT_MAGIC 0x6d7072756e736567u /* "mprunseg" */
#define MPR_SEGMENT_VERSION 10u
#define MPR_SEGMENT_FILE "mprun" /* what /proc calls it */

#define MPR_PAGE_BYTES 4096

#define MPR_ENV_SEGMENT "MPRUN_SEGMENT" /* number of the inherited descriptor */
#define MPR_ENV_RANK "MPRUN_RANK"

/* Parts of the machine, the largest first. */
enum mpr_domain { MPR_DOMAIN_SOCKET, MPR_DOMAIN_NUMA, MPR_DOMAIN_CACHE, MPR_DOMAIN_COUNT };

/* Those that a process is bound to, by their numbers from 1 on; 0: it may run in several of that
 * kind, or nobody knows. */
struct mpr_domains {
    uint16_t numbers[MPR_DOMAIN_COUNT];
};

enum mpr_rank_state {
    MPR_RANK_EMPTY,     /* no process has attached: not started, or not an MPI program */
    MPR_RANK_ATTACHED,  /* after MPI_Init or in a session, which has not ended */
    MPR_RANK_FINALIZED, /* MPI_Finalize has returned, all sessions have ended */
    MPR_RANK_ABORTED,   /* called MPI_Abort, or ended by an MPI error; see abort_code */
    MPR_RANK_DEAD       /* the process has ended, and the job goes on; see shm/death.h */
};

#define MPR_BOARD_ASLEEP (UINT32_C(1) << 31)

/* What a rank is doing; the rank writes with relaxed stores, the launcher only reads. */
struct mpr_board {
    _Atomic uint32_t call;     /* enum mpr_call; MPR_CALL_NONE outside the library. With
                                * MPR_BOARD_ASLEEP: of a thread that sleeps while others may run */
    _Atomic int32_t peer;      /* that it waits for: a rank in the communicator, MPI_ANY_SOURCE, or
                                * MPI_PROC_NULL for none */
    _Atomic int32_t slot;      /* that rank's, if `peer` is one; -1: not known */
    _Atomic int32_t tag;
    _Atomic uint32_t context;  /* context id of the communicator */
    _Atomic uint64_t since_ns; /* CLOCK_MONOTONIC at which it began to wait; 0: it does not wait */
};

struct mpr_rank_control {
    /* Polled by senders before they wake the rank: alone on its lines. */
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t doorbell;

    MPR_ALIGNED(MPR_APART_BYTES) struct mpr_board board;

    /* What the doorbell was armed with when the rank settled (shm/doorbell.h). */
    _Atomic uint32_t settled;

    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t state; /* enum mpr_rank_state */
    _Atomic int32_t pid; /* of whoever has attached, which a wrapper may have started */
    _Atomic int32_t abort_code;
    _Atomic uint32_t in_world; /* 1 from MPI_Init to MPI_Finalize, 0 in sessions alone */
    _Atomic int32_t ended; /* what waitpid() told of the dead, plus one; 0: not known */

    /* Facts: mprun writes them before the process starts. */
    int32_t appnum;
    uint32_t spawned;     /* 1: by MPI_Comm_spawn; the job goes on when it dies */
    uint32_t world;       /* processes started together have a number of their own; 0: by mprun */
    int32_t world_rank;   /* this one's rank among them */
    int32_t world_size;
    int32_t pipe_read_fd; /* inbox pipe of the pipe copy path; -1 without */
    int32_t pipe_write_fd;
    struct mpr_domains domains;

    _Atomic uint64_t pid_namespace; /* in which `pid` counts; 0: not known */

    _Atomic uint32_t generation; /* how many processes had the slot before; see shm/slot.h */

    /* For those that share a CPU with the rank, or wait for it, where ranks share cores
     * (p2p/mates.h). */
    _Atomic uint32_t cpu; /* where it last was, plus one; 0: not told */
    _Atomic uint64_t awaited; /* the cell that it waits for; 0: none so far */
};

/* Sizes from which every offset follows. */
struct mpr_geometry {
    uint32_t rank_count;     /* that mprun starts */
    uint32_t slot_count;     /* for them and for those that are spawned */
    uint32_t ring_cells;     /* power of two */
    uint32_t ring_bytes;     /* power of two; payload area of a ring */
    uint32_t pool_units;     /* of each rank's pool of chunks, see shm/chunk.h */
    uint64_t heap_bytes;     /* window of each slot (shm/window.h); 0: there are none */
};

struct mpr_segment_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint64_t segment_bytes;
    struct mpr_geometry geometry;
    uint32_t cpus_usable;    /* by the first ranks, as they are bound; cpu.max counted */
    uint32_t cpus_total;     /* that the job may use: affinity, cpuset and cpu.max counted */
    uint32_t oversubscribed; /* 1: mprun starts more ranks than there are usable CPUs. Constant: all
                              * members of a collective choose the same algorithm by it */
    _Atomic uint32_t crowded; /* 1: at present more ranks than usable CPUs, spinning cannot help */
    int32_t launcher_pid;
    int32_t ask_fd; /* where ranks ask mprun for something, see shm/mail.h; -1: nobody to ask */
    _Atomic uint32_t end_is_told; /* a rank has said why it ends the job:
                                   * nobody else says it again */
    _Atomic uint32_t death_count; /* ranks that have died so far, see shm/death.h */
    uint64_t start_ns; /* CLOCK_MONOTONIC at the job's start; MPI_Wtime counts from here */
};

/* Offsets of the parts, computed from the geometry. */
struct mpr_layout {
    uint64_t control_offset;
    uint64_t contexts_offset;
    uint64_t links_offset;
    uint64_t mail_offset;
    uint64_t tails_offset;
    uint64_t ring_control_offset;
    uint64_t cells_offset;
    uint64_t payload_offset;
    uint64_t commons_offset;
    uint64_t unit_state_offset;
    uint64_t pool_offset;
    uint64_t slates_offset;
    uint64_t heap_offset;
    uint64_t segment_bytes;
};

/* A process's view of the segment. */
struct mpr_segment {
    struct mpr_segment_header *header; /* also the base address */
    struct mpr_layout layout;
    struct mpr_geometry geometry;
    bool has_windows; /* they are mapped, without access */
    int fd;           /* -1 once closed */
};

struct mpr_segment_config {
    uint32_t rank_count;
    uint32_t cpus_usable;
    uint32_t cpus_total;  /* 0: the same */
    uint32_t spare_slots; /* for processes that are spawned */
    uint64_t heap_bytes;  /* of each one's window; 0: none */
    const struct mpr_tunables *tunables;
};

/* How many slots a job keeps for processes that are spawned: as tuned, or as many as suit the CPUs.
 * Only a job with a launcher can spawn. */
uint32_t mpr_segment_spare_slots(const struct mpr_tunables *tunables);

/* Geometry for the ranks and spare slots of `config`: tunables where they are set, otherwise sizes
 * that keep what an all-to-all exchange touches within bounds (see segment_layout.c). */
void mpr_geometry_choose(struct mpr_geometry *geometry, const struct mpr_segment_config *config);
void mpr_layout_compute(struct mpr_layout *layout, const struct mpr_geometry *geometry);

/* The number of a ring: those among the first ranks come before all others. */
static inline uint64_t mpr_layout_ring(const struct mpr_geometry *geometry, uint32_t receiver,
                                       uint32_t sender)
{
    uint64_t ranks = geometry->rank_count, slots = geometry->slot_count;

    if (receiver >= ranks) {
        return receiver * slots + sender;
    }
    return sender < ranks ? receiver * ranks + sender
                          : ranks * ranks + receiver * (slots - ranks) + (sender - ranks);
}

/* The number of two slots, of which each may be with itself: those among the first ranks come
 * first. */
static inline uint64_t mpr_layout_pair(uint32_t one, uint32_t other)
{
    uint64_t low = one < other ? one : other, high = one < other ? other : one;

    return high * (high + 1) / 2 + low;
}

/* Where a ring's tail lies, from tails_offset on. The tails of one receiver and the first ranks lie
 * together, in whole lines of its own, and so do those of it and the spare slots. */
uint64_t mpr_layout_tail(const struct mpr_geometry *geometry, uint32_t receiver, uint32_t sender);

/* What a slot may be sent by mprun: in each box of its mail a struct mpr_answer (shm/mail.h) and a
 * member for each slot. */
uint64_t mpr_layout_mail_bytes(const struct mpr_geometry *geometry);

/* One byte for each slot, in whole lines of the holder's own; see shm/slot.h. */
static inline uint64_t mpr_layout_link_row_bytes(const struct mpr_geometry *geometry)
{
    return mpr_round_up(geometry->slot_count, MPR_APART_BYTES);
}

/* Makes the segment and maps it (launcher, or a rank started without one). The descriptor is
 * close-on-exec; whoever starts ranks clears that in the child. All pids are 0, states EMPTY, pipes
 * -1. Returns 0, or with errno set MPR_ERR_NO_MEMORY (there is no address space for the segment) or
 * MPR_ERR_SYSTEM. */
int mpr_segment_create(struct mpr_segment *segment, const struct mpr_segment_config *config);

/* Maps an inherited segment and checks magic, version and sizes. Closes `fd` in every case. Returns
 * 0, MPR_ERR_ARGUMENT when it is no segment of this version, or with errno set MPR_ERR_SYSTEM or
 * MPR_ERR_NO_MEMORY; after the latter layout.heap_offset tells what there is no address space for.
 * Where there is none for the windows alone, the process does without them. */
int mpr_segment_attach(struct mpr_segment *segment, int fd);

/* Unmaps, and closes the descriptor if it is open. */
void mpr_segment_detach(struct mpr_segment *segment);

/* That of slot slot_count belongs to nobody, and is always there (shm/slot.h). */
struct mpr_rank_control *mpr_segment_control(const struct mpr_segment *segment, uint32_t slot);

/* Prepares the control block of a slot whose memory is zero. */
void mpr_segment_control_init(struct mpr_rank_control *control);

/* The context ids of the job; see shm/context.h. */
struct mpr_context_table *mpr_segment_contexts(const struct mpr_segment *segment);

#endif
