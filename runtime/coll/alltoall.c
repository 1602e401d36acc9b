/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoall, MPI_Alltoallv and MPI_Alltoallw. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"

/* Bruck's exchange (see allgather.c for the paper): block i, counted from this rank on, has to
 * travel i places; round r moves all blocks whose i has bit r by 2^r places. log2(size) messages
 * instead of size - 1, each of half the blocks. */
struct bruck {
    struct mpr_coll *coll;
    MPI_Count bytes;       /* of a block */
    unsigned char *blocks; /* by distance still to go when the call began */
    unsigned char *out;    /* the blocks of one round, one after the other */
    unsigned char *in;
};

/* Block `index` of a row of them. */
static struct mpr_items bruck_block(const struct bruck *bruck, unsigned char *row, int index)
{
    return mpr_items_packed(row + index * bruck->bytes, bruck->bytes);
}

/* Copies the blocks whose index has `bit` out to a row of their own. Returns their number. */
static int bruck_pack(const struct bruck *bruck, int64_t bit)
{
    int packed = 0;
    for (int i = 0; i < bruck->coll->size; i++) {
        if (i & bit) {
            mpr_coll_copy(bruck->coll, bruck_block(bruck, bruck->blocks, i),
                          bruck_block(bruck, bruck->out, packed++));
        }
    }
    return packed;
}

static void bruck_unpack(const struct bruck *bruck, int64_t bit)
{
    int unpacked = 0;
    for (int i = 0; i < bruck->coll->size; i++) {
        if (i & bit) {
            mpr_coll_copy(bruck->coll, bruck_block(bruck, bruck->in, unpacked++),
                          bruck_block(bruck, bruck->blocks, i));
        }
    }
}

static void alltoall_bruck(struct mpr_coll *coll, const struct mpr_blocks *out,
                           const struct mpr_blocks *in)
{
    int size = coll->size;
    struct bruck bruck = {.coll = coll, .bytes = mpr_items_bytes(mpr_block(in, coll->rank))};
    struct mpr_scratch scratch;
    bruck.blocks = mpr_coll_open(coll, &scratch, (size_t)(3 * size * bruck.bytes));
    if (bruck.blocks == NULL) {
        return;
    }
    bruck.out = bruck.blocks + size * bruck.bytes;
    bruck.in = bruck.out + size * bruck.bytes;

    for (int i = 0; i < size; i++) {
        mpr_coll_copy(coll, mpr_block(out, (coll->rank + i) % size),
                      bruck_block(&bruck, bruck.blocks, i));
    }
    for (int64_t bit = 1; bit < size; bit *= 2) {
        int dest = (int)((coll->rank + bit) % size);
        int source = (int)((coll->rank - bit + size) % size);
        MPI_Count bytes = bruck_pack(&bruck, bit) * bruck.bytes;
        mpr_coll_sendrecv(coll, mpr_items_packed(bruck.out, bytes), dest,
                          mpr_items_packed(bruck.in, bytes), source);
        bruck_unpack(&bruck, bit);
    }
    for (int i = 0; i < size; i++) {
        mpr_coll_copy(coll, bruck_block(&bruck, bruck.blocks, i),
                      mpr_block(in, (coll->rank - i + size) % size));
    }
    mpr_coll_close(coll, &scratch);
}

static bool goes_on_slate(const struct mpr_coll *coll, MPI_Count bytes)
{
    return mpr_slate_takes(coll, bytes) ||
           (coll->size >= MPR_ALLTOALL_PIECES_RANKS && bytes <= MPR_ALLTOALL_PIECES_BYTES &&
            mpr_slate_is_shared(coll));
}

void mpr_alltoall(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                  struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                  struct mpr_type *recvtype)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks out =
            mpr_blocks_equal(sendbuf, sendcount, sendtype, coll->comm->remote_size);
        struct mpr_blocks in =
            mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->comm->remote_size);
        mpr_inter_exchange(coll, &out, &in);
        return;
    }
    struct mpr_blocks in = mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->size);
    MPI_Count bytes = mpr_type_bytes(recvtype, recvcount);
    bool is_in_place = mpr_is_in_place(sendbuf);
    struct mpr_blocks out =
        is_in_place ? in : mpr_blocks_equal(sendbuf, sendcount, sendtype, coll->size);
    if (bytes > 0 && goes_on_slate(coll, coll->size * bytes)) {
        mpr_slate_alltoall(coll, &out, &in);
    } else if (is_in_place) {
        mpr_spread_exchange_in_place(coll, &in);
    } else if (coll->size >= MPR_ALLTOALL_BRUCK_RANKS && bytes > 0 &&
               bytes <= MPR_ALLTOALL_BRUCK_BYTES) {
        alltoall_bruck(coll, &out, &in);
    } else {
        mpr_spread_exchange(coll, &out, &in);
    }
}

void mpr_alltoallv(struct mpr_coll *coll, const void *sendbuf, const struct mpr_vector *sends,
                   struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                   struct mpr_type *recvtype)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks out = mpr_blocks_vector(sendbuf, sends, sendtype);
        struct mpr_blocks in = mpr_blocks_vector(recvbuf, recvs, recvtype);
        mpr_inter_exchange(coll, &out, &in);
        return;
    }
    struct mpr_blocks in = mpr_blocks_vector(recvbuf, recvs, recvtype);
    if (mpr_is_in_place(sendbuf)) {
        mpr_spread_exchange_in_place(coll, &in);
        return;
    }
    struct mpr_blocks out = mpr_blocks_vector(sendbuf, sends, sendtype);
    if (mpr_slate_takes_exchange(coll)) {
        mpr_slate_alltoallv(coll, &out, &in);
    } else {
        mpr_spread_exchange(coll, &out, &in);
    }
}
