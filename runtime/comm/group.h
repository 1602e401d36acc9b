/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups: ordered sets of processes. Immutable once made, shared by reference.
 *
 * A process is named by its slot, which is its rank in the world where mprun has started it. A
 * group holds its members (shm/hold.h): as long as it lives their slots are theirs. */
#ifndef MPR_COMM_GROUP_H
#define MPR_COMM_GROUP_H

#include <stdbool.h>

#include "base/handle.h"
#include "mpi.h"

struct mpr_levels;
struct mpr_member;
struct mpr_session;

/* Whether the members lie in several domains of the machine (comm/levels.h):
 * found out when asked. */
enum mpr_parting { MPR_PARTING_UNKNOWN, MPR_PARTING_NO, MPR_PARTING_YES };

/* A communicator and any number of user's handles share a group. All of these handles are one
 * value: it is open while the user holds at least one, whoever else uses the group. */
struct mpr_group {
    struct mpr_object object;
    bool has_guests;  /* some members must be counted as held */
    struct mpr_session *session; /* that it was derived from, a reference; NULL: the world */
    enum mpr_parting parting;
    struct mpr_levels *levels; /* NULL: not asked for yet */
    int handle_count; /* handles that the user holds; each has a reference */
    int size;
    int rank;          /* of this process, or MPI_UNDEFINED */
    int world_ranks[]; /* slots, by rank in the group */
};

/* Makes MPI_GROUP_EMPTY known (once). Returns 0 or an mpr error. */
int mpr_group_start(void);

struct mpr_group *mpr_group_find(MPI_Group handle);

/* A group of `size` processes, which are held, with one reference, no handle yet; ranks are copied.
 * NULL: no memory. The group of none is always the one of MPI_GROUP_EMPTY. */
struct mpr_group *mpr_group_make(int size, const int *world_ranks);

/* Likewise, of the processes `first` to `first + size - 1` of the world. */
struct mpr_group *mpr_group_make_range(int first, int size);

/* Likewise, of processes that others have named; those that are gone become mpr_hold_nobody(). */
struct mpr_group *mpr_group_make_named(int size, const struct mpr_member *members);
/* A group that has just been made, and whoever derives groups and communicators from it, belongs to
 * `session` (NULL: none). The sets below pass it on. */
void mpr_group_set_session(struct mpr_group *group, struct mpr_session *session);

void mpr_group_retain(struct mpr_group *group);
void mpr_group_release(struct mpr_group *group);

/* One handle more for the user: group->object.handle names the group until as many calls of
 * mpr_group_close(). The handles of MPI_GROUP_EMPTY are not counted. Returns 0 or an mpr error. */
int mpr_group_open(struct mpr_group *group);
void mpr_group_close(struct mpr_group *group);

/* The rank of a process of the world in the group, or MPI_UNDEFINED. */
int mpr_group_rank_of(const struct mpr_group *group, int world_rank);

/* MPI_IDENT, MPI_SIMILAR or MPI_UNEQUAL. */
int mpr_group_compare(const struct mpr_group *left, const struct mpr_group *right);

/* Sets and selections of MPI 5.0, 7.3.2, with the orders that it asks for. Each returns a group
 * with one reference and no handle, or NULL: no memory. `ranks` are distinct ranks in `group`. */
struct mpr_group *mpr_group_union(const struct mpr_group *left, const struct mpr_group *right);
struct mpr_group *mpr_group_intersection(const struct mpr_group *left,
                                         const struct mpr_group *right);
struct mpr_group *mpr_group_difference(const struct mpr_group *left, const struct mpr_group *right);
struct mpr_group *mpr_group_incl(const struct mpr_group *group, int count, const int *ranks);
struct mpr_group *mpr_group_excl(const struct mpr_group *group, int count, const int *ranks);

#endif
