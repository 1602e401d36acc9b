#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Too little memory, too few descriptors, no room for output: a clear error or a quiet way around,
# never a crash, a hang, or silence.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

starve=$top/tests/faults/starve
hello=$top/examples/hello
no_mem=39 # MPI_ERR_NO_MEM of mpi.h
sanitized=$(sanitizer_flags)

# expect_success_or_reason: the job has worked, or says in words why not.
expect_success_or_reason() {
    local short_of='Cannot allocate memory|no address space'
    case $status in
        0) expect_no_err ;;
        2 | 125 | 127 | "$no_mem") [[ -s $err ]] || fail 'no word about the reason' ;;
        1) expect_err "^(mprun: .*($short_of)|rank [0-9]+: no memory for)" ;;
        *) fail 'it neither works nor says why not' ;;
    esac
}

# expect_shortage STATUS REGEX COMMAND...: runs the command with more and more address space until
# it works; with some of it, it ends with STATUS and a line like REGEX. What is in `launcher` starts
# it and has no such limit.
launcher=()
expect_shortage() {
    local expected=$1 regex=$2 kilobytes seen=0
    shift 2
    status=1
    for ((kilobytes = 2000; kilobytes < 256000 && status != 0; kilobytes += 500)); do
        run -t 30 "${launcher[@]}" prlimit --as=$((kilobytes << 10)) "$@"
        [[ $status -ne 2 ]] || fail 'a lack of memory is taken for a wrong command line'
        if [[ $status -eq $expected ]] && grep -Eq -- "$regex" "$err"; then
            ((seen += 1))
        fi
    done
    expect_status 0
    [[ $seen -gt 0 ]] || fail "with no limit it says: $regex"
}

# --- Memory -------------------------------------------------------------------------------------

# Sanitizers reserve terabytes of address space: a limit is nothing for them.
if [[ -z $sanitized ]]; then
    run "$mprun" -n 3 "$starve" unexpected
    expect_status "$no_mem"
    expect_err '^mprun: rank 2: out of memory: no room to keep a message of 1000 bytes from rank 0 '
    expect_err_lines 1

    for what in requests communicators; do
        run "$mprun" -n 3 "$starve" $what
        expect_status 0
        expect_no_err
    done

    # From what the program cannot even be loaded in to what is plenty. That there is no shared heap
    # under a limit need not be said.
    export MPRUN_SHARED_HEAP=0
    for kilobytes in 1000 3000 4000 5000 6000 8000 12000 16000 24000 32000 48000 96000; do
        # shellcheck disable=SC2016 # the ranks' shell expands it
        run -t 30 "$mprun" -n 2 sh -c 'ulimit -v $0 2>/dev/null; exec "$1"' $kilobytes \
            "$top/tests/mpi/p2p_complete"
        expect_success_or_reason
        run -t 30 bash -c "ulimit -v $((kilobytes * 4)); exec '$mprun' -n 4 '$hello'"
        expect_success_or_reason
    done
    expect_status 0

    # No room for the segment: a rank names the cause, with and without a launcher.
    no_room=': there is no address space for its [0-9]+ KiB; raise the limit \(ulimit -v\)'
    expect_shortage 1 "^mprun: MPI_Init: cannot make the shared memory$no_room" "$hello"
    launcher=("$mprun" -n 1)
    expect_shortage 1 "^mprun: MPI_Init: cannot map the job's shared memory .*$no_room" "$hello"
    launcher=()

    # No room for the options: mprun has failed, the command line is right.
    long=$(printf '%0100000d' 0)
    settings=()
    for name in A B C D E F G H I J; do
        settings+=(-x "$name=$long")
    done
    expect_shortage 125 '^mprun: -x: out of memory$' "$mprun" "${settings[@]}" -n 1 true
    unset MPRUN_SHARED_HEAP
fi

# The size of files is limited, and that of the segment as well.
run bash -c "ulimit -f 100; exec '$mprun' -n 2 true"
expect_status 125
expect_err '^mprun: cannot make the shared memory of 2 ranks: File too large \(see ulimit -f\)$'
run bash -c "ulimit -f 100; exec '$hello'"
expect_status 1
expect_err '^mprun: MPI_Init: cannot make the shared memory: File too large \(see ulimit -f\)$'

# --- Descriptors --------------------------------------------------------------------------------

for path in auto pipe; do
    for descriptors in 3 4 5 6 7 8 9 10 12 16 24 32 64; do
        # shellcheck disable=SC2016
        MPRUN_COPY=$path run -t 30 "$mprun" -n 2 sh -c 'ulimit -n $0; exec "$1"' $descriptors \
            "$top/tests/mpi/p2p_probe"
        expect_success_or_reason
        MPRUN_COPY=$path run -t 30 bash -c "ulimit -n $descriptors; exec '$mprun' -n 4 '$hello'"
        expect_success_or_reason
    done
    expect_status 0
done

# --- Output -------------------------------------------------------------------------------------

# Nobody takes the output: the disk is full (it is said), or the reader has enough (it is not).
for engine in uring sync; do
    export MPRUN_ENGINE=$engine
    command='mprun -n 8 hello >/dev/full'
    status=0
    run_limited "$limit_s" "$mprun" -n 8 "$hello" >/dev/full 2>"$err" || status=$?
    [[ $status -ne 0 && $status -ne 124 ]] || fail 'a full disk is no error'
    expect_err '^mprun: cannot write to standard output: No space left on device'
    expect_err_lines 1
    expect_nothing_left

    command='mprun -n 8 hello | head -c 0'
    status=0
    "$mprun" -n 8 "$hello" 2>"$err" | head -c 0 || status=$?
    [[ $status -eq 0 || $status -eq 141 ]] || fail 'mprun does not end as its reader lets it'
    expect_no_err

    # Closed from the start.
    for streams in '>&-' '2>&-' '<&-' '<&- >&- 2>&-'; do
        run bash -c "exec '$mprun' -n 3 '$hello' $streams"
        [[ $status -eq 0 ]] || expect_err '^mprun: cannot write to standard output: '
    done
done
