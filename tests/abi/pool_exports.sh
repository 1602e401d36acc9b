#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# libmp shows what mp.h declares and nothing else, and takes nothing but MPI and the C library, so
# that it runs over any MPI. At the end spoilt lists of symbols must be found out: a check that
# cannot fail proves nothing.
. "${srcdir:-.}/tests/lib/launcher.sh"

library=$top/.libs/libmp.so
[[ -e $library ]] || skip 'no shared library was built'

# declared_functions: the functions of mp.h, one a line; types of functions are none.
declared_functions() {
    "$top/mpcc" -E -P "$source_top/include/mp.h" | tr '\n' ' ' | tr ';' '\n' | grep -v typedef |
        grep -oE '\bmp_[a-z_]+ ?\(' | tr -d ' (' | sort -u
}

# check_symbols FILE: FILE has lines "address type name", as nm prints them; says what is wrong.
check_symbols() {
    awk '
        NR == FNR { declared[$1] = 1; next }
        { exported[$3] = 1 }
        END {
            for (name in exported)
                if (!(name in declared))
                    print name ": exported, and not declared in mp.h"
            for (name in declared)
                if (!(name in exported))
                    print name ": declared in mp.h, and not exported"
        }' declared "$1"
}

# must_see SCRIPT: the symbols, spoilt by this sed script, are found to be wrong.
must_see() {
    sed "$1" symbols >spoilt
    [[ -n $(check_symbols spoilt) ]] || fail "symbols changed by '$1' pass for right"
}

declared_functions >declared
grep -qx mp_pool_map declared || fail 'mp_pool_map is not seen in mp.h'
run nm -D --defined-only "$library"
expect_status 0
cp "$out" symbols
wrong=$(check_symbols symbols)
[[ -z $wrong ]] || fail "$wrong"

must_see 's/ mp_pool_map$/ mpp_pool_map/'
must_see '/ mp_pool_map$/d'
must_see 's/ mp_pool_map$/ MPI_Send/'

run readelf -d "$library"
expect_out 'SONAME.*\[libmp\.so\.0\]$'

# What it takes of the runtime is what any MPI has.
run nm -D --undefined-only "$library"
expect_status 0
! grep -oE ' mpr_.*' "$out" >inside || fail "the library takes from inside the runtime: $(<inside)"
grep -oE ' MPI_[A-Za-z_]+' "$out" | tr -d ' ' |
    grep -vxFf <(cut -f 1 "$source_top/tests/abi/functions.tsv") >strangers || true
[[ ! -s strangers ]] || fail "no functions of the standard: $(<strangers)"

static=$top/.libs/libmp.a
[[ -e $static ]] || exit 0

# In the static library nothing is hidden: all names have one of our prefixes, so that they meet
# none of a program. Two underscores begin the compiler's own names, a sanitizer's for example.
run nm --extern-only --defined-only --format=posix "$static"
expect_status 0
! awk 'NF > 2 && $1 !~ /^(mpp_|mp_|__)/ { print $1 }' "$out" | grep . >strangers ||
    fail "the static library has names without our prefix: $(<strangers)"
