/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts into words what the control block and the status board of a rank tell. The rank may have
 * died in the middle of a call, or have overwritten the board: nothing here trusts the values. */
#include "launcher/report.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/call.h"
#include "mpi.h"

#define NS_PER_S UINT64_C(1000000000)

static void append(char *text, size_t text_bytes, const char *format, long long value)
{
    size_t used = strlen(text);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text + used, text_bytes - used, format, value);
#pragma GCC diagnostic pop
}

/* The word between a call and its peer. */
static const char *relation_of(enum mpr_call call)
{
    const char *name = mpr_call_name(call);

    if (strstr(name, "send") != NULL || strstr(name, "Send") != NULL) {
        return strstr(name, "recv") != NULL ? " with rank %lld" : " to rank %lld";
    }
    if (strstr(name, "recv") != NULL || strstr(name, "Recv") != NULL ||
        strstr(name, "robe") != NULL) {
        return " from rank %lld";
    }
    if (strstr(name, "Bcast") != NULL || strstr(name, "Gather") != NULL ||
        strstr(name, "Scatter") != NULL || strstr(name, "Reduce") != NULL) {
        return " with root %lld";
    }
    return " with rank %lld";
}

void mpr_report_activity(char *text, size_t text_bytes, const struct mpr_rank_control *control,
                         uint64_t now_ns)
{
    const struct mpr_board *board = &control->board;
    uint32_t state = atomic_load_explicit(&control->state, memory_order_relaxed);
    uint32_t call = atomic_load_explicit(&board->call, memory_order_relaxed);
    int peer = atomic_load_explicit(&board->peer, memory_order_relaxed);
    int tag = atomic_load_explicit(&board->tag, memory_order_relaxed);
    uint64_t since_ns = atomic_load_explicit(&board->since_ns, memory_order_relaxed);

    if (state == MPR_RANK_EMPTY) {
        snprintf(text, text_bytes, "before MPI_Init, or without MPI");
        return;
    }
    if (call == MPR_CALL_NONE || call >= MPR_CALL_COUNT) {
        snprintf(text, text_bytes, "%s",
                 state == MPR_RANK_FINALIZED ? "after MPI_Finalize" : "outside of MPI calls");
        return;
    }
    snprintf(text, text_bytes, "in %s", mpr_call_name((enum mpr_call)call));
    if (peer == MPI_ANY_SOURCE) {
        append(text, text_bytes, " from any rank", 0);
    } else if (peer >= 0) {
        append(text, text_bytes, relation_of((enum mpr_call)call), peer);
        if (tag >= 0) {
            append(text, text_bytes, ", tag %lld", tag);
        }
    }
    if (since_ns != 0 && now_ns > since_ns && now_ns - since_ns >= NS_PER_S) {
        append(text, text_bytes, ", for %lld s", (long long)((now_ns - since_ns) / NS_PER_S));
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

void mpr_report_end(char *text, size_t text_bytes, int rank, int wait_status,
                    const struct mpr_rank_control *control)
{
    char activity[MPR_REPORT_BYTES / 2];
    uint32_t state = atomic_load_explicit(&control->state, memory_order_relaxed);

    mpr_report_activity(activity, sizeof(activity), control, 0);
    if (state == MPR_RANK_ABORTED) {
        snprintf(text, text_bytes, "rank %d aborted the job with code %d", rank,
                 atomic_load_explicit(&control->abort_code, memory_order_relaxed));
    } else if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        snprintf(text, text_bytes, "rank %d was killed by signal %d (%s) %s%s", rank, number,
                 strsignal(number), activity, hint_for(number, WCOREDUMP(wait_status)));
    } else if (state == MPR_RANK_EMPTY) {
        snprintf(text, text_bytes,
                 "rank %d ended with status %d without calling MPI_Init, which others have called",
                 rank, WEXITSTATUS(wait_status));
    } else {
        snprintf(text, text_bytes, "rank %d ended with status %d without calling MPI_Finalize, %s",
                 rank, WEXITSTATUS(wait_status), activity);
    }
}
