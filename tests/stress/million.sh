#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A million random messages among eight ranks, on the paths that the library chooses by itself.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

run -t "$(scaled_limit 240)" "$mprun" -n 8 "$top/tests/stress/traffic" 1000000
expect_status 0
expect_out '^1000000 messages among 8 ranks'
