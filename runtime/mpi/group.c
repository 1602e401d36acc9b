/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups (MPI 5.0, 7.3). All of it is local. */
#include <stdbool.h>
#include <stdlib.h>

#include "mpi/api.h"

/* ---- Inquiry ---- */

static int group_size(MPI_Group group, int *size)
{
    struct mpr_group *g;
    MPR_TRY(mpr_arg_group(NULL, "group", group, &g));
    MPR_TRY(mpr_arg_pointer(NULL, "size", size));
    *size = g->size;
    return MPI_SUCCESS;
}

MPR_API(int, Group_size, (MPI_Group group, int *size))
{
    return MPR_RUN(Group_size, group_size(group, size));
}

static int group_rank(MPI_Group group, int *rank)
{
    struct mpr_group *g;
    MPR_TRY(mpr_arg_group(NULL, "group", group, &g));
    MPR_TRY(mpr_arg_pointer(NULL, "rank", rank));
    *rank = g->rank;
    return MPI_SUCCESS;
}

MPR_API(int, Group_rank, (MPI_Group group, int *rank))
{
    return MPR_RUN(Group_rank, group_rank(group, rank));
}

static int group_compare(MPI_Group group1, MPI_Group group2, int *result)
{
    struct mpr_group *g1, *g2;
    MPR_TRY(mpr_arg_group(NULL, "group1", group1, &g1));
    MPR_TRY(mpr_arg_group(NULL, "group2", group2, &g2));
    MPR_TRY(mpr_arg_pointer(NULL, "result", result));
    *result = mpr_group_compare(g1, g2);
    return MPI_SUCCESS;
}

MPR_API(int, Group_compare, (MPI_Group group1, MPI_Group group2, int *result))
{
    return MPR_RUN(Group_compare, group_compare(group1, group2, result));
}

/* A rank that the argument `name` has at `index`. */
static int arg_rank(const struct mpr_group *group, const char *name, int index, int rank)
{
    if (group->size == 0) {
        return mpr_raise(NULL, MPI_ERR_RANK, "%s[%d] is %d, but the group is empty", name, index,
                         rank);
    }
    if (rank < 0 || rank >= group->size) {
        return mpr_raise(NULL, MPI_ERR_RANK, "%s[%d] is %d, but the group has ranks 0 to %d", name,
                         index, rank, group->size - 1);
    }
    return MPI_SUCCESS;
}

/* The length of the array `name`, and the array. */
static int arg_array(int n, const char *name, const void *array)
{
    if (n < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "n is %d, but must not be negative", n);
    }
    return n == 0 ? MPI_SUCCESS : mpr_arg_pointer(NULL, name, array);
}

static int group_translate_ranks(MPI_Group group1, int n, const int ranks1[], MPI_Group group2,
                                 int ranks2[])
{
    struct mpr_group *g1, *g2;
    MPR_TRY(mpr_arg_group(NULL, "group1", group1, &g1));
    MPR_TRY(arg_array(n, "ranks1", ranks1));
    MPR_TRY(mpr_arg_group(NULL, "group2", group2, &g2));
    MPR_TRY(arg_array(n, "ranks2", ranks2));
    for (int i = 0; i < n; i++) {
        if (ranks1[i] != MPI_PROC_NULL) {
            MPR_TRY(arg_rank(g1, "ranks1", i, ranks1[i]));
        }
    }
    for (int i = 0; i < n; i++) {
        ranks2[i] = ranks1[i] == MPI_PROC_NULL ? MPI_PROC_NULL
                                               : mpr_group_rank_of(g2, g1->world_ranks[ranks1[i]]);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Group_translate_ranks,
        (MPI_Group group1, int n, const int ranks1[], MPI_Group group2, int ranks2[]))
{
    return MPR_RUN(Group_translate_ranks, group_translate_ranks(group1, n, ranks1, group2, ranks2));
}

/* ---- New groups ---- */

int mpr_give_group(struct mpr_group *made, MPI_Group *newgroup)
{
    if (made == NULL) {
        return mpr_result(NULL, MPR_ERR_NO_MEMORY);
    }
    int code = mpr_group_open(made);
    if (code == 0) {
        *newgroup = (MPI_Group)made->object.handle;
    }
    mpr_group_release(made);
    return mpr_result(NULL, code);
}

typedef struct mpr_group *combine_function(const struct mpr_group *left,
                                           const struct mpr_group *right);

static int combine(MPI_Group group1, MPI_Group group2, MPI_Group *newgroup,
                   combine_function *function)
{
    struct mpr_group *g1, *g2;
    MPR_TRY(mpr_arg_group(NULL, "group1", group1, &g1));
    MPR_TRY(mpr_arg_group(NULL, "group2", group2, &g2));
    MPR_TRY(mpr_arg_pointer(NULL, "newgroup", newgroup));
    return mpr_give_group(function(g1, g2), newgroup);
}

MPR_API(int, Group_union, (MPI_Group group1, MPI_Group group2, MPI_Group *newgroup))
{
    return MPR_RUN(Group_union, combine(group1, group2, newgroup, mpr_group_union));
}

MPR_API(int, Group_intersection, (MPI_Group group1, MPI_Group group2, MPI_Group *newgroup))
{
    return MPR_RUN(Group_intersection, combine(group1, group2, newgroup, mpr_group_intersection));
}

MPR_API(int, Group_difference, (MPI_Group group1, MPI_Group group2, MPI_Group *newgroup))
{
    return MPR_RUN(Group_difference, combine(group1, group2, newgroup, mpr_group_difference));
}

/* ---- Groups of chosen ranks ---- */

/* Ranks of a group, checked to be ranks and to be different from each other. */
struct choice {
    const struct mpr_group *group;
    int *ranks;
    bool *is_chosen; /* by rank */
    int count;
};

static int choice_begin(struct choice *choice, const struct mpr_group *group)
{
    size_t size = group->size > 0 ? (size_t)group->size : 1;
    *choice = (struct choice){
        .group = group,
        .ranks = malloc(size * sizeof(*choice->ranks)),
        .is_chosen = calloc(size, sizeof(*choice->is_chosen)),
    };
    return choice->ranks != NULL && choice->is_chosen != NULL ? MPI_SUCCESS
                                                              : mpr_result(NULL, MPR_ERR_NO_MEMORY);
}

static void choice_end(struct choice *choice)
{
    free(choice->ranks);
    free(choice->is_chosen);
}

/* Adds the rank that the argument `name` has at `index`. */
static int choice_add(struct choice *choice, const char *name, int index, int rank)
{
    MPR_TRY(arg_rank(choice->group, name, index, rank));
    if (choice->is_chosen[rank]) {
        return mpr_raise(NULL, MPI_ERR_RANK, "%s[%d] names rank %d a second time", name, index,
                         rank);
    }
    choice->is_chosen[rank] = true;
    choice->ranks[choice->count++] = rank;
    return MPI_SUCCESS;
}

static int choice_add_ranks(struct choice *choice, int n, const void *array)
{
    const int *ranks = array;
    for (int i = 0; i < n; i++) {
        MPR_TRY(choice_add(choice, "ranks", i, ranks[i]));
    }
    return MPI_SUCCESS;
}

/* Adds first, first + stride, ... up (or down) to last. */
static int choice_add_range(struct choice *choice, int index, const int range[3])
{
    int first = range[0], last = range[1], stride = range[2];
    if (stride == 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "ranges[%d] has stride 0", index);
    }
    if ((stride > 0 && first > last) || (stride < 0 && first < last)) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "ranges[%d] is {%d, %d, %d}, whose stride leads away from its last rank",
                         index, first, last, stride);
    }
    // Wide enough for the step beyond the last rank.
    for (long long rank = first; stride > 0 ? rank <= last : rank >= last; rank += stride) {
        MPR_TRY(choice_add(choice, "ranges", index, (int)rank));
    }
    return MPI_SUCCESS;
}

