/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts into words what the control block and the status board of a rank tell. The rank may have
 * died in the middle of a call, or have overwritten the board: nothing here trusts the values. */
#include "launcher/report.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/call.h"
#include "mpi.h"
#include "shm/context.h"

#define NS_PER_S UINT64_C(1000000000)

MPR_PRINTF(3, 4)
static void append(char *text, size_t text_bytes, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + used, text_bytes - used, format, arguments);
    va_end(arguments);
}

/* The word between a call and the rank that it has to do with; NULL for calls whose messages are
 * not the program's own (collectives). */
static const char *relation_of(const char *call)
{
    bool sends = strstr(call, "end") != NULL; // MPI_Send, MPI_Isend, ...
    bool receives = strstr(call, "ecv") != NULL || strstr(call, "robe") != NULL;

    if (sends != receives) {
        return sends ? "to" : "from";
    }
    return sends || strstr(call, "Wait") != NULL || strstr(call, "Test") != NULL ? "with" : NULL;
}

const char *mpr_report_label(char label[MPR_LABEL_BYTES], const struct mpr_rank_control *control)
{
    if (control->spawned) {
        snprintf(label, MPR_LABEL_BYTES, "%u.%d", control->world, control->world_rank);
    } else {
        snprintf(label, MPR_LABEL_BYTES, "%d", control->world_rank);
    }
    return label;
}

const char *mpr_report_call(const struct mpr_rank_control *control)
{
    uint32_t word = atomic_load_explicit(&control->board.call, memory_order_relaxed);
    uint32_t call = word & ~MPR_BOARD_ASLEEP;

    return call == MPR_CALL_NONE || call >= MPR_CALL_COUNT ? ""
                                                           : mpr_call_name((enum mpr_call)call);
}

bool mpr_report_is_collective(const char *call)
{
    return *call != '\0' && relation_of(call) == NULL;
}

/* Adds which rank a call has to do with, and on what communicator. */
static void append_peer(char *text, size_t text_bytes, const struct mpr_board *board,
                        const char *call)
{
    int peer = atomic_load_explicit(&board->peer, memory_order_relaxed);
    int tag = atomic_load_explicit(&board->tag, memory_order_relaxed);
    uint32_t context = atomic_load_explicit(&board->context, memory_order_relaxed);
    const char *relation = relation_of(call);

    if (peer == MPI_ANY_SOURCE) {
        append(text, text_bytes, " from any rank");
    } else if (peer >= 0 && relation != NULL) {
        append(text, text_bytes, " %s rank %d", relation, peer);
    } else if (peer >= 0) {
        append(text, text_bytes, ", waiting for rank %d", peer);
    } else {
        return;
    }
    if (context != MPR_CONTEXT_WORLD) {
        append(text, text_bytes, " of communicator #%u", context);
    }
    if (tag >= 0 && relation != NULL) {
        append(text, text_bytes, ", tag %d", tag);
    }
}

void mpr_report_activity(char *text, size_t text_bytes, const struct mpr_rank_control *control,
                         const struct mpr_board *board, uint64_t now_ns)
{
    uint32_t state = atomic_load_explicit(&control->state, memory_order_relaxed);
    uint32_t word = atomic_load_explicit(&control->board.call, memory_order_relaxed);
    const char *call = mpr_report_call(control);
    uint64_t since_ns = atomic_load_explicit(&control->board.since_ns, memory_order_relaxed);

    if (state == MPR_RANK_EMPTY) {
        snprintf(text, text_bytes, "before MPI_Init, or without MPI");
    } else if (*call == '\0') {
        snprintf(text, text_bytes, "%s",
                 state == MPR_RANK_FINALIZED ? "after MPI_Finalize" : "outside of MPI calls");
    } else {
        snprintf(text, text_bytes, "%sin %s", (word & MPR_BOARD_ASLEEP) ? "with a thread " : "",
                 call);
        append_peer(text, text_bytes, board, call);
        if (since_ns != 0 && now_ns > since_ns && now_ns - since_ns >= NS_PER_S) {
            append(text, text_bytes, ", for %llu s",
                   (unsigned long long)((now_ns - since_ns) / NS_PER_S));
        }
    }
}

/* How to see more of a death by signal. */
static const char *hint_for(int signal_number, int left_core)
{
    if (left_core) {
        return "; its core file tells more to gdb";
    }
    switch (signal_number) {
    case SIGKILL:
        return "; if nobody sent it, the system was out of memory: see dmesg";
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
        return "; 'ulimit -c unlimited' before mprun keeps a core file for gdb";
    default:
        return "";
    }
}

void mpr_report_end(char *text, size_t text_bytes, const char *label, int wait_status,
                    const struct mpr_rank_control *control)
{
    char activity[MPR_REPORT_BYTES / 2];
    uint32_t state = atomic_load_explicit(&control->state, memory_order_relaxed);

    mpr_report_activity(activity, sizeof(activity), control, &control->board, 0);
    if (state == MPR_RANK_ABORTED) {
        snprintf(text, text_bytes, "rank %s aborted %s with code %d", label,
                 control->spawned ? "itself" : "the job",
                 atomic_load_explicit(&control->abort_code, memory_order_relaxed));
    } else if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        snprintf(text, text_bytes, "rank %s was killed by signal %d (%s) %s%s", label, number,
                 strsignal(number), activity, hint_for(number, WCOREDUMP(wait_status)));
    } else if (state == MPR_RANK_EMPTY) {
        snprintf(text, text_bytes,
                 "rank %s ended with status %d without calling MPI_Init, which others have called",
                 label, WEXITSTATUS(wait_status));
    } else {
        uint32_t in_world = atomic_load_explicit(&control->in_world, memory_order_relaxed);
        snprintf(text, text_bytes, "rank %s ended with status %d without calling %s, %s", label,
                 WEXITSTATUS(wait_status), in_world ? "MPI_Finalize" : "MPI_Session_finalize",
                 activity);
    }
}
