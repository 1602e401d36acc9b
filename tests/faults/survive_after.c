/* SPDX-License-Identifier: BSD-3-Clause */
/* How the survivors of the program `survive` work on without the dead: with each other on the old
 * communicator, and on a new one. */
#include "tests/faults/survive.h"

static void check_the_dead(void)
{
    MPI_Status status;
    int code = MPI_SUCCESS, flag;

    // Deaths that are told already must not be told again; those that were not must be, once.
    while ((code = MPI_Iprobe(MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &flag, &status)) !=
           MPI_SUCCESS) {
        if (is_death(code, "a probe for anybody") && size == 2) {
            break; // nobody is left to wait for
        }
        if (status.MPI_SOURCE != victim) {
            complain("a probe for anybody names %d as the dead", status.MPI_SOURCE);
        }
    }
    if (!DIES(MPI_Iprobe(victim, TAG_NEVER, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE)) ||
        !DIES(MPI_Send(out, 1, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Send(out, BYTES_MAX, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Ssend(out, 1, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Recv(in, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE)) ||
        !DIES(MPI_Barrier(MPI_COMM_WORLD))) {
        complain("a call with the dead works");
    }
}

/* The others that live, in a ring, on the old communicator. */
static void talk_to_the_living(MPI_Comm living)
{
    const int lengths[WAVES] = {8, 1000, 20000, BYTES_MAX, 1 << 20};
    int next = (rank + 1) % size, previous = (rank + size - 1) % size;
    MPI_Status status;

    next = next == victim ? (next + 1) % size : next;
    previous = previous == victim ? (previous + size - 1) % size : previous;
    for (int wave = 0; wave < WAVES; wave++) {
        const int bytes = lengths[wave];
        const int source = size > 2 && wave % 2 == 1 ? MPI_ANY_SOURCE : previous;
        fill(out, bytes, rank + wave);
        WORKS(MPI_Sendrecv(out, bytes, MPI_CHAR, next, TAG_LATER + wave, in, bytes, MPI_CHAR,
                           source, TAG_LATER + wave, MPI_COMM_WORLD, &status));
        check(in, bytes, previous + wave, "a message among the living");
        if (status.MPI_SOURCE != previous) {
            complain("the source is %d instead of %d", status.MPI_SOURCE, previous);
        }
        WORKS(MPI_Barrier(living));
    }
}

void live_on(void)
{
    MPI_Group all, group;
    MPI_Comm living;
    int sum = 0, living_size;

    check_the_dead();
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_excl(all, 1, &victim, &group);
    WORKS(MPI_Comm_create_group(MPI_COMM_WORLD, group, TAG_GROUP, &living));
    MPI_Group_free(&group);
    MPI_Group_free(&all);
    MPI_Comm_size(living, &living_size);
    WORKS(MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, living));
    if (living_size != size - 1 || sum != size * (size - 1) / 2 - victim) {
        complain("the sum of %d ranks is %d", living_size, sum);
    }
    talk_to_the_living(living);
    MPI_Comm_free(&living);
}
