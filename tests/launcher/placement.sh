#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Where ranks run: the plan as mprun shows it for machines made up, and as the kernel sees it here.
# (The plan itself is tested in tests/unit/launcher/plan_test.c.)
. "${srcdir:-.}/tests/lib/launcher.sh"

# --- Machines made up ---------------------------------------------------------------------------

export HWLOC_SYNTHETIC='package:2 numa:2 l3:1 core:4 pu:2'

run "$mprun" -n 4 --dry-run ./not-needed
expect_status 0
expect_no_err
legend='each [ ] is a core: the rank on each of its hardware threads, . none, - not usable'
expect_out_is "4 ranks; $legend
  socket 0, numa 0, l3 0   [0 0][0 0][0 0][0 0]
  socket 0, numa 1, l3 1   [1 1][1 1][1 1][1 1]
  socket 1, numa 2, l3 2   [2 2][2 2][2 2][2 2]
  socket 1, numa 3, l3 3   [3 3][3 3][3 3][3 3]
  rank 0                   CPUs 0-7, 4 threads
  rank 1                   CPUs 8-15, 4 threads
  rank 2                   CPUs 16-23, 4 threads
  rank 3                   CPUs 24-31, 4 threads"

# The default is one rank for each CPU.
run "$mprun" --dry-run ./not-needed
expect_out '^32 ranks;'
expect_out '^  rank 31 +CPU 31, 1 thread$'

run "$mprun" -n 3 --map-by numa:PE=2 --cpu-set 0-3,8-31 --dry-run ./not-needed
expect_out '\[0 0\]\[0 0\]\[- -\]\[- -\]'
expect_out '^  rank 2 +CPUs 16-19, 2 threads$'

run "$mprun" -n 100 --dry-run ./not-needed
expect_out '^  ranks 0-99 +CPUs 0-31, 1 thread each, not bound$'

run "$mprun" -n 2 --bind-to none --dry-run ./not-needed
expect_out '^  ranks 0-1 +CPUs 0-31, not bound$'

run "$mprun" -n 2 --cpu-set 40-50 --dry-run ./not-needed
expect_status 2
expect_err_is 'mprun: --cpu-set: none of the CPUs 40-50 may be used; usable are 0-31'

run "$mprun" -n 2 --cpu-set 30-50 --dry-run ./not-needed
expect_status 0
expect_err 'some of the CPUs 30-50 may not be used and are left out'
expect_out '^  rank 1 +CPU 31, 1 thread$'

run "$mprun" -n 2 --cpu-set 3-1 --dry-run ./not-needed
expect_status 2
expect_err "'3-1' is not a list of CPUs such as 0-3,8"

# A job on another machine's picture runs, unbound.
run "$mprun" -n 2 --report-bindings sh -c 'taskset -p $$ | sed "s/.*: //"'
expect_status 0
expect_err '^  rank 1 +CPUs 16-31'
[[ $(sort -u "$out") == $(taskset -p $$ | sed 's/.*: //') ]] ||
    fail 'bound to CPUs of another machine'

unset HWLOC_SYNTHETIC

# --- This machine -------------------------------------------------------------------------------

# shellcheck disable=SC2016  # the ranks' own variables
where='echo $MPRUN_RANK $(taskset -cp $$ | sed "s/.*: //") $OMP_NUM_THREADS'
mine=$(taskset -cp $$ | sed 's/.*: //')
cpus=$(nproc)
unset OMP_NUM_THREADS

run "$mprun" -n "$cpus" sh -c "$where"
expect_status 0
[[ $(awk '{ print $2 }' "$out" | sort -u | wc -l) -eq $cpus ]] || fail 'ranks share CPUs needlessly'

run "$mprun" -n 1 --bind-to none sh -c "$where"
expect_out_is "0 $mine"

run "$mprun" -n $((cpus + 1)) sh -c "$where"
[[ $(sed 's/^[0-9]* //' "$out" | sort -u) == "$mine 1" ]] ||
    fail 'too many ranks should run anywhere'

first=${mine%%[,-]*}
run "$mprun" -n 2 --cpu-set "$first" sh -c "$where"
[[ $(sort "$out") == "0 $first 1"$'\n'"1 $first 1" ]] || fail '--cpu-set is not obeyed'

run taskset -c "$first" "$mprun" sh -c "$where"
expect_out_is "0 $first 1"

OMP_NUM_THREADS=7 run "$mprun" -n 1 sh -c "$where"
expect_out ' 7$'
run "$mprun" -n 1 -x OMP_NUM_THREADS=9 sh -c "$where"
expect_out ' 9$'

run "$mprun" -n 1 --report-bindings true
expect_status 0
expect_no_out
expect_err '^1 rank;'
run "$mprun" -n 1 --display map true
expect_err '^1 rank;'
