/* SPDX-License-Identifier: BSD-3-Clause */
#include "launcher/children.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static FILE *open_list(void)
{
    return fopen("/proc/thread-self/children", "re");
}

void mpr_children_note(struct mpr_children *children)
{
    FILE *list = open_list();
    int pid;

    while (list != NULL && fscanf(list, "%d", &pid) == 1) {
        size_t count = (size_t)children->inherited_count + 1;
        pid_t *more = realloc(children->inherited, count * sizeof(*more));
        if (more == NULL) {
            break;
        }
        children->inherited = more;
        more[children->inherited_count++] = pid;
    }
    if (list != NULL) {
        fclose(list);
    }
}

void mpr_children_forget(struct mpr_children *children, pid_t pid)
{
    for (int i = 0; i < children->inherited_count; i++) {
        if (children->inherited[i] == pid) {
            children->inherited[i] = children->inherited[--children->inherited_count];
            return;
        }
    }
}

static bool is_inherited(const struct mpr_children *children, pid_t pid)
{
    int i = 0;

    while (i < children->inherited_count && children->inherited[i] != pid) {
        i++;
    }
    return i < children->inherited_count;
}

/* Returns how many there were. */
static int kill_generation(const struct mpr_children *children)
{
    FILE *list = open_list();
    int count = 0;
    int pid;

    while (list != NULL && fscanf(list, "%d", &pid) == 1) {
        if (!is_inherited(children, pid)) {
            kill(pid, SIGKILL);
            count++;
        }
    }
    if (list != NULL) {
        fclose(list);
    }
    return count;
}

/* Orphans become our children, so this ends when we have none but the inherited: each round kills
 * one generation. */
void mpr_children_kill_others(struct mpr_children *children)
{
    pid_t pid;

    do {
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
            mpr_children_forget(children, pid);
        }
        if (kill_generation(children) == 0) {
            return;
        }
        pid = waitpid(-1, NULL, 0);
        mpr_children_forget(children, pid);
    } while (pid > 0);
}

void mpr_children_free(struct mpr_children *children)
{
    free(children->inherited);
}
