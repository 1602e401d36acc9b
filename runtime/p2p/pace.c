/* SPDX-License-Identifier: BSD-3-Clause */
/* Measures both paths, and takes the one that is quicker. */
#include "p2p/pace.h"

enum {
    SMALL_BYTES_MAX = 128 << 10,
    MIDDLE_BYTES_MAX = 1 << 20,
    CMA_BYTES_AT_START = 8 << 20,   // who sends no more does without chunks
    CHUNK_BYTES_AT_START = 4 << 20, // the largest pool: the last of them meet touched memory
    PERIOD_MESSAGES = 16,    // then the path may change, though there is always a message under way
    TRIAL_INTERVAL_MIN = 16, // choices between two trials of the path that lost
    TRIAL_INTERVAL_MAX = 256,
    SLOWER_MAX = 2,    // what one sample may say at most: the rank may have been interrupted
    SLOWER_WEIGHT = 4  // and how many must say it until it is believed
};

static struct mpr_pace_class *class_of(struct mpr_pace *pace, uint64_t bytes)
{
    return &pace->classes[bytes <= SMALL_BYTES_MAX ? 0 : bytes <= MIDDLE_BYTES_MAX ? 1 : 2];
}

static enum mpr_path better_path(const struct mpr_pace_class *class)
{
    return class->cma_ns < class->chunk_ns ? MPR_PATH_CMA : MPR_PATH_CHUNK;
}

static enum mpr_path other_path(enum mpr_path path)
{
    return path == MPR_PATH_CMA ? MPR_PATH_CHUNK : MPR_PATH_CMA;
}

static bool is_known(const struct mpr_pace_class *class)
{
    return class->chunk_bytes > CHUNK_BYTES_AT_START;
}

static enum mpr_path choose(struct mpr_pace_class *class)
{
    if (!is_known(class)) {
        return class->cma_bytes < CMA_BYTES_AT_START ? MPR_PATH_CMA : MPR_PATH_CHUNK;
    }
    if (class->until_trial > 0) {
        class->until_trial--;
        return better_path(class);
    }
    if (class->trial_interval < TRIAL_INTERVAL_MAX) {
        class->trial_interval *= 2;
    }
    class->until_trial = class->trial_interval;
    return other_path(better_path(class));
}

/* A sample that is quicker is the truth, one that is slower may be chance. */
static uint64_t blend(uint64_t known_ns, uint64_t sample_ns)
{
    if (known_ns == 0 || sample_ns <= known_ns) {
        return sample_ns;
    }
    uint64_t most_ns = known_ns * SLOWER_MAX;
    return known_ns + ((sample_ns < most_ns ? sample_ns : most_ns) - known_ns) / SLOWER_WEIGHT;
}

/* `bytes` took `took_ns`. */
static void learn(struct mpr_pace_class *class, enum mpr_path path, uint64_t bytes,
                  uint64_t took_ns)
{
    const enum mpr_path before = better_path(class);
    const bool was_known = is_known(class);
    const uint64_t sample_ns = (took_ns << 20) / bytes + 1;

    if (path == MPR_PATH_CMA) {
        class->cma_ns = blend(class->cma_ns, sample_ns);
        class->cma_bytes += bytes;
    } else {
        class->chunk_ns = blend(class->chunk_ns, sample_ns);
        class->chunk_bytes += bytes;
    }
    if (!was_known || better_path(class) != before) { // all is new: look often
        class->trial_interval = TRIAL_INTERVAL_MIN;
        class->until_trial = TRIAL_INTERVAL_MIN;
    }
}

static void begin_period(struct mpr_pace *pace, uint64_t now_ns)
{
    pace->begin_ns = now_ns;
    pace->bytes = 0;
    pace->message_count = 0;
    pace->is_mixed = false;
    pace->may_choose = true;
}

enum mpr_path mpr_pace_begin(struct mpr_pace *pace, uint64_t bytes, uint64_t now_ns)
{
    struct mpr_pace_class *class = class_of(pace, bytes);

    if (pace->open_count == 0) {
        begin_period(pace, now_ns);
    }
    if (pace->may_choose || class->path == MPR_PATH_NONE) {
        class->path = (uint8_t)choose(class);
        pace->may_choose = false;
    }
    pace->open_count++;
    return (enum mpr_path)class->path;
}

void mpr_pace_end(struct mpr_pace *pace, enum mpr_path path, uint64_t bytes, uint64_t now_ns)
{
    pace->is_mixed = pace->is_mixed || (pace->message_count > 0 && pace->path != path);
    pace->path = (uint8_t)path;
    pace->bytes += bytes;
    pace->message_count++;
    pace->open_count--;
    if (pace->open_count == 0 || pace->message_count == PERIOD_MESSAGES) {
        if (!pace->is_mixed && pace->bytes > 0) {
            learn(class_of(pace, pace->bytes / (uint64_t)pace->message_count), path, pace->bytes,
                  now_ns - pace->begin_ns);
        }
        begin_period(pace, now_ns);
    }
}

void mpr_pace_drop(struct mpr_pace *pace)
{
    pace->open_count--;
}
