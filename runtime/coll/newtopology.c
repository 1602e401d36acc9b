/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators with a grid or a graph. */
#include "coll/newtopology.h"

#include <stdlib.h>

#include "base/error.h"
#include "coll/agree.h"

/* ---- The first processes of the parent ---- */

/* `topology`, whose reference is taken over, becomes that of `comm`. */
static int make_with(struct mpr_comm *parent, struct mpr_group *group,
                     struct mpr_topology *topology, struct mpr_comm **comm)
{
    int code = group != NULL && topology != NULL ? mpr_comm_make(group, parent->errhandler, comm)
                                                 : MPR_ERR_NO_MEMORY;
    if (code == 0) {
        (*comm)->topology = topology;
    } else if (topology != NULL) {
        mpr_topology_release(topology);
    }
    if (group != NULL) {
        mpr_group_release(group);
    }
    return code;
}

/* The first `size` processes; in one of them `topology` is its own, or NULL: no memory. */
static int make_first(struct mpr_comm *parent, int size, struct mpr_topology *topology,
                      struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = mpr_makers_of(parent);
    struct mpr_comm *comm = NULL;
    int code = 0;

    if (parent->rank < size) {
        struct mpr_group *group = mpr_group_make(size, parent->group->world_ranks);
        if (group != NULL) {
            mpr_group_set_session(group, parent->group->session);
        }
        code = make_with(parent, group, topology, &comm);
    }
    return mpr_makers_agree_one(&makers, comm, MPR_CONTEXTS_INTRA, code, newcomm);
}

int mpr_cart_create(struct mpr_comm *parent, const struct mpr_cart *cart, struct mpr_comm **newcomm)
{
    int size = (int)mpr_cart_size(cart);
    struct mpr_topology *topology =
        parent->rank < size ? mpr_topology_make_cart(cart, parent->rank) : NULL;
    return make_first(parent, size, topology, newcomm);
}

int mpr_graph_create(struct mpr_comm *parent, const struct mpr_graph *graph,
                     struct mpr_comm **newcomm)
{
    int size = graph->node_count;
    struct mpr_topology *topology =
        parent->rank < size ? mpr_topology_make_graph(graph, parent->rank) : NULL;
    return make_first(parent, size, topology, newcomm);
}

int mpr_newtopology_make(struct mpr_comm *parent, struct mpr_topology *topology,
                         struct mpr_comm **newcomm)
{
    return make_first(parent, parent->size, topology, newcomm);
}

int mpr_dist_graph_create_adjacent(struct mpr_comm *parent, const struct mpr_neighbors *neighbors,
                                   const int *source_weights, const int *destination_weights,
                                   struct mpr_comm **newcomm)
{
    return mpr_newtopology_make(
        parent, mpr_topology_make_dist_graph(neighbors, source_weights, destination_weights),
        newcomm);
}

/* ---- Parts of a grid ---- */

/* A grid as its part and what is left out: room for both. */
struct slices {
    struct mpr_cart part;
    int *dims; /* the part's own; then its periods, then coordinates of the whole */
    int *periods;
    int *coords;
    int count; /* of parts */
};

/* Which of the parts a process is in, ascending by the coordinates that are left out. */
static int part_of(const struct slices *slices, const struct mpr_cart *cart, const int *remain,
                   int rank)
{
    int part = 0;
    mpr_cart_coords(cart, rank, slices->coords);
    for (int dim = 0; dim < cart->dim_count; dim++) {
        if (!remain[dim]) {
            part = part * cart->dims[dim] + slices->coords[dim];
        }
    }
    return part;
}

static int slices_open(struct slices *slices, const struct mpr_cart *cart, const int *remain)
{
    size_t count = (size_t)cart->dim_count;
    *slices = (struct slices){.count = 1};
    slices->dims = malloc(3 * count * sizeof(*slices->dims) + 1);
    if (slices->dims == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    slices->periods = slices->dims + count;
    slices->coords = slices->periods + count;
    for (int dim = 0; dim < cart->dim_count; dim++) {
        if (remain[dim]) {
            slices->dims[slices->part.dim_count] = cart->dims[dim];
            slices->periods[slices->part.dim_count++] = cart->periods[dim];
        } else {
            slices->count *= cart->dims[dim];
        }
    }
    slices->part.dims = slices->dims;
    slices->part.periods = slices->periods;
    return 0;
}

/* The processes of part `index`, by ascending rank, which is row by row in the part as well. */
static struct mpr_group *group_of_part(const struct slices *slices, const struct mpr_comm *parent,
                                       const int *remain, int index)
{
    int *ranks = malloc((size_t)parent->size * sizeof(*ranks));
    int count = 0;
    if (ranks == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < parent->size; rank++) {
        if (part_of(slices, &parent->topology->cart, remain, rank) == index) {
            ranks[count++] = rank;
        }
    }
    struct mpr_group *group = mpr_group_incl(parent->group, count, ranks);
    free(ranks);
    return group;
}

static int make_part(const struct slices *slices, struct mpr_comm *parent, const int *remain,
                     int index, struct mpr_comm **comm)
{
    struct mpr_group *group = group_of_part(slices, parent, remain, index);
    struct mpr_topology *topology =
        group != NULL ? mpr_topology_make_cart(&slices->part, group->rank) : NULL;
    return make_with(parent, group, topology, comm);
}

/* All processes know all parts; they only have to agree on contexts. */
int mpr_cart_sub(struct mpr_comm *parent, const int *remain, struct mpr_comm **newcomm)
{
    const struct mpr_cart *cart = &parent->topology->cart;
    const struct mpr_makers makers = mpr_makers_of(parent);
    struct mpr_offer offer = {.contexts_each = MPR_CONTEXTS_INTRA};
    struct slices slices;

    int code = slices_open(&slices, cart, remain);
    if (code != 0) {
        return code;
    }
    offer.count = slices.count;
    offer.index = part_of(&slices, cart, remain, parent->rank);
    offer.values = malloc((size_t)offer.count * sizeof(*offer.values));
    code = MPR_ERR_NO_MEMORY;
    if (offer.values != NULL) {
        code = make_part(&slices, parent, remain, offer.index, &offer.comm);
        code = mpr_makers_agree(&makers, &offer, code);
    }
    if (code == 0) {
        *newcomm = offer.comm;
    }
    free(offer.values);
    free(slices.dims);
    return code;
}
