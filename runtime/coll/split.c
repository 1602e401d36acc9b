/* SPDX-License-Identifier: BSD-3-Clause */
/* Splitting communicators by colors.
 *
 * Every process hears what every other one asks for, and works out the same parts. On an
 * intercommunicator only colors that both groups have make a part. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "coll/agree.h"
#include "coll/newcomm.h"
#include "coll/now.h"
#include "type/type.h"

/* What each member of the parent asks for. */
struct wish {
    int color;
    int key;
    int rank; /* in its group of the parent */
};

static int compare_ints(int left, int right)
{
    return (left > right) - (left < right);
}

/* By color, within it by key, and by rank where the keys are equal. */
static int compare_wishes(const void *left, const void *right)
{
    const struct wish *a = left, *b = right;
    int order = compare_ints(a->color, b->color);
    if (order == 0) {
        order = compare_ints(a->key, b->key);
    }
    return order != 0 ? order : compare_ints(a->rank, b->rank);
}

/* The wishes of one group, sorted; or the part of them that has one color. */
struct wishes {
    struct wish *first;
    int count;
};

static struct wishes of_color(struct wishes all, int color)
{
    struct wishes part = {all.first, 0};
    for (int i = 0; i < all.count; i++) {
        if (all.first[i].color == color) {
            part.first = part.count++ == 0 ? &all.first[i] : part.first;
        }
    }
    return part;
}

/* What all processes of the parent ask for, and room to agree on it. On an intracommunicator
 * `theirs` is `ours`. */
struct survey {
    struct wishes ours;
    struct wishes theirs;
    int *ranks;
    int64_t *values;
    void *memory;
};

static int survey_open(struct survey *survey, const struct mpr_comm *parent)
{
    size_t ours = (size_t)parent->size;
    size_t theirs = mpr_comm_is_inter(parent) ? (size_t)parent->remote_size : 0;
    size_t most = ours > theirs ? ours : theirs;
    size_t values_bytes = (size_t)mpr_contexts_of(parent) * most * sizeof(*survey->values);
    size_t wishes_bytes = (ours + theirs) * sizeof(struct wish);

    survey->memory = malloc(values_bytes + wishes_bytes + most * sizeof(*survey->ranks));
    if (survey->memory == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    survey->values = survey->memory;
    survey->ours = (struct wishes){(struct wish *)(survey->values + values_bytes / sizeof(int64_t)),
                                   parent->size};
    survey->theirs =
        theirs > 0 ? (struct wishes){survey->ours.first + ours, parent->remote_size} : survey->ours;
    survey->ranks = (int *)(survey->ours.first + ours + theirs);
    return 0;
}

static int survey_hear(struct survey *survey, const struct mpr_makers *makers, struct wish mine)
{
    struct wishes *ours = &survey->ours;
    struct wishes *theirs = &survey->theirs;
    const MPI_Count each = sizeof(mine);

    int code = mpr_allgather_now(&mine, each, ours->first, makers->local);
    if (code == 0 && makers->two_groups) {
        code = mpr_makers_swap(makers, ours->first, ours->count * each, theirs->first,
                               theirs->count * each);
        qsort(theirs->first, (size_t)theirs->count, sizeof(mine), compare_wishes);
    }
    qsort(ours->first, (size_t)ours->count, sizeof(mine), compare_wishes);
    return code;
}

/* Counts the colors that make a part; *index is the number of `color` among them, ascending. */
static int count_parts(const struct survey *survey, int color, int *index)
{
    const struct wishes *ours = &survey->ours;
    int count = 0;

    for (int i = 0; i < ours->count; i++) {
        int seen = ours->first[i].color;
        bool is_new = i == 0 || seen != ours->first[i - 1].color;
        if (is_new && seen != MPI_UNDEFINED && of_color(survey->theirs, seen).count > 0) {
            *index = seen == color ? count : *index;
            count++;
        }
    }
    return count;
}

static struct mpr_group *make_group(const struct survey *survey, const struct mpr_group *group,
                                    struct wishes part)
{
    for (int i = 0; i < part.count; i++) {
        survey->ranks[i] = part.first[i].rank;
    }
    return mpr_group_incl(group, part.count, survey->ranks);
}

/* The communicator of all that have asked for `color`; none where a group has nobody. */
static int make_part(const struct survey *survey, struct mpr_comm *parent, int color,
                     struct mpr_comm **comm)
{
    struct wishes ours = of_color(survey->ours, color);
    struct wishes theirs = of_color(survey->theirs, color);
    if (color == MPI_UNDEFINED || theirs.count == 0) {
        return 0;
    }
    struct mpr_group *group = make_group(survey, parent->group, ours);
    struct mpr_group *remote = make_group(survey, parent->remote, theirs);
    int code = MPR_ERR_NO_MEMORY;
    if (group != NULL && remote != NULL) {
        code = mpr_comm_is_inter(parent)
                   ? mpr_comm_make_inter(group, remote, parent->errhandler, comm)
                   : mpr_comm_make(group, parent->errhandler, comm);
    }
    if (group != NULL) {
        mpr_group_release(group);
    }
    if (remote != NULL) {
        mpr_group_release(remote);
    }
    return code;
}

/* The only failure that the others do not hear of is the lack of memory to listen to them. */
int mpr_comm_split(struct mpr_comm *parent, int color, int key, struct mpr_comm **newcomm)
{
    const struct mpr_makers makers = mpr_makers_of(parent);
    struct mpr_offer offer = {.contexts_each = mpr_contexts_of(parent)};
    struct survey survey;

    int code = survey_open(&survey, parent);
    if (code != 0) {
        return code;
    }
    code = survey_hear(&survey, &makers, (struct wish){color, key, parent->rank});
    if (code == 0) {
        offer.count = count_parts(&survey, color, &offer.index);
    }
    if (offer.count > 0) {
        offer.values = survey.values;
        code = make_part(&survey, parent, color, &offer.comm);
        code = mpr_makers_agree(&makers, &offer, code);
    }
    if (code == 0) {
        *newcomm = offer.comm;
    }
    free(survey.memory);
    return code;
}
