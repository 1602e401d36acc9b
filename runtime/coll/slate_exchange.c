/* SPDX-License-Identifier: BSD-3-Clause */
/* An exchange of blocks that have sizes of their own, in meetings on a slate.
 *
 * A member does not know what others send to others. So it notes at the start of its area what lies
 * there for whom, and says in its cell how many blocks that are, and how much there was no room
 * for. From what all have said, each member sees alike whether one more meeting takes the rest of
 * all of them; if not, the rest goes by messages. Long blocks do so at once, and their receivers
 * find that noted.
 *
 * A meeting also makes everybody wait for everybody, which messages among few of them do not. So
 * all see, too, whether it was worth while; if not, the next exchanges go by messages alone. */
#include "coll/slate.h"
#include "coll/slate_data.h"

enum { BLOCK_BYTES_MAX = 2048, BLOCK_ALIGNMENT = 16 };

/* A meeting is worth while with more blocks than this for each member, in the mean; after one that
 * was not, so many exchanges go by messages. */
enum { BLOCKS_FEW = 2, EXCHANGES_APART = 15 };

/* What a member has for one of the others. */
struct note {
    uint32_t offset; /* in its area */
    uint32_t bytes;  /* 0: nothing, or not yet */
};

enum { BY_MESSAGE = BLOCK_BYTES_MAX + 1 };

struct exchange {
    struct mpr_coll *coll;
    const struct mpr_blocks *out, *in;
    struct mpr_batch batch;
    bool is_out[MPR_SLATE_MEMBERS_MAX]; /* the block for this rank has gone, or is on its way */
    bool is_in[MPR_SLATE_MEMBERS_MAX];  /* and the one from it */
};

static MPI_Count notes_bytes(int size)
{
    return (MPI_Count)mpr_round_up((size_t)size * sizeof(struct note), MPR_LINE_BYTES);
}

/* What a member says in its cell. */
struct summary {
    uint64_t blocks;     /* in the area */
    uint64_t rest_bytes; /* for which there was no room */
};

static struct summary *summary_of(const struct mpr_meeting *meeting, int rank)
{
    return (struct summary *)(void *)meeting->cells[rank].payload;
}

/* --- One meeting ------------------------------------------------------------------------------ */

/* Returns what is to be noted of a block that lies in the area then, if there is room up to its
 * end, or is sent. */
static struct note give(struct exchange *exchange, int rank, unsigned char *area, MPI_Count place)
{
    struct mpr_items block = mpr_block(exchange->out, rank);
    MPI_Count bytes = mpr_items_bytes(block);

    if (bytes > BLOCK_BYTES_MAX) {
        mpr_batch_send(&exchange->batch, block, rank);
        exchange->is_out[rank] = true;
        return (struct note){0, BY_MESSAGE};
    }
    if (bytes > MPR_SLATE_AREA_BYTES - place) {
        return (struct note){0, 0};
    }
    mpr_slate_put(&block, area + place, (size_t)bytes);
    exchange->is_out[rank] = true;
    return (struct note){(uint32_t)place, (uint32_t)bytes};
}

static struct summary give_all(struct exchange *exchange, unsigned char *area)
{
    int size = exchange->coll->size;
    struct note *notes = (struct note *)(void *)area;
    struct summary summary = {0, 0};
    MPI_Count place = notes_bytes(size);

    for (int rank = 0; rank < size; rank++) {
        notes[rank] = (struct note){0, 0};
        if (exchange->is_out[rank]) {
            continue;
        }
        notes[rank] = give(exchange, rank, area, place);
        if (!exchange->is_out[rank]) {
            summary.rest_bytes += (uint64_t)mpr_items_bytes(mpr_block(exchange->out, rank));
        } else if (notes[rank].offset > 0 && notes[rank].bytes > 0) {
            summary.blocks++;
            place += (MPI_Count)mpr_round_up(notes[rank].bytes, BLOCK_ALIGNMENT);
        }
    }
    return summary;
}

static void take(struct exchange *exchange, const struct mpr_meeting *meeting, int rank)
{
    const unsigned char *area = mpr_meeting_payload(meeting, rank);
    const struct note *note = (const struct note *)(const void *)area + exchange->coll->rank;
    struct mpr_items place = mpr_block(exchange->in, rank);
    MPI_Count room = mpr_items_bytes(place);

    if (note->bytes == 0) {
        return;
    }
    exchange->is_in[rank] = true;
    if (note->bytes == BY_MESSAGE) {
        mpr_batch_recv(&exchange->batch, place, rank);
        return;
    }
    mpr_coll_note(exchange->coll, note->bytes > room ? MPR_ERR_TRUNCATE : MPR_OK);
    mpr_slate_get(&place, area + note->offset, note->bytes < room ? note->bytes : (size_t)room);
}

/* Returns how many blocks went, and the most that any member had no room for. Nothing is left when
 * a death has ended the call. */
static struct summary meet(struct exchange *exchange)
{
    struct mpr_coll *coll = exchange->coll;
    struct mpr_meeting meeting;
    unsigned char *area = mpr_meeting_open(&meeting, coll, MPR_SLATE_AREA_BYTES);
    struct summary all = {0, 0};

    *summary_of(&meeting, coll->rank) = give_all(exchange, area);
    if (!mpr_meeting_hold(&meeting)) {
        return all;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        const struct summary *one = summary_of(&meeting, rank);
        all.blocks += one->blocks;
        all.rest_bytes = one->rest_bytes > all.rest_bytes ? one->rest_bytes : all.rest_bytes;
        if (rank != coll->rank) {
            take(exchange, &meeting, rank);
        }
    }
    return all;
}

/* --- The exchange ----------------------------------------------------------------------------- */

static void send_rest(struct exchange *exchange)
{
    for (int rank = 0; rank < exchange->coll->size; rank++) {
        if (!exchange->is_out[rank]) {
            mpr_batch_send(&exchange->batch, mpr_block(exchange->out, rank), rank);
        }
    }
    for (int rank = 0; rank < exchange->coll->size; rank++) {
        if (!exchange->is_in[rank]) {
            mpr_batch_recv(&exchange->batch, mpr_block(exchange->in, rank), rank);
        }
    }
}

bool mpr_slate_takes_exchange(const struct mpr_coll *coll)
{
    return mpr_slate_is_shared(coll) && !mpr_slate_is_apart(&coll->comm->slate.exchanges_apart);
}

void mpr_slate_alltoallv(struct mpr_coll *coll, const struct mpr_blocks *out,
                         const struct mpr_blocks *in)
{
    struct exchange exchange = {.coll = coll, .out = out, .in = in};
    uint64_t room = (uint64_t)(MPR_SLATE_AREA_BYTES - notes_bytes(coll->size));

    if (!mpr_batch_open(&exchange.batch, coll, 2 * coll->size)) {
        return;
    }
    exchange.is_out[coll->rank] = true;
    exchange.is_in[coll->rank] = true;
    struct summary all = meet(&exchange);
    if (all.blocks <= BLOCKS_FEW * (uint64_t)coll->size) {
        coll->comm->slate.exchanges_apart = EXCHANGES_APART;
    }
    while (all.rest_bytes > 0 && all.rest_bytes <= room) {
        all = meet(&exchange);
    }
    if (all.rest_bytes > 0) {
        send_rest(&exchange);
    }
    mpr_coll_copy(coll, mpr_block(out, coll->rank), mpr_block(in, coll->rank));
    mpr_batch_finish(&exchange.batch);
}
