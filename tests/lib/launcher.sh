# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Helpers for shell tests of mprun. A test sources this file, then alternates runs and expectations:
#
#     . "${srcdir:-.}/tests/lib/launcher.sh"
#
#     run "$mprun" -n 2 echo hi
#     expect_status 0
#     expect_out_is $'hi\nhi'
#
# `run` keeps the exit status in $status and the output in the files $out and $err, ends the command
# at a time limit, and fails the test when a process of it is left. `start` and `finish` do the same
# around a command that is to be disturbed meanwhile. Every test works in $work, an empty folder
# that is removed at its end; programs of the build are under $top, sources under $source_top. The
# first expectation that does not hold prints the command with all its output and ends the test.
set -euo pipefail

# shellcheck source=tests/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# shellcheck disable=SC2034  # for the tests
{
    top=$PWD
    source_top=$(cd "${srcdir:-.}" && pwd)
    mprun=${MPRUN:-$top/mprun}
    readonly top source_top mprun
}

work=$(mktemp -d)
capture=$(mktemp -d)
out=$capture/out
err=$capture/err
readonly work capture out err
limit_s=$(scaled_limit 60)

command=
status=
started_pid=

clean_up() {
    if [[ -n $started_pid ]]; then
        kill -KILL "$started_pid" || true
        wait "$started_pid" || true
    fi 2>/dev/null
    cd /
    rm -rf "$work" "$capture"
}
trap clean_up EXIT

export TMPDIR=$work
export SHELL=/bin/sh  # by which script(1) runs its command: the same one whoever runs the test
cd "$work"
exec </dev/null
touch "$out" "$err"

# --- Running ----------------------------------------------------------------------------------

# run [-t SECONDS] COMMAND...: runs it to its end; standard input is empty unless redirected.
run() {
    local limit=$limit_s
    if [[ $1 == -t ]]; then
        limit=$2
        shift 2
    fi
    command="$*"
    status=0
    run_limited "$limit" "$@" >"$out" 2>"$err" || status=$?
    [[ $status -ne 124 ]] || fail "the time limit of $limit s ran out"
    expect_nothing_left
}

# start COMMAND...: runs it in the background; $started_pid is its process, $out and $err grow. Job
# control gives it a process group of its own, -$started_pid, and does not make it ignore Ctrl-C. It
# returns when the command itself runs: a signal before that would meet this shell's own handlers.
start() {
    command="$*"
    status=
    new_run_mark
    set -m
    TEST_RUN_MARK=$run_mark "$@" >"$out" 2>"$err" &
    started_pid=$!
    set +m
    wait_until started_has_begun
}

started_has_begun() {
    [[ -n $(marked_processes) ]] || started_has_ended
}

# finish [GRACE_MS]: waits for the end of what `start` began; then nothing may be left after
# GRACE_MS (default 0; needed where mprun itself was killed).
finish() {
    wait_until started_has_ended
    status=0
    wait "$started_pid" 2>/dev/null || status=$?
    started_pid=
    expect_nothing_left "${1:-0}"
}

started_has_ended() {
    local state
    state=$(process_state "$started_pid")
    [[ -z $state || $state == Z ]]
}

# process_state PID: its one-letter state (T stopped, Z dead but not yet waited for); nothing when
# it is gone. This and what follows read /proc, because ps and pgrep are not on every machine.
process_state() {
    sed 's/.*) \(.\) .*/\1/' "/proc/$1/stat" 2>/dev/null || true
}

# started_children: the processes that the started command has begun and not yet waited for.
started_children() {
    cat "/proc/$started_pid/task/"*/children 2>/dev/null || true
}

# started_runs COUNT NAME: whether so many of these children run the program NAME by now.
started_runs() {
    local pid count=0
    for pid in $(started_children); do
        if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]]; then
            ((count += 1))
        fi
    done
    [[ $count -eq $1 ]]
}

# wait_until COMMAND...: repeats COMMAND until it succeeds; fails the test at the time limit.
wait_until() {
    local deadline_s=$((SECONDS + limit_s))
    until "$@"; do
        [[ $SECONDS -lt $deadline_s ]] || fail "waited $limit_s s in vain for: $*"
        sleep 0.005
    done
}

# sanitizer_flags: what a library built with sanitizers asks of its programs; else nothing.
sanitizer_flags() {
    sed -n "s/^sanitizers='\([^']*\)'.*/\1/p" "$top/mpcc"
}

# --- Ending early -----------------------------------------------------------------------------

# fail MESSAGE: ends the test, showing what was run last and what came of it.
fail() {
    printf '%s\n' "FAILED at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}: $1" \
        "command: $command" "status: ${status:-none yet}" \
        '--- standard output:' "$(<"$out")" '--- standard error:' "$(<"$err")"
    exit 1
}

# skip REASON: ends the test as skipped.
skip() {
    echo "skipped: $1"
    exit 77
}

# --- Expecting --------------------------------------------------------------------------------

expect_status() {
    [[ $status -eq $1 ]] || fail "expected exit status $1, got $status"
}

# expect_out REGEX, expect_err REGEX: some line matches the extended regular expression.
expect_out() {
    grep -Eq -- "$1" "$out" || fail "no line of standard output matches: $1"
}

expect_err() {
    grep -Eq -- "$1" "$err" || fail "no line of standard error matches: $1"
}

# expect_out_is TEXT, expect_err_is TEXT: the whole output, less newlines at its end.
expect_out_is() {
    [[ $(<"$out") == "$1" ]] || fail "standard output is not: $1"
}

expect_err_is() {
    [[ $(<"$err") == "$1" ]] || fail "standard error is not: $1"
}

expect_no_out() {
    [[ ! -s $out ]] || fail 'expected nothing on standard output'
}

expect_no_err() {
    [[ ! -s $err ]] || fail 'expected nothing on standard error'
}

# expect_out_lines COUNT, expect_err_lines COUNT: so many lines were written.
expect_out_lines() {
    local count
    count=$(wc -l <"$out")
    [[ $count -eq $1 ]] || fail "expected $1 lines on standard output, got $count"
}

expect_err_lines() {
    local count
    count=$(wc -l <"$err")
    [[ $count -eq $1 ]] || fail "expected $1 lines on standard error, got $count"
}

# expect_nothing_left [GRACE_MS]: no process of the last command lives.
expect_nothing_left() {
    local left
    left=$(expect_no_process "${1:-0}") || fail "$left"
}
