#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What mprun says about itself, and how it answers misuse. (The command line in all its detail is
# tested in tests/unit/launcher/options_test.c.)
. "${srcdir:-.}/tests/lib/launcher.sh"

shopt -s extglob

run "$mprun" --version
expect_status 0
expect_out '^mprun [0-9]+\.[0-9]+'
expect_no_err

run "$mprun" --help
expect_status 0
expect_out '^Usage: mprun'
expect_out '^  -n, -np N '
expect_out 'MPRUN_COPY'
expect_no_err
[[ $(awk 'length > 100' "$out" | wc -l) -eq 0 ]] || fail 'help is too wide'

# What help shows the manual page describes.
while read -r name; do
    grep -Eq -- "Fl .*\b${name##+(-)}\b" "$source_top/launcher/mprun.1" ||
        fail "the manual page lacks $name"
done < <(grep -Eo '^  --?[a-z-]+' "$out" | tr -d ' ')

run "$mprun"
expect_status 2
expect_err_is 'mprun: no program given; for example: mprun -n 4 ./prog'

run "$mprun" --bindto core true
expect_status 2
expect_err_is 'mprun: unknown option --bindto: did you mean --bind-to?'

run "$mprun" -n none true
expect_status 2
expect_err '^mprun: -n: .none. is not a number of ranks'

run "$mprun" -n 3 --stdin 3 true
expect_status 2
expect_err_is 'mprun: --stdin: there is no rank 3, the last of this job is 2'

run "$mprun" -n 32768 true : -n 1 true
expect_status 2
expect_err '^mprun: more than 32768 ranks in one job'

# What other launchers accept is accepted.
run "$mprun" --allow-run-as-root --oversubscribe -np 2 echo x
expect_status 0
expect_out_lines 2
expect_no_err

run "$mprun" --mca btl self,vader -n 1 echo x
expect_status 0
expect_out_is x
expect_err '^mprun: --mca is ignored: it belongs to Open MPI'
expect_err_lines 1

# A tunable with a bad value is named, and the job runs.
MPRUN_ENGINE=steam run "$mprun" -n 1 echo x
expect_status 0
expect_out_is x
expect_err 'MPRUN_ENGINE=steam is ignored: it must be one of auto\|uring\|sync'

# Where no message is to be sent before its receive is known, the shortest are all the same.
MPRUN_EAGER_BYTES=0 run -t 20 "$mprun" -n 2 "$top/tests/mpi/p2p_null_and_self"
expect_status 0

# Standard output that takes nothing is an error of --help as well.
status=0
command="$mprun --help >/dev/full"
"$mprun" --help >/dev/full 2>"$err" || status=$?
expect_status 1
expect_err 'cannot write to standard output: No space left'
