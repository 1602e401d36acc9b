#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Checks that dependencies point downward only, by every #include "..." of the sources:
#     base <- shm <- {p2p, type, comm, rma} <- {coll, io} <- mpi
# The launcher sees base and shm alone; pool/, the examples and the MPI tests see the public headers.
set -euo pipefail
cd "${srcdir:-.}"

# may_include FOLDER: the folders whose headers its files may include, besides its own and include/.
may_include() {
    local transport='runtime/p2p runtime/type runtime/comm'
    case $1 in
        runtime/base) ;;
        runtime/shm) echo runtime/base ;;
        runtime/p2p | runtime/type | runtime/comm) echo "runtime/base runtime/shm $transport" ;;
        runtime/rma) echo "runtime/base runtime/shm $transport" ;;
        runtime/coll | runtime/io) echo "runtime/base runtime/shm $transport runtime/rma" ;;
        runtime/mpi) echo "runtime/base runtime/shm $transport runtime/rma runtime/coll runtime/io" ;;
        launcher) echo runtime/base runtime/shm ;;
        runtime/pool | include | examples) ;;
        tests/mpi | tests/stress | tests/bench | tests/pool) echo tests/lib ;;
        *) return 1 ;;
    esac
}

# header_folder FILE NAME: the folder of the header that FILE includes as NAME, as the compiler looks
# for it; nothing for a generated header or one of the system.
header_folder() {
    local directory
    for directory in "$(dirname "$1")" include runtime .; do
        if [[ -e $directory/$2 ]]; then
            realpath --relative-to=. "$(dirname "$directory/$2")"
            return
        fi
    done
}

checked=0
wrong=0
while IFS=: read -r file line name; do
    folder=$(dirname "$file")
    target=$(header_folder "$file" "$name")
    if ! allowed=$(may_include "$folder"); then
        echo "$file: its folder has no place in the layers; give it one in tests/layout.sh"
        wrong=1
        continue
    fi
    ((checked += 1))
    if [[ -n $target && " include $folder $allowed " != *" $target "* ]]; then
        echo "$file:$line: $folder may not include \"$name\""
        wrong=1
    fi
done < <(find include runtime launcher examples tests/mpi tests/stress tests/bench tests/pool \
              -name '*.[ch]' -exec grep -HnoE '^ *# *include +"[^"]+"' {} + 2>/dev/null |
         sed -E 's/^([^:]*:[^:]*):.*"(.*)"/\1:\2/')

echo "$checked includes checked"
[[ $checked -gt 0 && $wrong -eq 0 ]]
