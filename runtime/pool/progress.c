/* SPDX-License-Identifier: BSD-3-Clause */
/* The progress line. */
#include "pool/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "pool/clock.h"
#include "pool/work.h"

static const uint64_t interval_ns = 100000000;

static void format_left(char *text, size_t room, double left_s)
{
    long seconds = left_s < 1e9 ? (long)(left_s + 0.5) : 999999999;
    if (seconds < 3600) {
        snprintf(text, room, "%ld:%02ld", seconds / 60, seconds % 60);
    } else {
        snprintf(text, room, "%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
}

static void show(const struct mpp_work *work, uint64_t now_ns)
{
    int64_t ended = work->done_count + work->failed_count;
    double elapsed_s = (double)(now_ns - work->begun_ns) * 1e-9;
    double rate = elapsed_s > 0 ? (double)ended / elapsed_s : 0;
    fprintf(stderr, "\r%s: %lld done", work->options.progress, (long long)work->done_count);
    if (work->is_drawn) {
        fprintf(stderr, " of %lld", (long long)work->end);
    }
    if (work->failed_count) {
        fprintf(stderr, ", %lld failed", (long long)work->failed_count);
    }
    fprintf(stderr, ", %lld running, %.4g/s", (long long)work->under_way, rate);
    if (work->is_drawn && rate > 0) {
        char left[32];
        format_left(left, sizeof left, (double)(work->end - ended - work->cancelled_count) / rate);
        fprintf(stderr, ", %s left", left);
    }
    fputs("\x1b[K", stderr);
    fflush(stderr);
}

void mpp_progress_show(const struct mpp_work *works)
{
    static uint64_t shown_ns;
    for (; works; works = works->next) {
        if (works->options.progress) {
            uint64_t now_ns = mpp_now_ns();
            if (now_ns - shown_ns > interval_ns && isatty(STDERR_FILENO)) {
                shown_ns = now_ns;
                show(works, now_ns);
            }
            return;
        }
    }
}

void mpp_progress_end(const struct mpp_work *work)
{
    if (work->options.progress && isatty(STDERR_FILENO)) {
        show(work, mpp_now_ns());
        fputc('\n', stderr);
    }
}
