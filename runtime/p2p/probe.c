/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing: looking for messages that nobody has asked for yet.
 *
 * A message that lies at the front of its sender's ring is looked at there, and left there: the
 * receive that follows takes it as if nobody had probed, without its being kept, and copied, in
 * between. The next pass of progress would keep it, as any message that nobody has asked for. */
#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/deliver.h"
#include "p2p/p2p.h"
#include "p2p/recv.h"
#include "p2p/wait.h"
#include "shm/board.h"

/* A rank with a core of its own looks at so many rings before it makes a pass of progress. */
enum { DIRECT_LOOKS = 512 };

/* ---- At the front of rings ---- */

/* Whose message a probe by rank has seen last, or NULL. */
static struct mpr_peer *seen;

/* What a look at rings has shown. */
enum sight {
    SIGHT_NOTHING,
    SIGHT_FOUND,
    SIGHT_OTHERS /* only progress can tell: other messages are in front of it, or several ranks have
                  * sent something, and turns must be kept */
};

static MPR_INLINE enum sight look_at(struct mpr_peer *peer, const struct mpr_envelope *pattern,
                                     struct mpr_found *found)
{
    struct mpr_cell *cell = mpr_match_counts.posted == 0 ? mpr_ring_front(&peer->in)
                                                         : mpr_deliver_posted(peer);

    if (cell == NULL) {
        return SIGHT_NOTHING;
    }
    const struct mpr_envelope wanted = {
        pattern->context, pattern->source == MPI_ANY_SOURCE ? (int)cell->source : pattern->source,
        pattern->tag};
    if (!mpr_recv_is_ours(cell, &wanted)) {
        return SIGHT_OTHERS;
    }
    *found = (struct mpr_found){.peer = peer, .cell = cell};
    return SIGHT_FOUND;
}

/* Whoever is told of a message by rank finds it by a probe of anybody as well, although the tail,
 * which its sender moves after it (R2), may not show it yet. */
static MPR_INLINE struct mpr_peer *ahead_of_tail(void)
{
    if (mpr_unlikely(seen != NULL) &&
        (!mpr_peer_is_held(seen) || mpr_ring_front(&seen->in) == NULL)) {
        seen = NULL;
    }
    return seen;
}

/* A message from anybody stays the first that a receive from anybody would get, even if others come
 * meanwhile: programs count on it, although they should name the source that the probe has told
 * (MPI 5.0, 3.8.1). */
static MPR_INLINE enum sight look_at_all(const struct mpr_envelope *pattern,
                                         struct mpr_found *found)
{
    struct mpr_peer *only = NULL;

    for (int i = 0; i < mpr_polled_count; i++) {
        if (mpr_ring_has_more(&mpr_polled[i]->in)) {
            if (only != NULL) {
                return SIGHT_OTHERS;
            }
            only = mpr_polled[i];
        }
    }
    if (only == NULL && (only = ahead_of_tail()) == NULL) {
        return SIGHT_NOTHING;
    }
    mpr_peer_poll_first(only);
    return look_at(only, pattern, found);
}

static MPR_INLINE enum sight look(const struct mpr_comm *comm, const struct mpr_envelope *pattern,
                                  struct mpr_found *found)
{
    if (pattern->source == MPI_ANY_SOURCE) {
        return look_at_all(pattern, found);
    }
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[pattern->source]];
    enum sight sight = look_at(peer, pattern, found);
    if (sight == SIGHT_FOUND) {
        seen = peer;
    }
    return sight;
}

/* Looks again and again, as long as nothing is to be seen, and there is nothing to be lost by it.
 * Returns whether the message has come. */
static bool watch(const struct mpr_comm *comm, const struct mpr_envelope *pattern)
{
    const int rings = pattern->source == MPI_ANY_SOURCE ? mpr_polled_count : 1;
    enum sight sight = SIGHT_NOTHING;
    struct mpr_found found;

    if (!mpr_wait_may_spin()) {
        return false;
    }
    for (int looks = DIRECT_LOOKS; looks > 0 && sight == SIGHT_NOTHING; looks -= rings + 1) {
        mpr_pause();
        sight = look(comm, pattern, &found);
    }
    return sight == SIGHT_FOUND;
}

