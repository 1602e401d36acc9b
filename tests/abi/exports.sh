#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The shared library shows functions of the standard and nothing else, in full pairs: MPI_X is a
# weak alias of PMPI_X, and an int form comes with its large-count form. At the end spoilt lists of
# symbols must be found out: a check that cannot fail proves nothing.
. "${srcdir:-.}/tests/lib/launcher.sh"

library=$top/.libs/libmpi_abi.so
[[ -e $library ]] || skip 'no shared library was built'

# check_symbols FILE: FILE has lines "address type name", as nm prints them; says what is wrong.
check_symbols() {
    awk '
        NR == FNR { if (FNR > 1) standard[$1] = 1; next }
        { address[$3] = $1; type[$3] = $2 }
        END {
            for (name in type) {
                plain = name
                sub(/^PMPI_/, "MPI_", plain)
                large = plain "_c"
                if (!(plain in standard))
                    print name ": no function of the standard"
                else if (address[plain] != address["P" plain])
                    print name ": MPI_ and PMPI_ form are not one function"
                else if (type[name] != (name ~ /^PMPI_/ ? "T" : "W"))
                    print name ": has symbol type " type[name]
                else if (large in standard && !(large in type))
                    print name ": comes without " large
                else if (sub(/_c$/, "", plain) && plain in standard && !(plain in type))
                    print name ": comes without " plain
            }
        }' "$source_top/tests/abi/functions.tsv" "$1"
}

# must_see SCRIPT: the symbols, spoilt by this sed script, are found to be wrong.
must_see() {
    sed "$1" symbols >spoilt
    [[ -n $(check_symbols spoilt) ]] || fail "symbols changed by '$1' pass for right"
}

run nm -D --defined-only "$library"
expect_status 0
cp "$out" symbols
grep -q ' MPI_Wtime$' symbols || fail 'MPI_Wtime is not exported'
wrong=$(check_symbols symbols)
[[ -z $wrong ]] || fail "$wrong"

must_see 's/ PMPI_Wtime$/ mpr_clock_ns/'
must_see 's/ W MPI_Wtime$/ T MPI_Wtime/'
must_see '/ MPI_Wtime$/d'
must_see '/ PMPI_Wtime$/d'
must_see 's/\( P*MPI_\)Wtime$/\1Wtimes/'
must_see '/ P*MPI_Send$/d'
must_see '/ P*MPI_Send_c$/d'

# The name by which any library of this ABI is found.
run readelf -d "$library"
expect_out 'SONAME.*\[libmpi_abi\.so\.1\]$'

static=$top/.libs/libmpi_abi.a
[[ -e $static ]] || exit 0

# The library calls no entry point, so that a tool sees the calls of the program alone.
run nm --undefined-only "$static"
expect_status 0
! grep -E ' P?MPI_' "$out" >calls || fail "the library calls $(<calls)"

# In the static library nothing is hidden: what is not the API's has our prefix, so that it meets no
# name of a program. Two underscores begin the compiler's own names, a sanitizer's for example.
run nm --extern-only --defined-only --format=posix "$static"
expect_status 0
! awk 'NF > 2 && $1 !~ /^(mpr_|P?MPI_|__)/ { print $1 }' "$out" | grep . >strangers ||
    fail "the static library has names without our prefix: $(<strangers)"
