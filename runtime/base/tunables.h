/* SPDX-License-Identifier: BSD-3-Clause */
/* Every knob of the library, in one table: environment variable, type, default, meaning.
 *
 * The launcher and each rank read the same environment with mpr_tunables_read(); the table also
 * prints the help text and checks the values. A knob whose default is 0 with "auto" in its meaning
 * is derived where it is used. */
#ifndef MPR_BASE_TUNABLES_H
#define MPR_BASE_TUNABLES_H

#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"

enum mpr_copy_choice {
    MPR_COPY_AUTO,
    MPR_COPY_CHUNK,
    MPR_COPY_CMA,
    MPR_COPY_PIPE,
    MPR_COPY_DIRECT
};
enum mpr_crowded_choice { MPR_CROWDED_AUTO, MPR_CROWDED_NO, MPR_CROWDED_YES };
enum mpr_engine_choice { MPR_ENGINE_AUTO, MPR_ENGINE_URING, MPR_ENGINE_SYNC };
enum mpr_vector_choice { MPR_VECTOR_AUTO, MPR_VECTOR_BASE, MPR_VECTOR_AVX2 };
enum mpr_heap_choice { MPR_HEAP_AUTO, MPR_HEAP_OFF, MPR_HEAP_ON };
enum mpr_wait_choice { MPR_WAIT_AUTO, MPR_WAIT_SPIN, MPR_WAIT_YIELD, MPR_WAIT_SLEEP };

/* CHOICE(field, environment, "word|word|...", default, meaning): the value is the word's index; the
 * first word is the default.
 * NUMBER(field, environment, default, least, most, meaning): bytes may be given as 64k, 1m. */
#define MPR_TUNABLES(CHOICE, NUMBER)                                                               \
    CHOICE(copy, "MPRUN_COPY", "auto|chunk|cma|pipe|direct", MPR_COPY_AUTO,                        \
           "path of large messages: chunks through shared memory, cross-memory attach, pipe, or "  \
           "straight out of the shared heap")                                                      \
    CHOICE(shared_heap, "MPRUN_SHARED_HEAP", "auto|0|1", MPR_HEAP_AUTO,                            \
           "whether large allocations can be shared, so that receivers copy straight from them")   \
    CHOICE(engine, "MPRUN_ENGINE", "auto|uring|sync", MPR_ENGINE_AUTO,                             \
           "I/O by io_uring or by plain system calls")                                             \
    CHOICE(wait, "MPRUN_WAIT", "auto|spin|yield|sleep", MPR_WAIT_AUTO,                             \
           "how a rank waits: the last stage that it may reach")                                   \
    CHOICE(vector, "MPRUN_VECTOR", "auto|base|avx2", MPR_VECTOR_AUTO,                              \
           "instructions of reductions and copies: those of any such processor, AVX2 at the "      \
           "most, or the widest that pay")                                                         \
    CHOICE(crowded, "MPRUN_CROWDED", "auto|no|yes", MPR_CROWDED_AUTO,                              \
           "collectives for ranks that share cores: few waits instead of few steps")               \
    NUMBER(spin_ns, "MPRUN_SPIN_NS", 20000, 0, 1000000000,                                         \
           "time that a waiting rank with a core of its own spins before it sleeps")               \
    NUMBER(yield_count, "MPRUN_YIELD_COUNT", 0, 0, 1000000,                                        \
           "times that a rank which shares its core yields before it sleeps (0: auto)")            \
    NUMBER(ring_cells, "MPRUN_RING_CELLS", 0, 0, 1 << 16,                                          \
           "cells (messages) of the ring of each pair of ranks (0: auto)")                         \
    NUMBER(ring_bytes, "MPRUN_RING_BYTES", 0, 0, 1 << 26,                                          \
           "payload bytes of the ring of each pair of ranks (0: auto)")                            \
    NUMBER(chunk_bytes, "MPRUN_CHUNK_BYTES", 32768, 1024, 1 << 26,                                 \
           "size of the chunks in which large messages are copied")                                \
    NUMBER(pool_bytes, "MPRUN_POOL_BYTES", 0, 32768, 1 << 30,                                      \
           "memory of each rank for such chunks (0: auto)")                                        \
    NUMBER(area_bytes, "MPRUN_AREA_BYTES", 0, 0, 1 << 26,                                          \
           "largest message that lies in the ring of its pair of ranks; others lie in chunks (0: " \
           "auto)")                                                                                \
    NUMBER(eager_bytes, "MPRUN_EAGER_BYTES", 32768, 0, 1 << 26,                                    \
           "largest message sent before its receive is known")                                     \
    NUMBER(cma_bytes, "MPRUN_CMA_BYTES", 32768, 0, 1 << 30,                                        \
           "smallest message for which cross-memory attach is considered")                         \
    NUMBER(large_bytes, "MPRUN_LARGE_BYTES", 32768, 1, 1 << 30,                                    \
           "smallest allocation that the shared heap serves, but for those that are to begin at "  \
           "a page (with threads 131072 at the least)")                                            \
    NUMBER(direct_bytes, "MPRUN_DIRECT_BYTES", 2048, 8, 1 << 30,                                   \
           "smallest message that is copied straight out of the shared heap")                      \
    NUMBER(direct_sends, "MPRUN_DIRECT_SENDS", 0, 0, 254,                                          \
           "times that memory of the shared heap is sent from before it is shared (0: auto)")      \
    NUMBER(cluster_ranks, "MPRUN_CLUSTER_RANKS", 0, 0, 1 << 15,                                    \
           "ranks that are taken to share a cache, and its square a socket (0: as they do)")       \
    NUMBER(spawn_max, "MPRUN_SPAWN_MAX", 0, 0, 4096,                                               \
           "processes that MPI_Comm_spawn may add to a job, at a time (0: auto)")                  \
    NUMBER(grace_ms, "MPRUN_GRACE_MS", 2000, 0, 3600000,                                           \
           "time between SIGTERM and SIGKILL when a job is ended")

struct mpr_tunables {
#define MPR_CHOICE_FIELD(field, environment, words, initial, meaning) int field;
#define MPR_NUMBER_FIELD(field, environment, initial, least, most, meaning) int64_t field;
    MPR_TUNABLES(MPR_CHOICE_FIELD, MPR_NUMBER_FIELD)
#undef MPR_CHOICE_FIELD
#undef MPR_NUMBER_FIELD
};

/* Fills *tunables from defaults and environment. A value that cannot be used leaves the default
 * and is written to `complaint` (one line: variable, value, what would be right). Returns 0, or
 * the number of complaints; `complaint` holds the first. */
int mpr_tunables_read(struct mpr_tunables *tunables, char *complaint, size_t complaint_bytes);

/* Prints the table as help text, one knob a line with default and meaning. */
void mpr_tunables_print(FILE *stream);

/* The values this process runs with; read once at start-up, constant afterwards. */
extern MPR_HIDDEN struct mpr_tunables mpr_tunables;

#endif
