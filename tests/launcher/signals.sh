#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Signals: from a terminal, from others, and the one that nobody can handle.
. "${srcdir:-.}/tests/lib/launcher.sh"

# A rank that says when it is ready and which signals it gets; INT ends it.
cat >listener <<'END'
#!/bin/bash
for name in HUP INT QUIT TERM USR1 USR2 WINCH; do
    trap "echo $MPRUN_RANK got $name; [[ $name != INT ]] || exit 0" $name
done
echo $MPRUN_RANK ready
while :; do sleep 0.01; done
END
chmod +x listener

# lines COUNT PATTERN: whether so many lines of the output match.
lines() {
    [[ $(grep -Ec "$2" "$out") -eq $1 ]]
}

ranks_are_stopped() {
    local pid
    for pid in $(started_children); do
        [[ $(process_state "$pid") == T ]] || return 1
    done
}

ranks_run() {
    local pid
    for pid in $(started_children); do
        [[ $(process_state "$pid") != T ]] || return 1
    done
}

mprun_is_stopped() {
    [[ $(process_state "$started_pid") == T ]]
}

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    # --- Signals to mprun go to the ranks as they came -----------------------------------------

    start "$mprun" -n 3 ./listener
    wait_until lines 3 ready
    for name in USR1 USR2 WINCH; do
        kill -"$name" "$started_pid"
        wait_until lines 3 "got $name"
    done
    kill -INT "$started_pid"
    finish
    expect_status 0
    lines 3 'got INT' || fail 'not every rank got the signal'
    expect_no_err

    # Ranks without a handler die, quietly, and mprun ends as they did.
    for name in INT TERM HUP; do
        start "$mprun" -n 3 sleep 1000
        wait_until started_runs 3 sleep
        kill -"$name" "$started_pid"
        finish
        expect_status $((128 + $(kill -l "$name")))
        expect_no_err
    done

    # The second Ctrl-C kills.
    start "$mprun" -n 2 bash -c 'trap "" INT TERM; echo ready; while :; do sleep 0.01; done'
    wait_until lines 2 ready
    kill -INT "$started_pid"
    sleep 0.3
    [[ -z $(started_has_ended && echo ended) ]] || fail 'the first Ctrl-C has killed'
    kill -INT "$started_pid"
    finish
    expect_status 130

    # A rank that cleans up after Ctrl-C has the time to do so, though another has died of it.
    # shellcheck disable=SC2016
    start "$mprun" -n 2 bash -c 'if [[ $MPRUN_RANK = 0 ]]; then echo ready; exec sleep 1000; fi
        trap "sleep 0.3; echo cleaned; exit 0" INT; echo ready; while :; do sleep 0.01; done'
    wait_until lines 2 ready
    kill -INT "$started_pid"
    finish
    expect_status 130
    expect_out '^cleaned$'

    # Ranks that go on after Ctrl-C are a job like others: who crashes later is
    # named, and the others are asked to end.
    # shellcheck disable=SC2016
    start "$mprun" -n 2 bash -c 'trap got=1 INT; trap "echo cleaned; exit 0" TERM; echo ready
        until [[ -v got ]]; do sleep 0.01; done; echo goes on
        until [[ $MPRUN_RANK = 1 && -e crash ]]; do sleep 0.01; done; kill -SEGV $$'
    wait_until lines 2 ready
    kill -INT "$started_pid"
    wait_until lines 2 'goes on'
    touch crash
    finish
    rm crash
    expect_status 139
    expect_err '^mprun: rank 1 was killed by signal 11 \('
    expect_out '^cleaned$'

    # --- Stopping and continuing ----------------------------------------------------------------

    start "$mprun" -n 3 ./listener
    wait_until lines 3 ready
    kill -TSTP "$started_pid"
    wait_until mprun_is_stopped
    wait_until ranks_are_stopped
    kill -CONT "$started_pid"
    wait_until ranks_run
    kill -INT "$started_pid"
    finish
    expect_status 0

    # --- mprun is killed ------------------------------------------------------------------------

    start "$mprun" -n 8 sleep 1000
    wait_until started_runs 8 sleep
    kill -KILL "$started_pid"
    finish 100
    expect_status 137

    # At any moment of its start.
    for delay in 0 0.001 0.002 0.003 0.004; do
        start "$mprun" -n 8 sleep 1000
        sleep "$delay"
        kill -KILL "$started_pid"
        finish 100
    done
done

# --- A terminal -----------------------------------------------------------------------------------

# Ctrl-C reaches the ranks once, from the terminal itself, and the shell
# learns of it: its loop ends.
cat >interactive <<'END'
for i in 1 2 3; do
    "$MPRUN" -n 2 bash -c 'trap "echo got INT; trap - INT; kill -INT \$\$" INT
                           echo ready $MPRUN_RANK; while :; do sleep 0.01; done'
    echo again
done
END
mkfifo keys
exec 8<>keys
MPRUN=$mprun start script -qec 'bash ./interactive' /dev/null <keys 8<&-
wait_until lines 2 ready
printf '\003' >&8
finish
lines 2 'got INT' || fail 'the ranks should get Ctrl-C once each'
lines 0 again || fail 'the loop of the shell goes on after Ctrl-C'

# Ranks that have left the terminal's process group hear of it from mprun (which takes the place of
# the shell, for that one would die of it).
start script -qec "exec '$mprun' -n 2 setsid ./listener" /dev/null <keys 8<&-
wait_until lines 2 ready
printf '\003' >&8
finish
expect_status 0
lines 2 'got INT' || fail 'the ranks of other process groups should get Ctrl-C'

# Ctrl-C that comes before a rank has started does not reach that one: none is started any more.
for engine in auto sync; do
    command="exec '$top/tests/launcher/interrupted' '$mprun' -n 2 sh -c 'echo again; sleep 1000'"
    MPRUN_ENGINE=$engine start script -qec "$command" /dev/null <keys 8<&-
    wait_until lines 1 ready
    printf '\003' >&8
    finish
    expect_status 130
    lines 0 again || fail 'a rank was started after Ctrl-C'
done

# Ctrl-Z stops the job, fg resumes it.
cat >stopping <<'END'
set -m
"$MPRUN" -n 2 ./listener
echo "stopped: $?"
fg %1 >/dev/null
echo "ended: $?"
END
MPRUN=$mprun start script -qec 'bash ./stopping' /dev/null <keys 8<&-
wait_until lines 2 ready
printf '\032' >&8
wait_until lines 1 'stopped: 14[0-9]'
sleep 0.1
printf '\003' >&8
finish
lines 1 'ended: 0' || fail 'the job does not go on after fg'
lines 2 'got INT' || fail 'the ranks do not go on after fg'
