#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A rank dies, anywhere and in any way, in a job that is to go on: every survivor hears of it by an
# error of the right class and works on with the others, mprun says one line, ends with the status
# of the dead, and nothing is left.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

# shellcheck source=tests/lib/deaths.sh
. "$source_top/tests/lib/deaths.sh"

survive=$top/tests/faults/survive
export LATE_FILE=$work/lateness

# expect_going_on RANK HOW WHERE: status and line of a job that went on without this rank. Where it
# ended by itself before MPI_Init, some of the others may not have been told.
expect_going_on() {
    if [[ $2-$3 == exit-start ]]; then
        expect_status 3
        expect_no_out
    else
        expect_death "$@"
        expect_err '; the job goes on without it$'
    fi
}

# --- One rank -----------------------------------------------------------------------------------

places=(start compute asleep drip star offer nonblocking probe collective lend schedule clog inter
    making threads finalize)
ways=(kill segv exit)
ranks=(3 8 2)

# Buffers are lent only where ranks do as if they had cores of their own; and where the heap stands
# aside, mprun would say so, in one line more.
can_lend=yes
if [[ $(sanitizer_flags) =~ address|thread ]]; then
    can_lend=no
fi

# The next job's copy path, engine and rings.
choose_settings() {
    export MPRUN_COPY=${paths[RANDOM % 4]} MPRUN_ENGINE=${engines[RANDOM % 2]}
    unset MPRUN_RING_CELLS MPRUN_RING_BYTES MPRUN_CROWDED MPRUN_DIRECT_SENDS
    if [[ ${where-} == lend && $can_lend == yes ]]; then
        export MPRUN_COPY=direct MPRUN_CROWDED=no MPRUN_DIRECT_SENDS=1
    fi
    if ((RANDOM % 3 == 0)); then
        export MPRUN_RING_CELLS=4 MPRUN_RING_BYTES=1024
    fi
}

for ((i = 0; i < deaths; i++)); do
    where=${places[i % ${#places[@]}]}
    how=${ways[i / ${#places[@]} % ${#ways[@]}]}
    n=${ranks[RANDOM % ${#ranks[@]}]}
    victim=$((RANDOM % n))
    choose_settings
    rm -f "$DIE_FILE"
    run "$mprun" --continue -n "$n" "$survive" $victim "$where" "$how" $((RANDOM % 8000))
    expect_going_on $victim "$how" "$where"
done

mapfile -t late < <(sort -n "$LATE_FILE")
echo "${#late[@]} survivors of $deaths deaths heard of it after" \
    "$((late[${#late[@]} / 2] / 1000)) ms (median), $((late[-1] / 1000)) ms (latest)"

# --- Several, at any time -----------------------------------------------------------------------

where=
for ((i = 0; i < deaths / 3; i++)); do
    n=${ranks[i % 2]}
    choose_settings
    run "$mprun" --continue -n "$n" "$top/tests/faults/workers" $RANDOM
    expect_out_is 'all tasks are done'
    killed=$(grep -cE '^mprun: rank [2-7] was killed by signal 9 .*; the job goes on without it$' \
        "$err") || true
    expect_status $((killed > 0 ? 137 : 0))
    expect_err_lines "$killed"
done
