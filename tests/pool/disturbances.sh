#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Maps that are watched and disturbed: the progress line on a terminal and its absence elsewhere,
# Ctrl-C in the middle, after which no new worker begins, ranks that run another binary.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

disturbed=$top/tests/pool/disturbed

# --- Ctrl-C: what is queued is cancelled, what is done is kept and told, the workers end ---
has_begun() {
    grep -q begun "$out"
}

# With long tasks, the workers have some that they have not begun.
for job in '1 5 ranks' '2 5 ranks' '3 300 ranks' '8 5 ranks' '1 5 processes' '1 300 threads'; do
    read -r ranks ms workers <<<"$job"
    start "$mprun" -n "$ranks" "$disturbed" 100000 "$ms" '' "$workers"
    wait_until has_begun
    kill -INT "$started_pid"
    finish
    expect_status 0
    expect_out '^first: [1-9][0-9]* done, interrupted: mp_pool_map: interrupted: [0-9]+ of 100000'
    read -r told kept < <(
        sed -n 's/^first: \([0-9]*\) done.*interrupted: \([0-9]*\) of.*/\1 \2/p' "$out"
    )
    [[ $told -eq $kept ]] || fail "$kept tasks are told as done, $told outputs are there"
    [[ $workers != processes || $(grep -c '^worker$' "$out") -eq 3 ]] || fail 'workers are replaced'
    expect_no_err
done

# --- Another binary in the second rank: its tasks fail and say so, or the pool is not made ---
run "$mprun" -n 1 "$disturbed" 200 1 : -n 1 "${disturbed}_other" 200 1
expect_status 0
expect_out '^first: .*failed: .* of 200 tasks failed'
expect_out '^another binary: rank 1 runs another binary, .* start the same program everywhere$'

# --- The progress line: on a terminal, and nowhere else ---
run "$mprun" -n 2 "$disturbed" 100 10 naps
expect_status 0
expect_no_err
if command -v script >"$out"; then
    run script -qec "'$mprun' -n 2 '$disturbed' 100 10 naps" screen
    expect_status 0
    tr '\r' '\n' <screen >lines
    grep -Eq '^naps: [0-9]+ done of 100, [0-9]+ running, [0-9.]+/s, 0:0[0-9] left' lines ||
        fail "no progress line: $(cat -v screen)"
    grep -Eq '^naps: 100 done of 100, 0 running, [0-9.]+/s' lines ||
        fail "no last line: $(cat -v screen)"
    two_builds="'$mprun' -n 1 '$disturbed' 100 10 naps : -n 1 '${disturbed}_other' 100 10"
    run script -qec "$two_builds" screen
    tr '\r' '\n' <screen >lines
    grep -Eq '^naps: [0-9]+ done of 100, [0-9]+ failed, 0 running, [0-9.]+/s' lines ||
        fail "no failures in the line: $(cat -v screen)"
    run script -qec "'$mprun' -n 2 '$disturbed' 100 10 naps 2>errors" screen
    [[ ! -s errors ]] || fail 'the progress line went to a file'
fi
