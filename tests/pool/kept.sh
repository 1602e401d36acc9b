#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Results kept on disk between jobs: a second run computes nothing, another build everything; two
# jobs at once, a full disk, a foreign file; and KILLS times (default 200) a writer is killed at a
# random instant: all that it had promised is found.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

kills=${KILLS:-200}
keep=$top/tests/pool/keep
RANDOM=${MPRUN_TEST_SEED:-1}

# --- Again, and by another build ---
for ranks in 1 3; do
    run "$mprun" -n "$ranks" "$keep" map "again-$ranks" 300
    expect_status 0
    expect_out_is 'first build: found 0, missed 300'
    run "$mprun" -n "$ranks" "$keep" map "again-$ranks" 400
    expect_status 0
    expect_out_is 'first build: found 300, missed 100'
    run "$mprun" -n "$ranks" "$keep" map "again-$ranks" 400
    expect_out_is 'first build: found 400, missed 0'
    run "$mprun" -n "$ranks" "${keep}_other" map "again-$ranks" 400
    expect_out_is 'other build: found 0, missed 400'
    run "$mprun" -n "$ranks" "$keep" map "again-$ranks" 400
    expect_out_is 'first build: found 400, missed 0'
done

# --- Two jobs at once ---
run bash -c "'$mprun' -n 2 '$keep' map both 1000 & '$mprun' -n 2 '$keep' map both 1000 && wait \$!"
expect_status 0
run "$mprun" -n 1 "$keep" map both 1000
expect_out_is 'first build: found 1000, missed 0'

# --- A full disk: the results are right, and what was written is kept ---
run "$mprun" -n 2 bash -c "trap '' XFSZ; ulimit -f 64; exec '$keep' map full 200"
expect_status 0
expect_err 'cannot add a result to full: File too large'
run "$mprun" -n 2 "$keep" map full 200
expect_status 0
expect_out '^first build: found [1-9]'

# --- A file that is somebody else's ---
echo 'My diary. Nobody may read it.' >diary
cp diary copy
run "$mprun" -n 1 "$keep" map diary 10
expect_err 'diary is not a file of kept results'
cmp diary copy || fail 'a foreign file was changed'

# --- Killed at random ---
restart() {
    rm -f churned
    printf '\0\0\0\0\0\0\0\0' >promised
}

restart
for ((i = 0; i < kills; i++)); do
    "$keep" churn churned promised 2>complaint &
    writer=$!
    sleep "0.0$((20 + RANDOM % 40))"
    kill -KILL "$writer" 2>/dev/null || true
    wait "$writer" 2>/dev/null || true
    [[ ! -s complaint ]] || fail "after $i kills: $(<complaint)"
    if [[ -e churned && $(stat -c %s churned) -gt 8000000 ]]; then
        restart
    fi
done
