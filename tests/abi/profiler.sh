#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A profiling tool that wraps every function sees each call of a program once. With its counts the
# tests are looked over: some program of tests/mpi must call each exported function, rightly and
# wrongly; a name in a test, or a call that is never reached, does not count.
. "${srcdir:-.}/tests/lib/launcher.sh"

library=$top/.libs/libmpi_abi.so
profiler=$top/tests/abi/.libs/profiler.so
[[ -e $library && -e $profiler ]] || skip 'no shared library was built'
[[ -z $(sanitizer_flags) ]] || skip 'a sanitizer must be loaded before any tool'

nm -D --defined-only "$library" | sed -n 's/.* W \(MPI_.*\)/\1/p' | sort >exported
[[ -s exported ]] || fail 'the library exports nothing'

# profile CALLS COMMAND...: runs it with the tool, whose counts go to the end of the file CALLS.
profile() {
    local calls=$work/$1
    shift
    run -t "$(scaled_limit 300)" env LD_PRELOAD="$profiler" MPRUN_TEST_CALLS="$calls" "$@"
}

# --- Each call is seen once -------------------------------------------------------------------

profile once "$mprun" -n 1 "$top/tests/mpi/zeros"
expect_status 0
grep -vxE 'MPI_(Abort|Init_thread)' exported | sed 's/$/ 1/' >expected
cut -d' ' -f1,2 once | sort | diff expected - >difference ||
    fail "a program calls each function once, the tool has seen: $(<difference)"

# --- Each function is tested ------------------------------------------------------------------

# ranks_of PROGRAM: a number of ranks that it is made for, 2 if possible.
ranks_of() {
    local ranks
    ranks=$(sed -n 's|.*/\* matrix:.* np=\([0-9,]*\).*|\1|p' "$source_top/tests/mpi/${1##*/}.c")
    case ,${ranks:-2}, in
        *,2,*) echo 2 ;;
        *) echo "${ranks##*,}" ;;
    esac
}

# What zeros calls was called, but with nothing to do: it proves neither use nor errors.
for program in "$top"/tests/mpi/*; do
    if [[ -f $program && -x $program && ${program##*/} != zeros ]]; then
        profile calls "$mprun" -n "$(ranks_of "$program")" "$program"
        [[ $status -eq 77 ]] || expect_status 0
    fi
done

# untested COLUMN: the exported functions whose count in this column of `calls` is 0.
untested() {
    awk -v column="$1" '
        NR == FNR { count[$1] += $column; next }
        !count[$1]' calls exported
}

# expect_untested COLUMN REGEX WHAT: these and no others; so that the list of them does not get old.
expect_untested() {
    local wrong
    wrong=$(diff <(grep -xE "$2" exported) <(untested "$1")) || fail "$3: $wrong"
}

# Tested with the launcher, which alone survives it.
expect_untested 3 'MPI_Abort' 'only these may never have succeeded in a test'

# Inquiries return no error code, and what has no argument has none that can be wrong.
expect_untested 4 \
    'MPI_(.*_fromint|.*_toint|Aint_add|Aint_diff|Wtime|Wtick|Buffer_flush|Finalize|Pcontrol)' \
    'only these may never have failed in a test'
