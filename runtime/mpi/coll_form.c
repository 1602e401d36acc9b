/* SPDX-License-Identifier: BSD-3-Clause */
/* Beginning and ending collectives that have a request. */
#include "mpi/coll_form.h"

#include "coll/schedule.h"

int mpr_form_begin_request(const struct mpr_form *form, struct mpr_comm *comm,
                           struct mpr_coll *coll)
{
    bool is_persistent = form->kind == MPR_FORM_PERSISTENT;
    if (is_persistent) {
        MPR_TRY(mpr_arg_info(comm, form->info));
    }
    MPR_TRY(mpr_arg_pointer(comm, "request", form->request));
    return mpr_result(
        comm,
        mpr_schedule_begin(comm, is_persistent ? MPR_SCHEDULE_AGAIN : MPR_SCHEDULE_ONCE, coll));
}

int mpr_form_end_request(const struct mpr_form *form, struct mpr_coll *coll)
{
    struct mpr_request *request;
    MPR_TRY(mpr_result(coll->comm, mpr_schedule_finish(coll, &request)));
    if (form->kind == MPR_FORM_PERSISTENT) {
        request->persistent = true;
    } else {
        mpr_request_start(request);
    }
    *form->request = mpr_request_handle(request);
    return MPI_SUCCESS;
}
