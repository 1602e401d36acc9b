#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The benchmarks run and make a full table; the numbers do not matter here.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

export BENCH_BUDGET_MS=0.05 OPENMPI_HOME=/nowhere MPICH_HOME=/nowhere
cd "$top"
run -t "$(scaled_limit 120)" "$source_top/tests/bench/run" -r 1 -o "$work/results"
expect_status 0
expect_no_err
expect_out '^n=2 latency +8 us +[0-9.]+ +- +- +-$'
expect_out '^n=2 struct, latency by loop +4 Mi us +[0-9.]+ '
expect_out '^n=2 bandwidth +2 Mi GB/s +[0-9.]+ '
expect_out '^n=8 alltoall, each +256 Ki us +[0-9.]+ '
expect_out '^start of 8 ranks +ms +[0-9.]+ '
expect_out '^CPU of a 2 s wait +ms +[0-9.]+ '
expect_out '^memory of a rank +MB +[0-9.]+ '
[[ $(grep -c "^1"$'\t'"mprun"$'\t' "$work/results") -ge 107 ]] || fail 'single results are missing'

export PYTHON=/nowhere
run -t "$(scaled_limit 120)" "$source_top/tests/bench/run_pool" -r 1 -o "$work/results"
expect_status 0
expect_no_err
expect_out '^empty tasks, automatic chunks, million/s +[0-9.]+ +- +- +>= 50 '
expect_out '^pipe, 8 bytes, one way, us +[0-9.]+ +- +- +<= [0-9.]+ '
[[ $(grep -cE '  (NOT MET|met)$' "$out") -eq 9 ]] || fail 'a row has no verdict'
