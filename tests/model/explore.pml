/* SPDX-License-Identifier: BSD-3-Clause */
/* Every order of the threads' operations, every value that the memory may give them, and a death at
 * every point: the machine (machine.h) makes the steps, spin chooses them and knows where it was.
 *
 * Found wrong are a failed assertion, and an invalid end state: nobody can go on, and not all have
 * ended. */

c_decl {
\#include "machine.h"

/* Spin takes calls of functions in an expression for side effects, unless it does not see them. */
\#define CAN_STEP machine_can_step(Pthread->me)
\#define HAS_ENDED machine_has_ended(Pthread->me)
\#define HAS_MORE_CHOICES (Pthread->choice + 1 < machine_choices(Pthread->me))
\#define CAN_KILL machine_can_kill()
\#define THREAD_COUNT machine_thread_count()
}
c_track "&model_world" "sizeof(model_world)" "UnMatched"
c_track "model_digest" "sizeof(model_digest)"

proctype thread(byte me)
{
    byte choice;

    do
    :: atomic {
        c_expr { CAN_STEP } ->
        do
        :: c_expr { HAS_MORE_CHOICES } -> choice++
        :: break
        od;
        c_code { machine_step(Pthread->me, Pthread->choice); };
        choice = 0;
        if
        :: c_expr { model_world.failure != NULL } -> assert(false)
        :: else
        fi
    }
    :: c_expr { HAS_ENDED } -> break
    od
}

proctype death()
{
    if
    :: c_expr { CAN_KILL } -> c_code { machine_kill(); }
    :: c_expr { !CAN_KILL }
    fi
}

init {
    byte next;

    atomic {
        c_code { machine_start(); };
        do
        :: c_expr { Pinit->next < THREAD_COUNT } -> run thread(next); next++
        :: else -> break
        od;
        run death()
    }
}
