#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ranks that work in a pool are killed by their tasks: told with index, signal and worker, tried
# again, replaced. With the world's ranks as workers this takes mprun --continue; without
# it the job ends.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

killed=$top/tests/pool/killed

for ranks in 2 3 8; do
    run timeout 60 "$mprun" --continue -n "$ranks" "$killed"
    [[ $status -eq 137 || $status -eq 139 ]] || fail "status $status"
    expect_out_is 'root: 0 failures'
    expect_err '^mprun: rank .* was killed by signal 9 .*; the job goes on without it$'
    expect_err '^mprun: rank .* was killed by signal 11 .*; the job goes on without it$'
done

# One worker comes to its tasks in their order; of two, either may be the first to end the job.
run timeout 60 "$mprun" -n 2 "$killed"
expect_status 137
expect_no_out
expect_err '^mprun: rank 1 was killed by signal 9 '

run timeout 60 "$mprun" -n 3 "$killed"
[[ $status -eq 137 || $status -eq 139 ]] || fail "status $status"
expect_no_out
expect_err "^mprun: rank [12] was killed by signal $((status - 128)) "
