/* SPDX-License-Identifier: BSD-3-Clause */
/* mp_init. */
#include <mp.h>

#include "pool/error.h"
#include "pool/replace.h"

int mp_init(int *argc, char ***argv)
{
    int is_started = 0;
    int error = MPI_Initialized(&is_started);
    if (!error && !is_started) {
        int provided = MPI_THREAD_SINGLE;
        error = MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
    }
    error = error ? error : mpp_error_start();
    if (!error) {
        mpp_play_role();
    }
    return error;
}
