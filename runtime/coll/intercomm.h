/* SPDX-License-Identifier: BSD-3-Clause */
/* Making intercommunicators, and intracommunicators of them. As for coll/newcomm.h. */
#ifndef MPR_COLL_INTERCOMM_H
#define MPR_COLL_INTERCOMM_H

#include "coll/agree.h"
#include "comm/comm.h"

/* Joins the groups of two intracommunicators: `local` is this process's, with its leader, who alone
 * looks at `bridge`. NULL where the other group is empty. */
int mpr_intercomm_create(struct mpr_comm *local, int local_leader, const struct mpr_bridge *bridge,
                         struct mpr_comm **newcomm);

/* All processes of both groups, those that say `high` after the others. MPR_ERR_ARGUMENT: not all
 * of a group say the same. */
int mpr_intercomm_merge(struct mpr_comm *inter, bool high, struct mpr_comm **newcomm);

/* The processes of `group`, the same in the whole group, and of what the other group names; NULL
 * where one of both is empty. */
int mpr_intercomm_create_part(struct mpr_comm *inter, struct mpr_group *group,
                              struct mpr_comm **newcomm);

#endif
