/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Scan and MPI_Exscan. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/message.h"
#include "coll/slate.h"

/* Both algorithms hand values from lower ranks to higher ones only, so that what arrives is always
 * the left operand. */
struct scan {
    struct mpr_coll *coll;
    struct mpr_op *op;
    struct mpr_items own; /* this rank's contribution; in place, the same as `out` */
    struct mpr_items out;
    bool exclusive;
};

/* Hillis and Steele, "Data parallel algorithms", 1986: in round r a rank passes what it knows to
 * the rank 2^r places further on; `window` is the value of the ranks up to this one that it has
 * heard of, `arrival` that of as many ranks below them. */
static void scan_double(struct scan *scan, struct mpr_items window, struct mpr_items arrival)
{
    struct mpr_coll *coll = scan->coll;
    for (int64_t distance = 1; distance < coll->size; distance *= 2) {
        bool sends = coll->rank + distance < coll->size;
        bool receives = coll->rank >= distance;
        int dest = sends ? (int)(coll->rank + distance) : MPI_PROC_NULL;
        int source = receives ? (int)(coll->rank - distance) : MPI_PROC_NULL;
        mpr_coll_sendrecv(coll, window, dest, arrival, source);
        if (receives) {
            mpr_coll_apply(coll, scan->op, arrival.buffer, window.buffer, window);
        }
        if (receives && scan->exclusive && distance == 1) {
            mpr_coll_copy(coll, arrival, scan->out);
        } else if (receives && scan->exclusive) {
            mpr_coll_apply(coll, scan->op, arrival.buffer, scan->out.buffer, scan->out);
        }
    }
}

/* A piece of the chain: what arrives from the rank below goes, with this rank's part, to the one
 * above. `out` is to have both. */
static void scan_inclusive(struct scan *scan, struct mpr_items own, struct mpr_items out,
                           struct mpr_items aside)
{
    struct mpr_coll *coll = scan->coll;
    const bool is_first = coll->rank == 0;

    if (!is_first) {
        mpr_coll_recv(coll, aside, coll->rank - 1);
        mpr_coll_apply(coll, scan->op, aside.buffer, own.buffer, out);
    }
    if (coll->rank + 1 < coll->size) {
        mpr_coll_send(coll, is_first ? own : out, coll->rank + 1);
    }
    if (is_first && out.buffer != own.buffer) {
        mpr_coll_copy(coll, own, out);
    }
}

/* The same where `out` is to have what arrives. In place that overwrites this rank's part, which
 * only the last one does without. */
static void scan_exclusive(struct scan *scan, struct mpr_items own, struct mpr_items out,
                           struct mpr_items aside)
{
    struct mpr_coll *coll = scan->coll;
    const bool is_last = coll->rank + 1 == coll->size;

    if (coll->rank > 0) {
        if (!is_last && out.buffer == own.buffer) {
            mpr_coll_copy(coll, own, aside);
            own = aside;
        }
        mpr_coll_recv(coll, out, coll->rank - 1);
    }
    if (is_last) {
        return;
    }
    if (coll->rank > 0) {
        mpr_coll_apply(coll, scan->op, out.buffer, own.buffer, aside);
        own = aside;
    }
    mpr_coll_send(coll, own, coll->rank + 1);
}

/* The chain, piece by piece: each rank combines one piece while its neighbours work on those before
 * and after. The least work of all, and a single handoff from rank to rank. */
static void scan_chain(struct scan *scan, struct mpr_items spare)
{
    for (MPI_Count first = 0; first < scan->own.count; first += spare.count) {
        struct mpr_items own = mpr_items_window(scan->own, first, spare.count);
        struct mpr_items out = mpr_items_window(scan->out, first, spare.count);
        struct mpr_items aside = mpr_items_window(spare, 0, own.count);
        if (scan->exclusive) {
            scan_exclusive(scan, own, out, aside);
        } else {
            scan_inclusive(scan, own, out, aside);
        }
    }
}

/* Of a vector of `bytes`. */
static MPI_Count piece_bytes(MPI_Count bytes)
{
    if (!mpr_coll_is_crowded()) {
        return MPR_SCAN_PIECE_BYTES;
    }
    MPI_Count share = bytes / mpr_job.segment.header->cpus_usable;
    return share < MPR_SCAN_PIECE_CROWDED_BYTES       ? MPR_SCAN_PIECE_CROWDED_BYTES
           : share > MPR_SCAN_PIECE_CROWDED_MAX_BYTES ? MPR_SCAN_PIECE_CROWDED_MAX_BYTES
                                                      : share;
}

static MPI_Count piece_count(struct mpr_items items)
{
    MPI_Count most = piece_bytes(mpr_items_bytes(items));
    MPI_Count item_bytes = items.type->size_bytes;
    MPI_Count piece = item_bytes < most ? most / item_bytes : 1;
    return piece < items.count ? piece : items.count;
}

static void scan_run(struct scan *scan)
{
    struct mpr_items own = scan->own;
    MPI_Count bytes = mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    if (scan->coll->size <= MPR_SCAN_SLATE_RANKS &&
        mpr_slate_takes_talk(scan->coll, bytes, MPR_SCAN_SLATE_BYTES)) {
        mpr_slate_scan(scan->coll, &own, &scan->out, scan->op, scan->exclusive);
        return;
    }
    bool is_chain = mpr_coll_is_crowded() || bytes > MPR_LONG_BYTES;
    MPI_Count run = is_chain ? piece_count(own) : own.count;
    struct mpr_scratch scratch;
    struct mpr_items runs[2];
    if (!mpr_coll_open_items(scan->coll, &scratch, 2, run, own.type, runs)) {
        return;
    }
    if (is_chain) {
        scan_chain(scan, runs[0]);
    } else {
        struct mpr_items window = scan->exclusive ? runs[1] : scan->out;
        if (window.buffer != own.buffer) {
            mpr_coll_copy(scan->coll, own, window);
        }
        scan_double(scan, window, runs[0]);
    }
    mpr_coll_close(scan->coll, &scratch);
}

static struct scan scan_of(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                           MPI_Count count, struct mpr_type *type, struct mpr_op *op)
{
    struct mpr_items out = mpr_items(recvbuf, count, type);
    return (struct scan){.coll = coll,
                         .op = op,
                         .own = mpr_is_in_place(sendbuf) ? out : mpr_items(sendbuf, count, type),
                         .out = out};
}

void mpr_scan(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
              struct mpr_type *type, struct mpr_op *op)
{
    struct scan scan = scan_of(coll, sendbuf, recvbuf, count, type, op);
    scan_run(&scan);
}

void mpr_exscan(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                struct mpr_type *type, struct mpr_op *op)
{
    struct scan scan = scan_of(coll, sendbuf, recvbuf, count, type, op);
    scan.exclusive = true;
    scan_run(&scan);
}
