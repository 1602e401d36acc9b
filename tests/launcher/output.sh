#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the ranks print, where it goes, and what happens when it cannot go there.
. "${srcdir:-.}/tests/lib/launcher.sh"

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    # Lines of eight ranks that write all the time stay whole.
    # shellcheck disable=SC2016
    run "$mprun" -n 8 sh -c 'i=0; while [ $i -lt 500 ]; do
        printf "%s-%s-" $MPRUN_RANK $i; echo end; i=$((i+1)); done'
    expect_status 0
    expect_out_lines 4000
    [[ $(grep -Evc '^[0-7]-[0-9]+-end$' "$out") -eq 0 ]] || fail 'a line was cut'
    [[ $(sort -u "$out" | wc -l) -eq 4000 ]] || fail 'a line came twice'

    # So they do where both streams go to one pipe, which is read slowly.
    command="mprun -n 2 sh -c 'seq ... [>&2]' 2>&1 | (sleep 0.3; cat)"
    # shellcheck disable=SC2016
    run_limited "$limit_s" "$mprun" -n 2 sh -c 'seq -f "%.0f-of-$MPRUN_RANK-end" 20000 \
        >&$((MPRUN_RANK + 1))' 2>&1 | (sleep 0.3; cat) >"$out"
    expect_out_lines 40000
    [[ $(grep -Evc '^[0-9]+-of-[01]-end$' "$out") -eq 0 ]] || fail 'a line was cut'

    # A rank's own go on in the same line, as they would without mprun.
    command="mprun -n 1 sh -c 'printf ...; echo ... >&2' >both 2>&1"
    run_limited "$limit_s" "$mprun" -n 1 sh -c '
        printf "name? "; until [ -s both ]; do sleep 0.01; done; echo none >&2' >both 2>&1
    [[ $(<both) == 'name? none' ]] || fail 'what one rank writes was changed'
    rm both

    # Standard error is kept apart.
    run "$mprun" -n 2 sh -c 'echo out; echo err >&2'
    expect_out_is $'out\nout'
    expect_err_is $'err\nerr'

    # One rank's bytes are passed on unchanged, whatever they are and wherever they end.
    head -c 3000000 /dev/urandom >random
    run "$mprun" -n 1 cat random
    expect_status 0
    cmp -s random "$out" || fail 'bytes were changed'

    # shellcheck disable=SC2016
    run "$mprun" -l -n 2 sh -c 'echo "rank $MPRUN_RANK"; echo >&2'
    expect_status 0
    [[ $(sort "$out") == $'[0] rank 0\n[1] rank 1' ]] || fail 'lines are not tagged'
    [[ $(sort "$err") == $'[0] \n[1] ' ]] || fail 'lines of standard error are not tagged'

    run "$mprun" --timestamp-output --tag-output -n 1 echo now
    expect_out '^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{3} \[0\] now$'

    # A prompt appears while the rank waits for the answer.
    mkfifo answer
    start "$mprun" -n 1 sh -c 'printf "name? "; read -r name <answer; echo "hello $name"'
    wait_until grep -q '^name? $' "$out"
    echo you >answer
    finish
    expect_status 0
    expect_out_is 'name? hello you'
    rm answer

    # A slow reader gets everything.
    status=0
    command='mprun -n 4 seq 20000 | (sleep 0.3; wc -l)'
    "$mprun" -n 4 seq 20000 2>"$err" | (sleep 0.3; wc -l) >"$out" || status=$?
    expect_status 0
    expect_out_is 80000

    # --- The reader goes away -------------------------------------------------------------------

    command='mprun -n 4 yes | head -1'
    set +o pipefail
    run_limited "$limit_s" "$mprun" -n 4 yes 2>"$err" | head -1 >"$out"
    status=${PIPESTATUS[0]}
    set -o pipefail
    expect_status 141
    expect_out_is y
    expect_no_err

    # --- The disk is full -----------------------------------------------------------------------

    status=0
    command='mprun -n 4 yes >/dev/full'
    run_limited "$limit_s" "$mprun" -n 4 yes >/dev/full 2>"$err" || status=$?
    expect_status 1
    expect_err_is 'mprun: cannot write to standard output: No space left on device'

    # The same at the very end, when the ranks have gone already.
    status=0
    command='mprun -n 1 echo x >/dev/full'
    run_limited "$limit_s" "$mprun" -n 1 echo x >/dev/full 2>"$err" || status=$?
    expect_status 1
    expect_err_is 'mprun: cannot write to standard output: No space left on device'

    # --- Streams that are closed ----------------------------------------------------------------

    status=0
    command='mprun with closed streams'
    run_limited "$limit_s" "$mprun" -n 2 sh -c 'echo lost; echo seen >&2' >&- 2>"$err" || status=$?
    expect_status 0
    expect_err_is $'seen\nseen'
    run_limited "$limit_s" "$mprun" -n 2 sh -c 'echo seen; echo lost >&2' >"$out" 2>&- || status=$?
    expect_status 0
    expect_out_is $'seen\nseen'
    run_limited "$limit_s" "$mprun" -n 2 true <&- >&- 2>&- || status=$?
    expect_status 0
