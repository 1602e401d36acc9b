#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# System calls that the launcher and the ranks may not make, as in many containers: everything works
# all the same, without a word; what was asked for in so many words gets a clear answer.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

forbid=$top/tests/lib/forbid
modes=$top/tests/mpi/p2p_modes
hello=$top/examples/hello

run "$forbid" membarrier true
[[ $status -ne 77 ]] || skip 'the kernel takes no seccomp filter'

# The forbidding works: the call that is not forbidden would succeed.
run "$forbid" memfd_create "$mprun" -n 1 true
expect_status 125
expect_err '^mprun: cannot make the shared memory of 1 ranks: Operation not permitted$'
expect_err_lines 1

# Each alone and all together, for mprun and its ranks, and for the ranks alone.
errors='EPERM ENOSYS'
if is_thin; then
    errors=EPERM
fi
all=io_uring_setup,membarrier,pidfd_open,process_vm_readv,process_vm_writev,vmsplice
for calls in ${all//,/ } sched_setaffinity $all; do
    for error in $errors; do
        run "$forbid" -e $error "$calls" "$mprun" -n 2 "$hello"
        expect_status 0
        expect_out_lines 2
        [[ $calls == sched_setaffinity ]] || expect_no_err

        run "$forbid" -e $error "$calls" "$mprun" -n 3 "$modes"
        expect_status 0
        [[ $calls == sched_setaffinity ]] || expect_no_err

        run "$mprun" -n 2 "$forbid" -e $error "$calls" "$modes"
        expect_status 0
        expect_no_err
    done
done

# One rank may do less than the others.
# shellcheck disable=SC2016 # the ranks' shell expands it
run "$mprun" -n 3 sh -c '[ $MPRUN_RANK -ne 1 ] && exec "$0"; exec "$1" "$2" "$0"' \
    "$modes" "$forbid" $all
expect_status 0
expect_no_err

# A copy path that was asked for and cannot be had: another one is taken. Without the engine that
# was asked for there is no job.
for path in cma pipe; do
    MPRUN_COPY=$path run "$forbid" $all "$mprun" -n 2 "$modes"
    expect_status 0
done
MPRUN_ENGINE=uring run "$forbid" $all "$mprun" -n 2 "$modes"
expect_status 125
expect_err "^mprun: MPRUN_ENGINE=uring, but the system refuses io_uring: Operation not permitted\$"
expect_err_lines 1

# A death is noticed without pidfds and io_uring, too.
run "$forbid" $all "$mprun" -n 3 "$top/tests/faults/die" 1 send kill 1000
expect_status 137
expect_err '^mprun: rank 1 was killed by signal 9 \('
expect_err_lines 1
