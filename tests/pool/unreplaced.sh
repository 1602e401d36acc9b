#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A worker dies, and no other can take its place: the pool says so and goes on with one less. When
# it was the last, what is left fails, and nothing hangs.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

declare -A why=(
    [fails]='the initializer returned 5 in the new process'
    [aborts]='the new process was killed by signal 6 .*in its start'
    [file]='mp_pool: this MPI cannot start a new process here .*'
)

ways='fails aborts file'
[[ $(sanitizer_flags) != *thread* ]] || ways='fails aborts' # of vfork() it makes a fork
for how in $ways; do
    for workers in 1 2; do
        for call in map stream; do
            cp "$top/tests/pool/unreplaced" program
            run timeout 60 "$mprun" -n 1 ./program "$how" "$workers" "$call"
            expect_status 0
            expect_err "^mp: worker [12] is gone and cannot be replaced: ${why[$how]}$"
        done
    done
done
