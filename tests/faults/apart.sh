#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ranks in PID namespaces of their own, as containers are: each is number 1 there, and must not take
# itself for its peer.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

apart=$top/tests/faults/apart

# With addresses that are not random, what is read from the wrong process is there, and wrong.
alone=(unshare --pid --fork --kill-child)
if ! "${alone[@]}" true 2>/dev/null; then
    alone+=(--map-root-user)
fi
alone+=(setarch -R)
"${alone[@]}" true 2>/dev/null || skip 'the system gives no PID namespaces'

for path in auto cma; do
    export MPRUN_COPY=$path
    run "$mprun" -n 2 "${alone[@]}" "$apart"
    expect_status 0
    expect_no_err
    run "$mprun" -n 1 "${alone[@]}" "$apart" : -n 1 "$apart"
    expect_status 0
    expect_no_err
done