done

# A rank that others keep from its CPU in the midst of a line is not taken to have paused there.
first=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
# shellcheck disable=SC2016
run "$mprun" -n 2 --cpu-set "$first" sh -c '
    if [ $MPRUN_RANK = 0 ]; then
        exec chrt -i 0 sh -c "printf begin-; i=0
            while [ \$i -lt 20000 ]; do i=\$((i + 1)); done; echo end"
    fi
    i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); [ $((i % 10000)) -ne 0 ] || echo other; done'
expect_status 0
expect_out_lines 21
expect_out '^begin-end$'

# On a terminal the ranks' output is one as well, so that programs show their lines at once, and
# progress; nothing is added to the lines.
# shellcheck disable=SC2016
run script -qec "'$mprun' -n 2 sh -c '[ -t 1 ] && echo terminal'" /dev/null
expect_status 0
expect_out_is $'terminal\r\nterminal\r'
run script -qec "'$mprun' -n 2 sh -c '[ -t 2 ] && echo terminal >&2'" /dev/null
expect_out_is $'terminal\r\nterminal\r'
run script -qec "'$mprun' -n 2 sh -c '[ ! -t 2 ] && echo pipe' 2>errors" /dev/null
expect_out_is $'pipe\r\npipe\r'
run "$mprun" -n 2 sh -c '[ ! -t 1 ] && echo pipe'
expect_out_is $'pipe\npipe'

for engine in auto sync; do
    MPRUN_ENGINE=$engine run script -qec "'$mprun' -n 4 seq 20000" /dev/null
    expect_status 0
    expect_out_lines 80000
done

# It has the size of mprun's terminal, and follows it.
# (A shell may lose a signal while it runs the trap of an earlier one, so that one is kept short.)
cat >watch <<'END'
trap changed=1 WINCH
changed=1
while [[ ! -e enough ]]; do
    if [[ $changed -eq 1 ]]; then
        changed=0
        stty size <&1
    fi
    sleep 0.01
done
END
cat >sizes <<'END'
stty rows 33 cols 77
"$MPRUN" -n 1 bash ./watch &
until grep -q '33 77' typescript; do sleep 0.01; done
stty rows 44 cols 88
until grep -q '44 88' typescript; do sleep 0.01; done
touch enough
wait
END
MPRUN=$mprun run -t 30 script -qefc 'bash ./sizes' typescript
expect_status 0
expect_out '^33 77'
expect_out '^44 88'

# A rank's helper that keeps its output open does not keep mprun.
run -t 10 "$mprun" -n 1 sh -c 'sleep 1000 & echo done'
expect_status 0
expect_out_is done
