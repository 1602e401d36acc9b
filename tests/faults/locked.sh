#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# MPI_Abort ends the job although a thread of the rank sits in a read or a write.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

locked=$top/tests/faults/locked

# ThreadSanitizer keeps signals until a thread makes a call that it knows, and fflush is none.
if [[ $(sanitizer_flags) =~ thread ]]; then
    skip 'ThreadSanitizer holds the signal back'
fi

mkfifo keys
exec 8<>keys # nobody types
for where in read write; do
    for launcher in "$mprun -n 2" ''; do
        rm -f kept
        # shellcheck disable=SC2086 # words
        run -t "$(scaled_limit 30)" $launcher "$locked" $where <keys
        expect_status 7
        expect_err_lines 1
        [[ $(<kept) == kept ]] || fail 'a file was not flushed'
    done
done
