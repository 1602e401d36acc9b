#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# No line of the sources has more than 100 columns, and dependencies point downward only, by every
# #include "...":
#     base <- heap <- shm <- {p2p, type, comm, rma} <- {coll, io} <- mpi
# The launcher sees base and shm alone; pool/, the examples and the MPI tests see the public
# headers.
# At the end, spoilt trees must be found out: a check that cannot fail proves nothing.
set -euo pipefail
cd "${srcdir:-.}"

# may_include FOLDER: the folders whose headers its files may include, besides its own and include/;
# fails for a folder that has no place in the layers.
may_include() {
    local base_shm='runtime/base runtime/heap runtime/shm'
    local transport="$base_shm runtime/p2p runtime/type runtime/comm"
    case $1 in
        runtime/base) ;;
        runtime/heap) echo runtime/base ;;
        runtime/shm) echo runtime/base runtime/heap ;;
        runtime/p2p | runtime/type | runtime/comm | runtime/rma) echo "$transport" ;;
        runtime/coll | runtime/io) echo "$transport runtime/rma" ;;
        runtime/mpi) echo "$transport runtime/rma runtime/coll runtime/io" ;;
        launcher) echo "$base_shm" ;;
        runtime/pool | include | examples) ;;
        tests/*) echo tests/lib ;;
        *) return 1 ;;
    esac
}

# list_includes: every include of the tree, as "file:line:name"; unit tests and models may see
# everything.
list_includes() {
    find include runtime launcher examples tests -path tests/unit -prune \
        -o -path tests/model -prune -o -path tests/lib -prune -o -name '*.[ch]' \
        -exec grep -HnoE '^ *# *include +"[^"]+"' {} + |
        sed -E 's/^([^:]*:[^:]*):.*"(.*)"/\1:\2/'
}

# header_folder FILE NAME: the folder of the header that FILE includes as NAME, searched for as the
# compiler does; nothing for one that is generated or the system's.
header_folder() {
    local directory
    for directory in "$(dirname "$1")" include runtime .; do
        if [[ -e $directory/$2 ]]; then
            realpath --relative-to=. "$(dirname "$directory/$2")"
            return
        fi
    done
}

# check_includes: reads list_includes and says what is wrong.
check_includes() {
    local file line name folder allowed target
    while IFS=: read -r file line name; do
        folder=$(dirname "$file")
        if ! allowed=$(may_include "$folder"); then
            echo "$file: its folder has no place in the layers; give it one in tests/layout.sh"
            continue
        fi
        target=$(header_folder "$file" "$name")
        if [[ -n $target && " include $folder $allowed " != *" $target "* ]]; then
            echo "$file:$line: $folder may not include \"$name\""
        fi
    done
}

# find_long FILE...: the lines that are too long, as "file:line:text". Characters count, not bytes.
find_long() {
    LC_ALL=C.UTF-8 grep -HnE '^.{101}' "$@"
}

# must_see INCLUDE: the line "file:line:name" is found to be wrong.
must_see() {
    if [[ -z $(check_includes <<<"$1") ]]; then
        echo "the check does not see $1"
        exit 1
    fi
}

includes=$(list_includes)
wrong=$(check_includes <<<"$includes")
echo "$(grep -c . <<<"$includes") includes checked"
if [[ -n $wrong ]]; then
    echo "$wrong"
    exit 1
fi

mapfile -t sources < <(
    find include runtime launcher examples tests -name '*.[ch]' -o -name '*.sh' -o -name '*.awk' \
        -o -name '*.mk' -o -name '*.[137]'
)
if find_long "${sources[@]}"; then
    echo 'these lines have more than 100 columns'
    exit 1
fi
echo "${#sources[@]} files have lines of at most 100 columns"

must_see runtime/base/new.c:1:shm/segment.h
must_see runtime/base/new.c:1:../shm/segment.h
must_see runtime/shm/new.c:1:runtime/p2p/p2p.h
must_see runtime/p2p/new.c:1:coll/coll.h
must_see runtime/coll/new.c:1:mpi/api.h
must_see runtime/new/new.c:1:base/error.h
must_see runtime/pool/new.c:1:base/error.h
must_see runtime/mpi/new.c:1:pool/pool.h
must_see launcher/new.c:1:pool/pool.h
must_see examples/new.c:1:pool/pool.h
must_see tests/pool/new.c:1:pool/pool.h
must_see launcher/new.c:1:p2p/p2p.h
must_see examples/new.c:1:base/error.h
must_see tests/mpi/new.c:1:p2p/p2p.h
if find_long <(printf '%0100d\n' 0) || ! find_long <(printf '%0101d\n' 0) >/dev/null; then
    echo 'the check does not tell 100 columns from 101'
    exit 1
fi
