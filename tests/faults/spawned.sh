#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Spawned processes that die are replaced, again and again; those that end badly do not end the job,
# and none of them is left when it ends. A spawn waits a while for those that are about to end.
# Without mprun, it says what to do.
. "${srcdir:-.}/tests/lib/launcher.sh"

respawn=$top/tests/faults/respawn

for engine in uring sync; do
    MPRUN_ENGINE=$engine run -t 100 "$mprun" -n 1 "$respawn" 60
    expect_status 0
    expect_out_is '60 workers were replaced'
    expect_err 'rank 60\.0 was killed by signal 9'
done

# With few slots, each is used over and over.
MPRUN_SPAWN_MAX=6 run -t 100 "$mprun" -n 1 "$respawn" 40
expect_status 0

for engine in uring sync; do
    MPRUN_ENGINE=$engine MPRUN_SPAWN_MAX=3 run "$mprun" -n 2 "$top/tests/faults/crowd"
    expect_status 0
    expect_out_is $'room\nroom' # of each rank
done
touch stay
MPRUN_SPAWN_MAX=3 run "$mprun" -n 1 "$top/tests/faults/crowd" stay
expect_status 0
expect_out 'there is room for 0 of 3 further processes: 3 may run .*MPRUN_SPAWN_MAX'
expect_out '^no room$'

run "$respawn" 1
expect_err "started without mprun.*mprun -n 1"