bool mpr_probe_next(int source, int tag, const struct mpr_comm *comm, enum mpr_plane plane)
{
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    const struct mpr_cell *cell = mpr_ring_front(&mpr_peers[comm->world_ranks[source]].in);

    return cell != NULL && mpr_recv_is_ours(cell, &pattern);
}

/* ---- Anywhere ---- */

bool mpr_probe_kept(int tag, const struct mpr_comm *comm, enum mpr_plane plane)
{
    const struct mpr_envelope pattern = mpr_recv_pattern(MPI_ANY_SOURCE, tag, comm, plane);

    return mpr_match_counts.unexpected > 0 && mpr_match_find(&pattern) != NULL;
}

static void describe(const struct mpr_found *found, MPI_Status *status)
{
    const struct mpr_cell *cell = found->cell;
    const struct mpr_envelope envelope =
        cell != NULL ? mpr_envelope_of(cell) : found->kept->envelope;
    const MPI_Count bytes =
        cell != NULL ? (MPI_Count)mpr_record_message_bytes(cell) : found->kept->bytes;

    mpr_status_set(status, envelope.source, envelope.tag, bytes);
}

MPR_COLD static int ask(int source, struct mpr_comm *comm, uint32_t context, MPI_Status *status)
{
    int code = mpr_bury_ask(comm, context, &source);

    if (code != MPR_OK && status != NULL) {
        mpr_status_set_empty(status);
        status->MPI_SOURCE = source;
    }
    return code;
}

/* Kept messages have come before those that are in the rings. */
static MPR_INLINE void search(const struct mpr_comm *comm, const struct mpr_envelope *pattern,
                              struct mpr_found *found)
{
    *found = (struct mpr_found){.kept = mpr_match_find(pattern)};
    if (found->kept == NULL) {
        look(comm, pattern, found);
    }
}

/* Returns 0, or MPR_ERR_PEER when there is no message and none will come. */
static MPR_INLINE int find_inline(struct mpr_comm *comm, const struct mpr_envelope *pattern,
                                  struct mpr_found *found, MPI_Status *status)
{
    search(comm, pattern, found);
    if (!mpr_found_any(found)) {
        return mpr_bury_may_tell(comm) ? ask(pattern->source, comm, pattern->context, status)
                                       : MPR_OK;
    }
    if (status != NULL) {
        describe(found, status);
    }
    return MPR_OK;
}

static int find(struct mpr_comm *comm, const struct mpr_envelope *pattern, struct mpr_found *found,
                MPI_Status *status)
{
    return find_inline(comm, pattern, found, status);
}

int mpr_probe_find_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                        struct mpr_found *found, MPI_Status *status)
{
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    int code = find_inline(comm, &pattern, found, status);

    if (code == MPR_OK && !mpr_found_any(found) && mpr_wait_poll(0)) {
        code = find(comm, &pattern, found, status);
    }
    return code;
}

int mpr_probe_find(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                   struct mpr_found *found, MPI_Status *status)
{
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    struct mpr_wait wait = mpr_wait_begin(-1);
    int code = find(comm, &pattern, found, status);

    if (code != MPR_OK || mpr_found_any(found)) {
        return code;
    }
    if (watch(comm, &pattern)) {
        return find(comm, &pattern, found, status);
    }
    mpr_board_peer(source, source >= 0 ? comm->world_ranks[source] : -1, tag, comm->context);
    while ((code = find(comm, &pattern, found, status)) == MPR_OK && !mpr_found_any(found)) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    return code;
}

/* Nobody's messages are always there (MPI 5.0, 3.10). */
static bool is_nobody(int source, MPI_Status *status)
{
    if (source == MPI_PROC_NULL && status != NULL) {
        mpr_status_set_proc_null(status);
    }
    return source == MPI_PROC_NULL;
}

int mpr_probe_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, bool *found,
                   MPI_Status *status)
{
    struct mpr_found message;

    *found = is_nobody(source, status);
    if (*found) {
        return MPR_OK;
    }
    int code = mpr_probe_find_once(source, tag, comm, plane, &message, status);
    *found = code == MPR_OK && mpr_found_any(&message);
    return code;
}

int mpr_probe(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_found message;

    return is_nobody(source, status)
               ? MPR_OK
               : mpr_probe_find(source, tag, comm, plane, &message, status);
}
