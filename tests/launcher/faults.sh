#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A rank of an MPI job comes to a bad end, in every state and in every way, again and again: the job
# ends with the right status and one clear line, and nothing is left.
. "${srcdir:-.}/tests/lib/launcher.sh"

ender=$top/tests/launcher/ender
# Nobody is to need a second, harder signal: waiting for that would take longer than a run may.
export MPRUN_GRACE_MS=60000
seed=0

# ends_as WHERE HOW STATUS LINE: one job, checked.
ends_as() {
    seed=$((seed + 1))
    run -t 20 "$mprun" -n "$ranks" "$ender" "$1" "$2" "$seed"
    expect_status "$3"
    expect_no_out
    [[ $(wc -l <"$err") -eq 1 ]] || fail 'not one line says why'
    expect_err "^mprun: rank 1 $4"
}

for round in 1 2 3 4; do
    for engine in auto sync; do
        export MPRUN_ENGINE=$engine
        for ranks in 2 4 8; do
            for where in outside send receive collective; do
                ends_as "$where" 9 137 'was killed by signal 9 \(Killed\) (in MPI_|outside of MPI)'
                ends_as "$where" 11 139 'was killed by signal 11 \(Segmentation fault\) '
                ends_as "$where" exit 3 'ended with status 3 without calling MPI_Finalize, '
                ends_as "$where" leave 1 'ended with status 0 without calling MPI_Finalize, '
            done
            ends_as start 9 137 'was killed by signal 9 \(Killed\) before MPI_Init'
            ends_as start exit 3 'ended with status 3 without calling MPI_Init, which others have'
            ends_as start leave 1 'ended with status 0 without calling MPI_Init, which others have'
            ends_as outside abort 7 'aborted the job with code 7$'
            ends_as finalize 9 137 'was killed by signal 9'
        done
    done
done

# mprun is killed while its ranks talk.
for delay in 0.001 0.003 0.005 0.01 0.02; do
    start "$mprun" -n 8 "$ender" collective never 0
    sleep "$delay"
    kill -KILL "$started_pid"
    finish 100
done

# The time limit says where each rank is.
start "$mprun" -n 3 --timeout 0.3 sh -c '[ $MPRUN_RANK = 1 ] && exec sleep 1000; exec "$@"' sh \
    "$ender" receive never 0
finish
expect_status 124
expect_err '^mprun: rank 0: in MPI_Send to rank 1, tag 0'
expect_err '^mprun: rank 1: before MPI_Init'
expect_err '^mprun: rank 2: in MPI_Barrier, waiting for rank '