static int choice_add_ranges(struct choice *choice, int n, const void *array)
{
    const int(*ranges)[3] = array;
    for (int i = 0; i < n; i++) {
        MPR_TRY(choice_add_range(choice, i, ranges[i]));
    }
    return MPI_SUCCESS;
}

/* An argument that chooses ranks: an array of ranks or of ranges. */
struct choice_argument {
    const char *name;
    int n;
    const void *array;
    int (*add)(struct choice *choice, int n, const void *array);
};

typedef struct mpr_group *choose_function(const struct mpr_group *group, int count,
                                          const int *ranks);

static int choose(MPI_Group group, struct choice_argument chosen, MPI_Group *newgroup,
                  choose_function *function)
{
    struct mpr_group *g;
    struct choice choice;
    MPR_TRY(mpr_arg_group(NULL, "group", group, &g));
    MPR_TRY(arg_array(chosen.n, chosen.name, chosen.array));
    MPR_TRY(mpr_arg_pointer(NULL, "newgroup", newgroup));
    int code = choice_begin(&choice, g);
    if (code == MPI_SUCCESS) {
        code = chosen.add(&choice, chosen.n, chosen.array);
    }
    if (code == MPI_SUCCESS) {
        code = mpr_give_group(function(g, choice.count, choice.ranks), newgroup);
    }
    choice_end(&choice);
    return code;
}

static struct choice_argument listed(int n, const int ranks[])
{
    return (struct choice_argument){"ranks", n, ranks, choice_add_ranks};
}

static struct choice_argument ranged(int n, int ranges[][3])
{
    return (struct choice_argument){"ranges", n, ranges, choice_add_ranges};
}

MPR_API(int, Group_incl, (MPI_Group group, int n, const int ranks[], MPI_Group *newgroup))
{
    return MPR_RUN(Group_incl, choose(group, listed(n, ranks), newgroup, mpr_group_incl));
}

MPR_API(int, Group_excl, (MPI_Group group, int n, const int ranks[], MPI_Group *newgroup))
{
    return MPR_RUN(Group_excl, choose(group, listed(n, ranks), newgroup, mpr_group_excl));
}

MPR_API(int, Group_range_incl, (MPI_Group group, int n, int ranges[][3], MPI_Group *newgroup))
{
    return MPR_RUN(Group_range_incl, choose(group, ranged(n, ranges), newgroup, mpr_group_incl));
}

MPR_API(int, Group_range_excl, (MPI_Group group, int n, int ranges[][3], MPI_Group *newgroup))
{
    return MPR_RUN(Group_range_excl, choose(group, ranged(n, ranges), newgroup, mpr_group_excl));
}

/* ---- The end ---- */

static int group_free(MPI_Group *group)
{
    struct mpr_group *g;
    MPR_TRY(mpr_arg_pointer(NULL, "group", group));
    MPR_TRY(mpr_arg_group(NULL, "group", *group, &g));
    mpr_group_close(g);
    *group = MPI_GROUP_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Group_free, (MPI_Group *group))
{
    return MPR_RUN(Group_free, group_free(group));
}
