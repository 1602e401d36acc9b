#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The benchmarks run, make a full table with bars, and draw; the numbers do not matter here.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

export BENCH_BUDGET_MS=0.05 OPENMPI_HOME=/nowhere MPICH_HOME=/nowhere
cd "$top"
run -t "$(scaled_limit 120)" "$source_top/tests/bench/run" -r 1 -d "$work/bench"
expect_status 0
expect_no_err
expect_out '^n=2 latency +8 us +[0-9.]+ +- +- +- +<= 0.6 +not measured$'
expect_out '^ +beside a bare handoff, .* us +[0-9.]+ +<= 1.5 +(met|MISSED)$'
expect_out '^n=2 latency, static +2 Mi us +[0-9.]+ '
expect_out '^n=2 struct, latency +4 Mi us +[0-9.]+ '
expect_out '^n=2 stream of 64, each +2 Mi us +[0-9.]+ '
expect_out '^n=8 ring +2 Mi us +[0-9.]+ '
expect_out '^n=16 barrier +us +[0-9.]+ '
expect_out '^n=8 start +ms +[0-9.]+ '
expect_out '^n=2 waking of a blocked rank +us +[0-9.]+ '
expect_out '^ +beside a bare wake-up, .* us +[0-9.]+ +<= 1.3 +(met|MISSED)$'
expect_out '^n=2 column, pack by loop +4 Mi us +[0-9.]+ '
expect_out '^Between processes that share a CPU it switches in [0-9.]+ us\.$'
expect_out '^n=256 shared memory in all +MiB +[0-9.]+ '
expect_out '^n=1 triad +ms +[0-9.]+ '
expect_out '^[0-9]+ bars met, [0-9]+ missed, [0-9]+ not measured\.$'
for plot in latency bandwidth collectives-2 collectives-8 ranks; do
    [[ $(grep -c '<path' "$work/bench/$plot.svg") -ge 1 ]] || fail "$plot.svg has no line"
    [[ $(tail -n 1 "$work/bench/$plot.svg") == '</svg>' ]] || fail "$plot.svg is not whole"
    ! grep -q 'nan\|inf"' "$work/bench/$plot.svg" || fail "$plot.svg has points that are none"
done

run -t "$(scaled_limit 120)" "$source_top/tests/bench/scaling" -r 1 -w 0.01 -n '1 2' \
    -d "$work/bench" cg matmul
expect_status 0
expect_no_err
expect_out '^ +2 ranks +[0-9.]+ GB/s in all'
expect_out '^  rank 1 +CPU'
number='[0-9.]+'
of_one=" +$number +- +- \\|"
expect_out "^matmul +2 \\|$of_one$of_one$of_one( +$number){4}  [a-z]"
[[ $(grep -c '<path' "$work/bench/scaling-strong.svg") -eq 4 ]] ||
    fail 'the plot of scaling lacks lines'

run -t "$(scaled_limit 60)" "$source_top/tests/bench/costs" -r 1 -n '1 3' -s '8 8192'
expect_status 0
expect_no_err
expect_out "^allreduce +8192 +$number +$number$"
expect_out "^shared memory in all +$number +$number$"

export PYTHON=/nowhere
run -t "$(scaled_limit 120)" "$source_top/tests/bench/run_pool" -r 1 -o "$work/results"
expect_status 0
expect_no_err
expect_out '^empty tasks, automatic chunks, million/s +[0-9.]+ +- +- +>= 50 '
expect_out '^pipe, 8 bytes, one way, us +[0-9.]+ +- +- +<= [0-9.]+ '
[[ $(grep -cE '  (NOT MET|met)$' "$out") -eq 9 ]] || fail 'a row has no verdict'
