#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A control group's share of the CPUs counts, of either version and in a group above as well: for
# mp_cpu_count, for the tasks of a pool, and for mprun's own choice of the number of ranks. The
# files of the groups are made up, in a folder that only the process under test sees.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

cpus=$top/tests/pool/cpus
online=$(nproc)
if [[ $online -lt 2 ]]; then
    skip 'needs two CPUs'
fi

# with_files FILE TEXT FILE TEXT ... -- COMMAND...: runs it where
# /sys/fs/cgroup has these files alone.
with_files() {
    # shellcheck disable=SC2016  # for the inner shell
    run unshare --user --map-root-user --mount bash -c '
        set -e
        mount -t tmpfs none /sys/fs/cgroup
        while [[ $1 != -- ]]; do
            mkdir -p "/sys/fs/cgroup/${1%/*}"
            echo "$2" >"/sys/fs/cgroup/$1"
            shift 2
        done
        shift
        exec "$@"' bash "$@"
}

if ! unshare --user --map-root-user --mount mount -t tmpfs none /sys/fs/cgroup 2>"$err"; then
    skip "cannot make up control groups: $(<"$err")"
fi

# expect_cpus COUNT: so many are counted and, by default, so many ranks started.
expect_cpus() {
    expect_status 0
    expect_out_is "$1 ranks, $1 CPUs, 1 for a task"
}

# The group of this process in each version, and the folder of version 1.
group=$(sed -n 's/^0:://p' /proc/self/cgroup)
old_group=$(sed -nE 's/^[0-9]+:(cpu|cpu,[^:]*|[^:]*,cpu):(.*)/\1\2/p' /proc/self/cgroup)

with_files ./nothing none -- "$mprun" --bind-to none "$cpus"
expect_cpus "$online"
if [[ -n $group ]]; then
    with_files ".$group/cpu.max" '100000 100000' -- "$mprun" --bind-to none "$cpus"
    expect_cpus 1
    with_files ".$group/cpu.max" '30000 100000' -- "$mprun" --bind-to none "$cpus"
    expect_cpus 1
    with_files ".$group/cpu.max" '101000 100000' -- "$mprun" --bind-to none "$cpus"
    expect_cpus 2
    with_files ".$group/cpu.max" 'max 100000' -- "$mprun" --bind-to none "$cpus"
    expect_cpus "$online"
    with_files ".$group/cpu.max" 'max 100000' ./cpu.max '50000 50000' \
        -- "$mprun" --bind-to none "$cpus"
    expect_cpus 1
fi
if [[ -n $old_group ]]; then
    with_files "$old_group/cpu.cfs_quota_us" 20000 "$old_group/cpu.cfs_period_us" 20000 -- \
        "$mprun" --bind-to none "$cpus"
    expect_cpus 1
    with_files "$old_group/cpu.cfs_quota_us" -1 "$old_group/cpu.cfs_period_us" 20000 \
        -- "$mprun" --bind-to none "$cpus"
    expect_cpus "$online"
fi
