/* SPDX-License-Identifier: BSD-3-Clause */
/* Making intercommunicators, and intracommunicators of them. As for coll/newcomm.h. */
#ifndef MPR_COLL_INTERCOMM_H
#define MPR_COLL_INTERCOMM_H

#include "comm/comm.h"

/* Joins the groups of two intracommunicators: `local` is this process's, with its leader, which
 * reaches the other leader as rank `remote_leader` of `bridge`, under `tag`. These are looked at in
 * the leader alone. */
int mpr_intercomm_create(struct mpr_comm *local, int local_leader, struct mpr_comm *bridge,
                         int remote_leader, int tag, struct mpr_comm **newcomm);

/* All processes of both groups, those that say `high` after the others. MPR_ERR_ARGUMENT: not all
 * of a group say the same. */
int mpr_intercomm_merge(struct mpr_comm *inter, bool high, struct mpr_comm **newcomm);

/* The processes of `group`, the same in the whole group, and of what the other group names; NULL
 * where one of both is empty. */
int mpr_intercomm_create_part(struct mpr_comm *inter, struct mpr_group *group,
                              struct mpr_comm **newcomm);

#endif
