#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A rank dies, anywhere and in any way: the job ends at once, with the right status and one clear
# line, and nothing is left. The same when mprun itself is killed.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

# shellcheck source=tests/lib/deaths.sh
. "$source_top/tests/lib/deaths.sh"

late_ms=$(scaled_limit 1000) # a job that ends later than this after the death has not noticed it
die=$top/tests/faults/die

# Adds the milliseconds since the time in DIE_FILE to the list of times.
times_us=()
note_end() {
    local now=${EPOCHREALTIME/[.,]/}
    local us=$((now - $(<"$DIE_FILE")))
    times_us+=("$us")
    [[ $us -le $((late_ms * 1000)) ]] || fail "the job ended $((us / 1000)) ms after the death"
}

say_median() {
    local sorted
    mapfile -t sorted < <(printf '%s\n' "${times_us[@]}" | sort -n)
    echo "$1: ${#sorted[@]} times, the job ended after $((sorted[${#sorted[@]} / 2] / 1000)) ms" \
        "(median), $((sorted[-1] / 1000)) ms (longest)"
    times_us=()
}

# run_death RANKS RANK WHERE HOW: run() with the end's time taken before the
# search for what is left.
run_death() {
    command="$mprun -n $1 $die $2 $3 $4"
    status=0
    rm -f "$DIE_FILE"
    run_limited "$limit_s" "$mprun" -n "$1" "$die" "$2" "$3" "$4" $((RANDOM % 5000)) \
        >"$out" 2>"$err" || status=$?
    [[ $status -ne 124 ]] || fail "the time limit of $limit_s s ran out"
    note_end
    expect_nothing_left
}

# --- Ranks --------------------------------------------------------------------------------------

places=(start compute send receive collective finalize)
ways=(kill segv exit exit0 abort)

for ((i = 0; i < deaths; i++)); do
    where=${places[i % ${#places[@]}]}
    how=${ways[i / ${#places[@]} % ${#ways[@]}]}
    if [[ $where == start && $how == abort ]]; then
        how='kill' # MPI_Abort needs MPI_Init
    fi
    ranks=$((2 + RANDOM % 7))
    victim=$((RANDOM % ranks))
    export MPRUN_COPY=${paths[RANDOM % 4]} MPRUN_ENGINE=${engines[RANDOM % 2]}
    run_death $ranks $victim "$where" "$how"
    expect_death $victim "$how" "$where"
done
unset MPRUN_COPY MPRUN_ENGINE
say_median 'a rank died'

# --- mprun itself -------------------------------------------------------------------------------

no_rank_lives() {
    [[ -z $(marked_processes) ]]
}

for ((i = 0; i < deaths / 10; i++)); do
    where=${places[1 + i % 4]}
    start "$mprun" -n $((1 + RANDOM % 8)) "$die" -1 "$where" kill 0
    sleep 0.0$((RANDOM % 6))
    echo "${EPOCHREALTIME/[.,]/}" >"$DIE_FILE"
    kill -KILL "$started_pid"
    wait_until no_rank_lives
    note_end
    finish 0
    expect_status 137
done 2>/dev/null # the shell tells of each kill
say_median 'mprun was killed'

# --- What is left -------------------------------------------------------------------------------

left=$(find /dev/shm /tmp -maxdepth 1 \( -name '*mprun*' -o -name 'mpr[-_]*' \) 2>/dev/null)
[[ -z $left ]] || fail "files were left: $left"
# ThreadSanitizer keeps files of its own.
left=$(ls -A --ignore="${DIE_FILE##*/}" --ignore='tsan.*' "$work")
[[ -z $left ]] || fail "files were left: $left"
