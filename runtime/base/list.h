/* SPDX-License-Identifier: BSD-3-Clause */
/* An intrusive doubly linked list with a sentinel. A link that is in no list points to itself. */
#ifndef MPR_BASE_LIST_H
#define MPR_BASE_LIST_H

#include <stdbool.h>

#include "base/compiler.h"

struct mpr_list {
    struct mpr_list *next;
    struct mpr_list *previous;
};

#define mpr_list_entry(link, type, member) mpr_container_of(link, type, member)

/* `link` runs over the list; the present link may be removed in the body. */
#define mpr_list_each(link, next_link, list)                                                       \
    for ((link) = (list)->next, (next_link) = (link)->next; (link) != (list);                      \
         (link) = (next_link), (next_link) = (link)->next)

static inline void mpr_list_init(struct mpr_list *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool mpr_list_is_empty(const struct mpr_list *list)
{
    return list->next == list;
}

static inline void mpr_list_append(struct mpr_list *list, struct mpr_list *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

static inline void mpr_list_prepend(struct mpr_list *list, struct mpr_list *link)
{
    mpr_list_append(list->next, link);
}

/* Leaves `link` in no list; harmless when it was in none. */
static inline void mpr_list_remove(struct mpr_list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    mpr_list_init(link);
}

/* Moves all links of `from` to the end of `list`. */
static inline void mpr_list_append_all(struct mpr_list *list, struct mpr_list *from)
{
    if (!mpr_list_is_empty(from)) {
        from->next->previous = list->previous;
        list->previous->next = from->next;
        from->previous->next = list;
        list->previous = from->previous;
        mpr_list_init(from);
    }
}

#endif
