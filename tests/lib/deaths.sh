# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What tests share in which a rank dies, DEATHS times over (default 300), of a cause and in a place
# that RANDOM chooses. To be sourced after launcher.sh.

# shellcheck disable=SC2034  # for the tests
{
    deaths=${DEATHS:-$(is_thin && echo 60 || echo 300)}
    paths=(auto chunk cma pipe)
    engines=(uring sync)
}
export DIE_FILE=$work/time-of-death
export ASAN_OPTIONS=handle_segv=0:${ASAN_OPTIONS-}
export TSAN_OPTIONS=handle_segv=0:atexit_sleep_ms=0:${TSAN_OPTIONS-}
ulimit -c 0
RANDOM=${MPRUN_TEST_SEED:-1}

# expect_death RANK HOW WHERE: the status of a job in which the rank died first, and mprun's line.
# (Who is neither killed nor has called MPI_Init is reported only where others have.)
expect_death() {
    local finalize='without calling MPI_Finalize, '
    if [[ $3 == start ]]; then
        finalize='without calling MPI_Init, which others have called'
    fi
    case $2 in
        kill) expect_status 137 && expect_err "^mprun: rank $1 was killed by signal 9 \(" ;;
        segv) expect_status 139 && expect_err "^mprun: rank $1 was killed by signal 11 \(" ;;
        exit) expect_status 3 && expect_err "^mprun: rank $1 ended with status 3 $finalize" ;;
        exit0) expect_status 1 && expect_err "^mprun: rank $1 ended with status 0 $finalize" ;;
        abort) expect_status 7 && expect_err "^mprun: rank $1 aborted the job with code 7" ;;
    esac
    expect_err_lines 1
    expect_no_out
}
