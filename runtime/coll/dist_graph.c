/* SPDX-License-Identifier: BSD-3-Clause */
/* Graphs whose edges are named anywhere.
 *
 * Each edge is told to both of its ends. A process hears of its edges sorted by the process that
 * has named them, and as that one has named them: copies of one edge come in the same order at both
 * ends. */
#include <stdlib.h>

#include "base/error.h"
#include "coll/newtopology.h"
#include "coll/now.h"
#include "type/type.h"

/* An edge as it is told to one of its ends. */
struct half_edge {
    int is_outgoing;
    int other;
    int weight;
};

/* What is told to each process, or by each process, one after the other. */
struct mail {
    MPI_Count *counts; /* of half edges, by rank */
    MPI_Aint *displs;
    MPI_Count total;
    struct half_edge *halves;
};

static void mail_close(struct mail *mail)
{
    free(mail->counts);
    free(mail->displs);
    free(mail->halves);
}

static int mail_open(struct mail *mail, int rank_count)
{
    mail->counts = calloc((size_t)rank_count, sizeof(*mail->counts));
    mail->displs = calloc((size_t)rank_count, sizeof(*mail->displs));
    return mail->counts != NULL && mail->displs != NULL ? 0 : MPR_ERR_NO_MEMORY;
}

/* With the counts known: room for all. */
static int mail_lay_out(struct mail *mail, int rank_count)
{
    mail->total = 0;
    for (int rank = 0; rank < rank_count; rank++) {
        mail->displs[rank] = (MPI_Aint)mail->total;
        mail->total += mail->counts[rank];
    }
    mail->halves = malloc((size_t)mail->total * sizeof(*mail->halves) + 1);
    return mail->halves != NULL ? 0 : MPR_ERR_NO_MEMORY;
}

/* ---- Telling ---- */

static void count_edges(const struct mpr_edges *edges, struct mail *out)
{
    const int *destination = edges->destinations;
    for (int i = 0; i < edges->source_count; i++) {
        out->counts[edges->sources[i]] += edges->degrees[i];
        for (int edge = 0; edge < edges->degrees[i]; edge++) {
            out->counts[*destination++]++;
        }
    }
}

/* Moves each displacement to the end of its block, and back. */
static void write_edges(const struct mpr_edges *edges, struct mail *out, int rank_count)
{
    int number = 0;
    for (int i = 0; i < edges->source_count; i++) {
        int source = edges->sources[i];
        for (int edge = 0; edge < edges->degrees[i]; edge++, number++) {
            int destination = edges->destinations[number];
            int weight = edges->weights != NULL ? edges->weights[number] : 0;
            out->halves[out->displs[source]++] = (struct half_edge){1, destination, weight};
            out->halves[out->displs[destination]++] = (struct half_edge){0, source, weight};
        }
    }
    for (int rank = 0; rank < rank_count; rank++) {
        out->displs[rank] -= (MPI_Aint)out->counts[rank];
    }
}

/* Counts and displacements in bytes, as they travel. */
static struct mpr_vector in_bytes(struct mail *mail, int rank_count)
{
    for (int rank = 0; rank < rank_count; rank++) {
        mail->counts[rank] *= (MPI_Count)sizeof(*mail->halves);
        mail->displs[rank] *= (MPI_Aint)sizeof(*mail->halves);
    }
    return mpr_vector_large(mail->counts, mail->displs);
}

/* The only failure that the others do not hear of is the lack of memory to listen to them. */
static int tell(struct mpr_comm *parent, const struct mpr_edges *edges, struct mail *out,
                struct mail *in)
{
    int code = mail_open(out, parent->size);
    if (code == 0) {
        code = mail_open(in, parent->size);
    }
    if (code != 0) {
        return code;
    }
    count_edges(edges, out);
    code = mpr_alltoall_now(out->counts, sizeof(*out->counts), in->counts, parent);
    if (code == 0) {
        code = mail_lay_out(out, parent->size);
    }
    if (code == 0) {
        code = mail_lay_out(in, parent->size);
    }
    if (code != 0) {
        return code;
    }
    write_edges(edges, out, parent->size);
    struct mpr_vector sends = in_bytes(out, parent->size);
    struct mpr_vector recvs = in_bytes(in, parent->size);
    return mpr_alltoallv_now(out->halves, &sends, in->halves, &recvs, parent);
}

/* ---- Hearing ---- */

/* The neighbours that the half edges name. NULL: no memory. */
static struct mpr_topology *collect(const struct mail *in, bool weighted)
{
    int *memory = malloc(2 * (size_t)in->total * sizeof(*memory) + 1);
    if (memory == NULL) {
        return NULL;
    }
    int *ranks[2] = {memory, NULL};
    int *weights[2] = {memory + in->total, NULL};
    int counts[2] = {0, 0};
    for (MPI_Count i = 0; i < in->total; i++) {
        counts[in->halves[i].is_outgoing]++;
    }
    ranks[1] = ranks[0] + counts[0];
    weights[1] = weights[0] + counts[0];
    for (MPI_Count i = 0, next[2] = {0, 0}; i < in->total; i++) {
        const struct half_edge *half = &in->halves[i];
        ranks[half->is_outgoing][next[half->is_outgoing]] = half->other;
        weights[half->is_outgoing][next[half->is_outgoing]++] = half->weight;
    }
    const struct mpr_neighbors neighbors = {counts[0], counts[1], ranks[0], ranks[1]};
    struct mpr_topology *topology = mpr_topology_make_dist_graph(
        &neighbors, weighted ? weights[0] : NULL, weighted ? weights[1] : NULL);
    free(memory);
    return topology;
}

int mpr_dist_graph_create(struct mpr_comm *parent, const struct mpr_edges *edges,
                          struct mpr_comm **newcomm)
{
    struct mail out = {0};
    struct mail in = {0};
    int code = tell(parent, edges, &out, &in);
    if (code == 0) {
        code = mpr_newtopology_make(parent, collect(&in, edges->weights != NULL), newcomm);
    }
    mail_close(&out);
    mail_close(&in);
    return code;
}
