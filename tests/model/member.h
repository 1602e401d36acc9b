/* SPDX-License-Identifier: BSD-3-Clause */
/* What the scenes of slates share: a process that is a member of one, and its operations.
 *
 * A slate is smaller here (check.sh), so that few operations go around its cells and areas more
 * than once. It is found as another communicator has left it. Each operation's payload is its
 * number. */
#ifndef MODEL_MEMBER_H
#define MODEL_MEMBER_H

#include "coll/slate.h"
#include "machine.h"

enum { RANKS = 3 };
enum { CONTEXT = 4, OLD_CONTEXT = 3 };

struct shared {
    struct mpr_segment_header header;
    struct mpr_rank_control controls[RANKS];
    struct mpr_slate_table table;
    struct mpr_slate_memory memory;
    struct mpr_slate_member members[RANKS]; /* those of `memory` */
};
_Static_assert(sizeof(struct shared) <= MODEL_SHARED_BYTES, "the model keeps all that is shared");

/* The communicator that the running process belongs to. */
extern struct mpr_comm comm;

struct mpr_slate_memory *memory(void);

/* What a member lends lies elsewhere; here in an area that nobody else needs. */
unsigned char *lent_by(int rank);

/* For beginnings: the scene looks at these. */
void name_cell(struct mpr_slate_cell *cell);
void name_doorbells(int members);

/* Starts a member. Ranks look once in vain before they wait, by spinning or by sleeping. */
void start(int process, int members, enum mpr_wait_choice wait, bool has_fences);

/* Begins a call. */
void begin(struct mpr_coll *coll);

void write_number(unsigned char *payload, int number);
void read_number(const unsigned char *payload, int number);

/* False: a death has ended it. */
bool pass_barrier(void);

#endif
