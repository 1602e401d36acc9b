#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Who reads mprun's standard input.
. "${srcdir:-.}/tests/lib/launcher.sh"

# shellcheck disable=SC2016  # the ranks' own variables
count='wc -l | sed "s/^/$MPRUN_RANK:/"'
seq 50000 >numbers

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    run "$mprun" -n 3 sh -c "$count" <numbers
    expect_status 0
    [[ $(sort "$out") == $'0:50000\n1:0\n2:0' ]] || fail 'rank 0 should read'

    run "$mprun" -n 3 --stdin 2 sh -c "$count" <numbers
    [[ $(sort "$out") == $'0:0\n1:0\n2:50000' ]] || fail 'rank 2 should read'

    run "$mprun" -n 3 --stdin none sh -c "$count" <numbers
    [[ $(sort "$out") == $'0:0\n1:0\n2:0' ]] || fail 'nobody should read'

    run "$mprun" -n 3 --stdin all sh -c "$count" <numbers
    [[ $(sort "$out") == $'0:50000\n1:50000\n2:50000' ]] || fail 'all should read'

    # From a pipe, piece by piece; a rank that reads no more does not hold the others up.
    command='seq 50000 | mprun --stdin all'
    status=0
    # shellcheck disable=SC2016
    seq 50000 | run_limited "$limit_s" "$mprun" -n 3 --stdin all sh -c \
        'if [ $MPRUN_RANK = 1 ]; then head -1; else wc -l; fi' >"$out" 2>"$err" || status=$?
    expect_status 0
    [[ $(sort -n "$out") == $'1\n50000\n50000' ]] || fail 'a rank that stops reading disturbs'

    # A job whose ranks end does not wait for input that nobody wants.
    mkfifo never
    sleep 1000 >never &
    sleeper=$!
    run -t 10 "$mprun" -n 2 --stdin all true <never
    expect_status 0
    kill "$sleeper"
    wait "$sleeper" || true
    rm never
done
