# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the test runners share: commands with a time limit, and the search for what they left behind.

# Everything that a run starts carries this mark in its environment, however it detaches itself.
run_mark=

new_run_mark() {
    run_mark=$$-$RANDOM$RANDOM
}

# run_limited SECONDS COMMAND...: runs it with a new mark; status 124 when the limit ran out.
run_limited() {
    local limit=$1
    shift
    new_run_mark
    TEST_RUN_MARK=$run_mark timeout --kill-after=5 "$limit" "$@"
}

# scaled_limit SECONDS: the limit for this build; programs with sanitizers are several times slower.
scaled_limit() {
    echo $(($1 * ${TEST_LIMIT_FACTOR:-1}))
}

# is_thin: whether the suite of a slow build asks for fewer repetitions
# (TEST_MATRIX, see run-matrix).
is_thin() {
    [[ ${TEST_MATRIX:-full} == thin ]]
}

# Prints the process ids of the last run that still live; zombies have no environment left.
marked_processes() {
    { grep -lsz "^TEST_RUN_MARK=$run_mark\$" /proc/[0-9]*/environ || true; } | cut -d/ -f3
}

# expect_no_process GRACE_MS: 0 when no process of the last run lives; else says which do, kills
# them and returns 1. The grace is for ranks that die with a launcher killed just now.
expect_no_process() {
    local grace_ms=$1 pids pid
    local deadline_us=$((${EPOCHREALTIME/[.,]/} + grace_ms * 1000))
    while pids=$(marked_processes) && [[ -n $pids ]]; do
        if [[ ${EPOCHREALTIME/[.,]/} -lt $deadline_us ]]; then
            sleep 0.005
            continue
        fi
        echo 'processes were left behind:'
        for pid in $pids; do
            printf '  %s %s\n' "$pid" "$(process_command "$pid")"
            kill -KILL "$pid" 2>/dev/null || true
        done
        return 1
    done
}

process_command() {
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
}
