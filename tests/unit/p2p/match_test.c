/* SPDX-License-Identifier: BSD-3-Clause */
/* Matching against the plainest model of it: two lists, searched from the front. */
#include "p2p/match.h"

#include <string.h>

#include "tests/lib/unit.h"

enum { RECEIVES = 64, STEPS = 200000 };

static uint32_t random_state = 12345;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* The model: arrays in order of arrival. */
static struct mpr_request receives[RECEIVES];
static struct mpr_unexpected messages[RECEIVES];
static int posted[RECEIVES];
static int posted_count;
static int kept[RECEIVES];
static int kept_count;

static void drop(int *list, int *count, int position)
{
    (*count)--;
    memmove(&list[position], &list[position + 1], (size_t)(*count - position) * sizeof(int));
}

static bool fits(const struct mpr_envelope *message, const struct mpr_envelope *pattern)
{
    return message->context == pattern->context &&
           (pattern->source == MPI_ANY_SOURCE || pattern->source == message->source) &&
           (pattern->tag == MPI_ANY_TAG || pattern->tag == message->tag);
}

static struct mpr_envelope pattern_of(const struct mpr_request *request)
{
    return (struct mpr_envelope){request->context, request->source, request->tag};
}

static int free_slot(const int *list, int count)
{
    for (int slot = 0; slot < RECEIVES; slot++) {
        bool used = false;
        for (int i = 0; i < count; i++) {
            used |= list[i] == slot;
        }
        if (!used) {
            return slot;
        }
    }
    return -1;
}

static struct mpr_envelope random_envelope(bool wild)
{
    struct mpr_envelope envelope = {2 * next_random(2), (int)next_random(3), (int)next_random(4)};
    if (wild && next_random(3) == 0) {
        envelope.source = MPI_ANY_SOURCE;
    }
    if (wild && next_random(3) == 0) {
        envelope.tag = MPI_ANY_TAG;
    }
    return envelope;
}

/* A message arrives: the first posted receive that fits gets it, or it is kept. */
static void arrive(void)
{
    struct mpr_envelope envelope = random_envelope(false);
    struct mpr_request *expected = NULL;

    for (int i = 0; i < posted_count && expected == NULL; i++) {
        struct mpr_envelope pattern = pattern_of(&receives[posted[i]]);
        if (fits(&envelope, &pattern)) {
            expected = &receives[posted[i]];
            drop(posted, &posted_count, i);
        }
    }
    CU_ASSERT_PTR_EQUAL_FATAL(mpr_match_arrival(&envelope), expected);
    if (expected == NULL && kept_count < RECEIVES) {
        int slot = free_slot(kept, kept_count);
        messages[slot].envelope = envelope;
        mpr_match_keep(&messages[slot]);
        kept[kept_count++] = slot;
    }
}

/* A receive is posted: it gets the first kept message that fits, or waits. */
static void receive(void)
{
    struct mpr_envelope pattern = random_envelope(true);
    struct mpr_unexpected *expected = NULL;
    int position = 0;

    for (int i = 0; i < kept_count && expected == NULL; i++) {
        if (fits(&messages[kept[i]].envelope, &pattern)) {
            expected = &messages[kept[i]];
            position = i;
        }
    }
    CU_ASSERT_PTR_EQUAL_FATAL(mpr_match_find(&pattern), expected);
    if (expected != NULL) {
        mpr_match_take(expected);
        drop(kept, &kept_count, position);
    } else if (posted_count < RECEIVES) {
        int slot = free_slot(posted, posted_count);
        receives[slot].context = pattern.context;
        receives[slot].source = pattern.source;
        receives[slot].tag = pattern.tag;
        mpr_match_post(&receives[slot]);
        posted[posted_count++] = slot;
    }
}

static int visit_count;

/* Takes out one in three. */
static void visit(struct mpr_unexpected *message)
{
    int slot = (int)(message - messages);
    int position = 0;

    visit_count++;
    while (position < kept_count && kept[position] != slot) {
        position++;
    }
    CU_ASSERT_TRUE_FATAL(position < kept_count);
    if (slot % 3 == 0) {
        mpr_match_take(message);
        drop(kept, &kept_count, position);
    }
}

static void visit_all(void)
{
    int expected = kept_count;

    visit_count = 0;
    mpr_match_each_kept(visit);
    CU_ASSERT_EQUAL(visit_count, expected);
}

static void withdraw(void)
{
    if (posted_count > 0) {
        int position = (int)next_random((uint32_t)posted_count);
        mpr_match_withdraw(&receives[posted[position]]);
        drop(posted, &posted_count, position);
    }
}

static void agrees_with_the_model(void)
{
    for (int step = 0; step < STEPS; step++) {
        switch (next_random(8)) {
        case 0:
            withdraw();
            break;
        case 1:
        case 2:
        case 3:
            receive();
            break;
        default:
            arrive();
        }
        if (step % 50 == 0) {
            visit_all();
        }
        CU_ASSERT_EQUAL_FATAL(mpr_match_counts.posted, (uint32_t)posted_count);
        CU_ASSERT_EQUAL_FATAL(mpr_match_counts.unexpected, (uint32_t)kept_count);
    }
}

UNIT_MAIN("match", UNIT(agrees_with_the_model))
