#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# mpi.h says what the tables in tests/abi say, and mp.h compiles as well, in every C
# and C++, without a warning.
#
# Compiles only, with each compiler that is here. At the end it spoils the tables in one place after
# the other and demands that the compiler sees it: a check that cannot fail proves nothing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
include=$here/../include
runtime=$here/../runtime
tables=$here/abi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

c_standards='c99 c11 c17 c2x gnu17'
cxx_standards='c++98 c++11 c++14 c++17 c++20 c++2b'
warnings='-Werror -Wall -Wextra -Wcast-qual -Wcast-align -Wshadow -Wconversion -Wundef
          -Wredundant-decls -Wwrite-strings'
c_warnings='-Wstrict-prototypes -Wmissing-prototypes'
cxx_warnings='-Wold-style-cast'

fail()
{
    printf 'abi: %s\n' "$*" >&2
    exit 1
}

# generate FOLDER: prints the checks that the tables in FOLDER ask for.
generate()
{
    awk -f "$tables/checks.awk" "$1/handles.tsv" "$1/callbacks.tsv" "$1/constants.tsv" \
        "$1/functions.tsv"
}

# compile COMMAND...: compiles without output, from the folders of the test.
compile()
{
    "$@" -I"$include" -I"$tables" -fsyntax-only
}

# try_all CC LANGUAGE STANDARDS WARNINGS: the headers, users' programs and the checks.
try_all()
{
    for standard in $3; do
        compile "$1" -x "$2" "-std=$standard" /dev/null 2>"$work/log" || continue # too old for it
        for option in -UMPI_WARN_DEPRECATED -DMPI_WARN_DEPRECATED; do
            for source in "$include/mpi.h" "$tables/user.c" \
                "$include/mp.h" "$tables/pool_user.c"; do
                # shellcheck disable=SC2086 # lists of options
                compile "$1" -x "$2" "-std=$standard" $option -pedantic $warnings $4 "$source" ||
                    fail "$1 -std=$standard $option: ${source##*/} does not compile cleanly"
            done
        done
        compile "$1" -x "$2" "-std=$standard" -Werror -Wall -Wextra "$work/checks.c" ||
            fail "$1 -std=$standard: mpi.h differs from the tables"
        tried="$tried $1:$standard"
    done
}

# must_see TABLE FROM TO: spoils a copy of one table; the checks must not compile any more.
must_see()
{
    rm -rf "$work/spoilt"
    mkdir "$work/spoilt"
    cp "$tables"/*.tsv "$work/spoilt"
    sed "s/$2/$3/" "$tables/$1" >"$work/spoilt/$1"
    ! cmp -s "$tables/$1" "$work/spoilt/$1" || fail "nothing in $1 matches '$2'"
    generate "$work/spoilt" >"$work/spoilt.c"
    for language in c c++; do
        ! compile "$compiler" -x "$language" -Werror "$work/spoilt.c" 2>"$work/log" ||
            fail "$compiler -x $language does not see that $1 has '$3' for '$2'"
    done
}

generate "$tables" >"$work/checks.c"

# What compilers cannot tell apart, and what stands in the header alone: compared as text.
# Weights are arrays in the standard and pointers in the header, which says why.
tail -n +2 "$tables/functions.tsv" | cut -f 1-3 | LC_ALL=C sort >"$work/wanted"
awk -f "$tables/prototypes.awk" "$include/mpi.h" |
    sed -E 's/int \*((source|dest)?weights)/int \1[]/g' | LC_ALL=C sort >"$work/declared"
diff "$work/wanted" "$work/declared" || fail 'the prototypes differ: < functions.tsv, > mpi.h'

tried=
compiler=
for candidate in gcc clang; do
    command -v "$candidate" >"$work/log" || continue
    compiler=$candidate
    try_all "$compiler" c "$c_standards" "$c_warnings"
    ! compile "$compiler" -x c++ /dev/null 2>"$work/log" ||
        try_all "$compiler" c++ "$cxx_standards" "$cxx_warnings"
done
[ -n "$tried" ] || { echo 'abi: no compiler here' >&2; exit 77; }

# The macros and the enumerators of the header are those of the table.
{
    echo '#include "mpi.h"' | "$compiler" -I"$include" -E -dM -xc - |
        sed -n 's/^#define \(MPIX*_[A-Za-z0-9_]*\) .*/\1/p' |
        grep -v -e '^MPI_ABI_CAST$' -e '^MPI_H_INCLUDED$' -e '^MPI_INTEROP_H_INCLUDED$'
    sed -n 's/^ *\(MPIX*_[A-Z0-9_]*\) *= .*/\1/p' "$include/mpi.h"
} | LC_ALL=C sort >"$work/defined"
tail -n +2 "$tables/constants.tsv" | cut -f 1 | LC_ALL=C sort >"$work/wanted"
diff "$work/wanted" "$work/defined" || fail 'the constants differ: < constants.tsv, > mpi.h'

# The identifiers of the calls are those of the functions, large-count forms left out.
cut -f 1 "$tables/functions.tsv" | awk '
    NR > 1 { name[$1] = 1 }
    END { for (n in name) if (n !~ /_c$/ || !(substr(n, 1, length(n) - 2) in name)) print n }' |
    LC_ALL=C sort >"$work/wanted"
printf '#include "base/call.h"\nMPR_CALLS(CALL)\n' | "$compiler" -I"$runtime" -E -P -xc - |
    grep -o 'CALL([A-Za-z0-9_]*)' | sed 's/CALL(\(.*\))/MPI_\1/' | LC_ALL=C sort >"$work/numbered"
diff "$work/wanted" "$work/numbered" || fail 'the calls differ: < functions.tsv, > base/call.h'

tab=$(printf '\t')
must_see constants.tsv "MPI_COMM_SELF${tab}MPI_Comm${tab}0x00000102" \
         "MPI_COMM_SELF${tab}MPI_Comm${tab}0x00000103"
must_see constants.tsv "MPI_COMM_SELF${tab}MPI_Comm" "MPI_COMM_SELF${tab}MPI_Group"
must_see constants.tsv "MPI_ERR_TAG${tab}int enumerator${tab}4" \
         "MPI_ERR_TAG${tab}int enumerator${tab}5"
must_see constants.tsv "MPI_ERR_TAG${tab}int enumerator" "MPI_ERR_TAG${tab}macro"
must_see constants.tsv "MPI_MAX_INFO_KEY${tab}macro" "MPI_MAX_INFO_KEY${tab}int enumerator"
must_see functions.tsv "MPI_Send${tab}int${tab}const void" "MPI_Send${tab}int${tab}void"
must_see functions.tsv "MPI_Send${tab}int" "MPI_Send${tab}long"
must_see functions.tsv "MPI_Send${tab}" "MPI_Sent${tab}"
must_see callbacks.tsv 'int \*len' 'long *len'
must_see handles.tsv 'MPI_ABI_Win' 'MPI_ABI_Window'

printf 'abi: compiled cleanly by%s\n' "$tried"
