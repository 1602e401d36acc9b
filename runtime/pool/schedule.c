/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes of chunks. The numbers are measured ones: a chunk's messages cost a few microseconds, so
 * that 300 us of work make them one percent; the root looks after the others every 50 us.
 *
 * But while the root runs a long task it looks after nobody, and tasks are uneven: those that a
 * worker has in hand may happen to be short ones all of them. So it has several times the longest
 * task in hand by the mean of their time, in chunks long enough for that to be few messages. */
#include "pool/schedule.h"

static const double remote_chunk_ns = 300e3;
static const double local_chunk_ns = 50e3;
static const double remote_chunk_longest = 0.5; /* of the longest task, if that is more */
static const double in_hand_longest = 4;        /* of it, besides two chunks */
static const double together_ns = 20e3; /* of chunks of the user's size that travel together */
static const int64_t chunk_bytes_max = 512 * 1024;
static const int64_t count_max = INT32_MAX;

/* Each worker takes a quarter of its even share of what remains: the imbalance at the end is then
 * small even when tasks are uneven. */
static const int64_t guided_divisor = 4;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t at_least_one(int64_t count)
{
    return count < 1 ? 1 : count;
}

void mpp_pace_add(struct mpp_pace *pace, int64_t count, uint64_t elapsed_ns)
{
    double task_ns = (double)elapsed_ns / (double)count;
    if (task_ns > pace->longest_ns) {
        pace->longest_ns = task_ns;
    }
    pace->measured_count += count;
    pace->task_ns += (task_ns - pace->task_ns) * (double)count / (double)pace->measured_count;
}

/* Chunks of the user's size that go in one message: several when they take no longer
 * than the message does. */
static int64_t chunks_together(const struct mpp_pace *pace, const struct mpp_share *share)
{
    double chunk_ns = pace->task_ns * (double)share->fixed + 1;
    int64_t chunks = pace->measured_count ? (int64_t)(together_ns / chunk_ns) : 1;
    int64_t even = share->remaining / share->fixed / (guided_divisor * share->workers);
    return at_least_one(least(chunks, even));
}

static double remote_ns(const struct mpp_pace *pace)
{
    double by_longest = remote_chunk_longest * pace->longest_ns;
    return by_longest > remote_chunk_ns ? by_longest : remote_chunk_ns;
}

int64_t mpp_chunk_count(const struct mpp_pace *pace, const struct mpp_share *share)
{
    int64_t most = share->limit ? least(share->limit, share->remaining) : share->remaining;
    if (share->fixed > 0) {
        return least(least(share->fixed * chunks_together(pace, share), count_max), most);
    }
    int64_t count = share->remaining / (guided_divisor * share->workers);
    count = least(count, share->done_count ? 2 * share->done_count : 1);
    if (pace->measured_count > 0) {
        double chunk_ns = share->chunks_max ? remote_ns(pace) : local_chunk_ns;
        double by_time = chunk_ns / (pace->task_ns + 0.1);
        count = by_time < (double)count ? (int64_t)by_time : count;
    }
    if (share->task_bytes > 0) {
        count = least(count, chunk_bytes_max / (int64_t)share->task_bytes);
    }
    return least(at_least_one(least(count, count_max)), most);
}

int mpp_chunk_is_due(const struct mpp_pace *pace, const struct mpp_share *share)
{
    if (share->chunks_under_way == 0) {
        return 1;
    }
    if (share->chunks_under_way >= share->chunks_max) {
        return 0;
    }
    /* At the end, what waits behind a long task would be missed by the idle. */
    if (share->under_way > share->remaining / share->workers) {
        return 0;
    }
    if (pace->measured_count == 0) {
        return share->chunks_under_way < 2;
    }
    int64_t two_chunks = 2 * mpp_chunk_count(pace, share);
    double in_hand_ns = pace->task_ns * (double)(share->under_way - two_chunks);
    return in_hand_ns < in_hand_longest * pace->longest_ns;
}
