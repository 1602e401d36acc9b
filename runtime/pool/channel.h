/* SPDX-License-Identifier: BSD-3-Clause */
/* What the service does with a channel. Called with the lock and the role of the
 * poller, see service.h. */
#ifndef MPP_CHANNEL_H
#define MPP_CHANNEL_H

#include "pool/service.h"

/* Starts and ends the service of a channel; take the lock themselves. */
int mpp_service_add(struct mpp_channel *channel);
void mpp_service_remove(struct mpp_channel *channel);

/* An object has entered a channel, or left it: the service sleeps while there are none, and is then
 * in no call of an MPI in which it cannot sleep. Called with the lock, without the role. */
void mpp_service_begin_object(void);
void mpp_service_end_object(void);

/* Posts the channel's receive, unless nothing comes any more. */
void mpp_channel_post_receive(struct mpp_channel *channel, MPI_Request *request);

/* The posted receive has ended so: hands on the message, or the death. */
void mpp_channel_take(struct mpp_channel *channel, int error, const MPI_Status *status);

/* Sends what objects hold back. */
void mpp_channel_flush(struct mpp_channel **channels, int count);

/* Forgets the letters that MPI has sent, tells whether there are others, and waits for all. */
void mpp_channel_reap(void);
int mpp_channel_has_letters(void);
void mpp_channel_drain(void);

#endif
