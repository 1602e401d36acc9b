#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Workers with little memory. Not from the shared heap, which they have in any case.
. "${srcdir:-.}/tests/lib/launcher.sh"

if [[ $(sanitizer_flags) =~ address|thread ]]; then
    skip 'sanitizers need more address space than this test leaves'
fi

for ranks in 2 3; do
    MPRUN_SHARED_HEAP=0 run -t 60 "$mprun" -n "$ranks" "$top/tests/pool/starved"
    expect_status 0
    expect_no_err
done
