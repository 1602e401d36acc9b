/* SPDX-License-Identifier: BSD-3-Clause */
/* The two queues.
 *
 * Entries of one bucket stand in the order of their arrival, so the first one with the wanted
 * pattern is the oldest of that pattern; among patterns the sequence number decides. */
#include "p2p/match.h"

enum { BUCKETS = 512 };

/* A bucket that was never used is zero: start-up touches none of them. */
static struct mpr_list posted[BUCKETS];
static struct mpr_list unexpected[MPR_MATCH_VIEWS][BUCKETS];
static uint32_t posted_counts[MPR_MATCH_VIEWS]; /* by the wildcards of the receive */
static uint64_t posted_sequence;

struct mpr_match_counts mpr_match_counts;

static void append(struct mpr_list *bucket, struct mpr_list *link)
{
    if (bucket->next == NULL) {
        mpr_list_init(bucket);
    }
    mpr_list_append(bucket, link);
}

/* View 0 is the envelope itself; bit 0 replaces the tag by a wildcard, bit 1 the source. */
static struct mpr_envelope view_of(const struct mpr_envelope *envelope, int view)
{
    struct mpr_envelope pattern = *envelope;
    if ((view & 1) != 0) {
        pattern.tag = MPI_ANY_TAG;
    }
    if ((view & 2) != 0) {
        pattern.source = MPI_ANY_SOURCE;
    }
    return pattern;
}

static int view_number(const struct mpr_envelope *pattern)
{
    return (pattern->tag == MPI_ANY_TAG ? 1 : 0) | (pattern->source == MPI_ANY_SOURCE ? 2 : 0);
}

/* Multiplicative hashing (Knuth, TAOCP vol. 3, 6.4) of the three words. */
static uint32_t bucket_of(const struct mpr_envelope *pattern)
{
    uint64_t key = (uint64_t)pattern->context << 32 ^ (uint64_t)(uint32_t)pattern->source << 16 ^
                   (uint32_t)pattern->tag;
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 55);
}
_Static_assert(BUCKETS == 1 << (64 - 55), "the hash keeps as many bits as there are buckets");

static bool same(const struct mpr_envelope *a, const struct mpr_envelope *b)
{
    return a->context == b->context && a->source == b->source && a->tag == b->tag;
}

static struct mpr_envelope pattern_of(const struct mpr_request *request)
{
    return (struct mpr_envelope){request->context, request->source, request->tag};
}

void mpr_match_post(struct mpr_request *request)
{
    struct mpr_envelope pattern = pattern_of(request);
    request->match_sequence = posted_sequence++;
    append(&posted[bucket_of(&pattern)], &request->match_link);
    posted_counts[view_number(&pattern)]++;
    mpr_match_counts.posted++;
}

void mpr_match_withdraw(struct mpr_request *request)
{
    struct mpr_envelope pattern = pattern_of(request);
    mpr_list_remove(&request->match_link);
    posted_counts[view_number(&pattern)]--;
    mpr_match_counts.posted--;
}

static MPR_INLINE struct mpr_request *first_posted(const struct mpr_envelope *pattern)
{
    struct mpr_list *bucket = &posted[bucket_of(pattern)];
    if (bucket->next == NULL) {
        return NULL;
    }
    for (struct mpr_list *link = bucket->next; link != bucket; link = link->next) {
        struct mpr_request *request = mpr_list_entry(link, struct mpr_request, match_link);
        struct mpr_envelope wanted = pattern_of(request);
        if (same(&wanted, pattern)) {
            return request;
        }
    }
    return NULL;
}

/* The oldest of `exact` and of the receives with wildcards that match the envelope. */
static struct mpr_request *oldest_of_all(const struct mpr_envelope *envelope,
                                         struct mpr_request *exact)
{
    struct mpr_request *oldest = exact;

    for (int view = 1; view < MPR_MATCH_VIEWS; view++) {
        if (posted_counts[view] == 0) {
            continue;
        }
        struct mpr_envelope pattern = view_of(envelope, view);
        struct mpr_request *request = first_posted(&pattern);
        if (request != NULL &&
            (oldest == NULL || request->match_sequence < oldest->match_sequence)) {
            oldest = request;
        }
    }
    return oldest;
}

struct mpr_request *mpr_match_arrival(const struct mpr_envelope *envelope)
{
    if (mpr_match_counts.posted == 0) {
        return NULL;
    }
    struct mpr_request *request = first_posted(envelope);
    if (mpr_match_counts.posted > posted_counts[0]) {
        request = oldest_of_all(envelope, request);
    }
    if (request != NULL) {
        mpr_match_withdraw(request);
    }
    return request;
}

void mpr_match_keep(struct mpr_unexpected *message)
{
    for (int view = 0; view < MPR_MATCH_VIEWS; view++) {
        struct mpr_envelope pattern = view_of(&message->envelope, view);
        append(&unexpected[view][bucket_of(&pattern)], &message->links[view]);
    }
    mpr_match_counts.unexpected++;
}

struct mpr_unexpected *mpr_match_find(const struct mpr_envelope *pattern)
{
    if (mpr_likely(mpr_match_counts.unexpected == 0)) {
        return NULL;
    }
    int view = view_number(pattern);
    struct mpr_list *bucket = &unexpected[view][bucket_of(pattern)];
    if (bucket->next == NULL) {
        return NULL;
    }
    for (struct mpr_list *link = bucket->next; link != bucket; link = link->next) {
        struct mpr_unexpected *message =
            mpr_list_entry(link - view, struct mpr_unexpected, links[0]);
        struct mpr_envelope seen = view_of(&message->envelope, view);
        if (same(&seen, pattern)) {
            return message;
        }
    }
    return NULL;
}

void mpr_match_take(struct mpr_unexpected *message)
{
    for (int view = 0; view < MPR_MATCH_VIEWS; view++) {
        mpr_list_remove(&message->links[view]);
    }
    mpr_match_counts.unexpected--;
}

/* Every message stands once in the view without wildcards. */
void mpr_match_each_kept(void (*visit)(struct mpr_unexpected *message))
{
    struct mpr_list *link;
    struct mpr_list *next;

    for (int i = 0; mpr_match_counts.unexpected > 0 && i < BUCKETS; i++) {
        if (unexpected[0][i].next == NULL) {
            continue;
        }
        mpr_list_each(link, next, &unexpected[0][i]) {
            visit(mpr_list_entry(link, struct mpr_unexpected, links[0]));
        }
    }
}
