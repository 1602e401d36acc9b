/* SPDX-License-Identifier: BSD-3-Clause */
/* The children of mprun that are no ranks: those it was started with, which a shell leaves to the
 * program that it becomes (`exec mprun ...`, `bash -c 'mprun ... > >(tee log)'`), and those that
 * the ranks leave behind, which end with the job. */
#ifndef LAUNCHER_CHILDREN_H
#define LAUNCHER_CHILDREN_H

#include <sys/types.h>

struct mpr_children {
    pid_t *inherited; // those it was started with and that have not ended
    int inherited_count;
};

/* Takes note of those that are there, before there is any other. Without memory they are not told
 * from the others. */
void mpr_children_note(struct mpr_children *children);

/* A child has ended and was waited for: its number may come to be another's. */
void mpr_children_forget(struct mpr_children *children, pid_t pid);

/* Kills all others and their descendants, and waits for them. */
void mpr_children_kill_others(struct mpr_children *children);

void mpr_children_free(struct mpr_children *children);

#endif
