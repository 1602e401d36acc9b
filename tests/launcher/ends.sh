#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# How jobs end: exit statuses, deaths, the time limit, and that nothing is left.
. "${srcdir:-.}/tests/lib/launcher.sh"

unset MPRUN_GRACE_MS

# milliseconds: the time since an arbitrary moment.
milliseconds() {
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    # --- Statuses -------------------------------------------------------------------------------

    run "$mprun" -n 4 true
    expect_status 0
    run "$mprun" -n 4 false
    expect_status 1
    expect_no_err

    # The first rank that fails decides; the others go on, for this is no MPI program.
    # shellcheck disable=SC2016
    run "$mprun" -n 3 sh -c 'sleep 0.$MPRUN_RANK; echo here; exit $((MPRUN_RANK + 6))'
    expect_status 6
    expect_out_lines 3
    # shellcheck disable=SC2016
    run "$mprun" -n 3 sh -c '[ $MPRUN_RANK != 1 ] || exit 9'
    expect_status 9

    # --- Deaths ---------------------------------------------------------------------------------

    for signal in SEGV KILL ABRT TERM; do
        number=$(kill -l "$signal")
        # shellcheck disable=SC2016
        run -t 20 "$mprun" -n 4 sh -c "if [ \$MPRUN_RANK = 2 ]; then kill -$signal \$\$; fi
                                       exec sleep 1000"
        expect_status $((128 + number))
        expect_err "^mprun: rank 2 was killed by signal $number \\("
        [[ $(grep -c '^mprun: ' "$err") -eq 1 ]] || fail 'more than one line says why'
    done

    # What a rank has printed before its death is there, and the reason stands last.
    # shellcheck disable=SC2016
    run -t 20 "$mprun" -n 2 sh -c '
        if [ $MPRUN_RANK = 1 ]; then echo last words >&2; kill -SEGV $$; fi
        exec sleep 1000'
    expect_err '^last words$'
    [[ $(tail -1 "$err") == 'mprun: rank 1 was killed by signal 11 ('* ]] ||
        fail 'the reason does not stand last'

    # Ranks may clean up at SIGTERM; those that ignore it are killed after the grace time.
    # shellcheck disable=SC2016
    run -t 20 "$mprun" -n 2 sh -c 'if [ $MPRUN_RANK = 1 ]; then sleep 0.2; kill -KILL $$; fi
                                   trap "echo cleaned; exit 3" TERM; while :; do sleep 0.01; done'
    expect_status 137
    expect_out_is cleaned
    before=$(milliseconds)
    # shellcheck disable=SC2016
    MPRUN_GRACE_MS=300 run -t 20 "$mprun" -n 2 sh -c '
        trap "" TERM; if [ $MPRUN_RANK = 1 ]; then sleep 0.2; kill -KILL $$; fi
        while :; do sleep 0.01; done'
    expect_status 137
    [[ $(($(milliseconds) - before)) -ge 300 ]] || fail 'the grace time was cut'

    # A stopped rank is ended as well.
    # shellcheck disable=SC2016
    run -t 20 "$mprun" -n 2 sh -c 'if [ $MPRUN_RANK = 1 ]; then sleep 0.1; kill -KILL $$; fi
                                   kill -STOP $$'
    expect_status 137

    # --- What ranks leave behind ----------------------------------------------------------------

    run -t 20 "$mprun" -n 2 sh -c 'setsid sleep 1000 & (sleep 1000 & sleep 1000 &) ; true'
    expect_status 0
    run -t 20 "$mprun" -n 2 sh -c 'sh -c "sleep 1000 & sleep 1000" & sleep 0.05; kill -KILL $$'
    expect_status 137

    # What a shell had started before it became mprun is not the job's, and goes on: else the reader
    # of the output would be killed before it has read.
    start bash -c "exec '$mprun' -n 2 echo x > >(sleep 0.2; cat >kept)"
    finish 10000
    expect_status 0
    [[ $(wc -l <kept) -eq 2 ]] || fail 'the reader of the output has been killed'

    # Orphans that end during the job are no burden: here there would be 2000 zombies.
    run -t 60 "$mprun" -n 1 sh -c '
        i=0; while [ $i -lt 500 ]; do (true & true & true & true &); i=$((i+1)); done
        for pid in $(cat /proc/$PPID/task/$PPID/children); do
            cat /proc/$pid/stat; done 2>/dev/null | grep -c ") Z "'
    [[ $(<"$out") -lt 100 ]] || fail 'zombies are not collected'

    # --- The time limit -------------------------------------------------------------------------

    before=$(milliseconds)
    start "$mprun" -n 3 --timeout 0.2 sleep 1000
    finish
    expect_status 124
    [[ $(($(milliseconds) - before)) -ge 200 ]] || fail 'the time limit came early'
    expect_err_is 'mprun: the time limit of 0.2 s is over; where the ranks are:
mprun: ranks 0-2: before MPI_Init, or without MPI'

    # shellcheck disable=SC2016
    start "$mprun" -n 3 --timeout 0.2 sh -c '[ $MPRUN_RANK = 1 ] || exec sleep 1000'
    finish
    expect_status 124
    expect_err '^mprun: rank 1: ended$'

    run "$mprun" -n 2 --timeout 1000 true
    expect_status 0

    # --- Resources ------------------------------------------------------------------------------

    # No descriptors: a clear message, and the ranks that were started are ended.
    run -t 20 bash -c "ulimit -n 30; exec '$mprun' -n 100 sleep 1000"
    expect_status 125
    reason='Too many open files \(see ulimit -Hn\)'
    expect_err "^mprun: cannot open the pipes of rank [0-9]+: $reason\$"
    [[ $(wc -l <"$err") -eq 1 ]] || fail 'more than one line says why'
    run bash -c "ulimit -n 8; exec '$mprun' -n 1 true"
    [[ $status -eq 125 || $status -eq 0 ]] || fail 'a job without descriptors'

    # Many more ranks than CPUs.
    run "$mprun" -n 300 echo x
    expect_status 0
    expect_out_lines 300
done

# No memory: a clear message, no crash. (Address space is limited, so that the segment does not fit;
# nor does what AddressSanitizer and ThreadSanitizer reserve.)
if [[ ! $(sanitizer_flags) =~ address|thread ]]; then
    run -t 20 bash -c "ulimit -v 200000; exec '$mprun' -n 200 true"
    expect_status 125
    expect_err '^mprun: cannot make the shared memory of 200 ranks: Cannot allocate memory$'
fi

# A user's limit on processes. (Root has none.)
if [[ $(id -u) -ne 0 ]]; then
    run -t 20 bash -c "ulimit -u 1; exec '$mprun' -n 3 true"
    expect_status 125
    expect_err '^mprun: cannot start a process: '
fi
