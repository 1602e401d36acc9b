#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A rank is killed with a lock, in a barrier, with items in a queue, at its end of a pipe, as the
# home of objects: the others are told so, by the right error, and go on to their ends.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

for ranks in 2 3 8; do
    for who in holder party producer home end; do
        run timeout 30 "$mprun" --continue -n "$ranks" "$top/tests/pool/bereaved" "$who"
        expect_status 137
        expect_out_lines $((ranks - 1))
        for ((rank = 0; rank < ranks - 1; rank++)); do
            expect_out "^rank $rank: 0 failures\$"
        done
    done
done
