/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbourhood collectives. Each rank waits once, for all of its messages together.
 *
 * A rank may be a neighbour several times over: by multiple edges of a graph, or at both sides of a
 * ring of one or two ranks. Its messages match in the order in which they are sent and received. In
 * a graph that is the order of the edges. In a grid what goes down arrives from above: the receiver
 * expects the two messages of a dimension in the opposite order. */
#include "coll/neighbor.h"

#include "comm/topology.h"

/* Opens a batch with all receives; sends follow. Returns false when there is no memory. */
static bool begin(struct mpr_batch *batch, struct mpr_coll *coll, const struct mpr_blocks *in)
{
    const struct mpr_topology *topology = coll->comm->topology;
    const struct mpr_neighbors *neighbors = &topology->neighbors;
    int other_side = topology->kind == MPI_CART ? 1 : 0;

    if (!mpr_batch_open(batch, coll, neighbors->source_count + neighbors->destination_count)) {
        return false;
    }
    for (int i = 0; i < neighbors->source_count; i++) {
        int place = i ^ other_side;
        if (neighbors->sources[place] != MPI_PROC_NULL) {
            mpr_batch_recv(batch, mpr_block(in, place), neighbors->sources[place]);
        }
    }
    return true;
}

static void send_to(struct mpr_batch *batch, const struct mpr_neighbors *neighbors, int place,
                    struct mpr_items items)
{
    if (neighbors->destinations[place] != MPI_PROC_NULL) {
        mpr_batch_send(batch, items, neighbors->destinations[place]);
    }
}

void mpr_neighbor_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *in)
{
    const struct mpr_neighbors *neighbors = &coll->comm->topology->neighbors;
    struct mpr_batch batch;

    if (!begin(&batch, coll, in)) {
        return;
    }
    for (int i = 0; i < neighbors->destination_count; i++) {
        send_to(&batch, neighbors, i, own);
    }
    mpr_batch_finish(&batch);
}

void mpr_neighbor_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                           const struct mpr_blocks *in)
{
    const struct mpr_neighbors *neighbors = &coll->comm->topology->neighbors;
    struct mpr_batch batch;

    if (!begin(&batch, coll, in)) {
        return;
    }
    for (int i = 0; i < neighbors->destination_count; i++) {
        send_to(&batch, neighbors, i, mpr_block(out, i));
    }
    mpr_batch_finish(&batch);
}
