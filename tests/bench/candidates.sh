# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The libraries that are measured, for the scripts that measure: mprun, and of Open MPI and MPICH
# what is installed, as mpicc.openmpi and mpicc.mpich (Debian's names) or below OPENMPI_HOME
# and MPICH_HOME.
#
# Ranks are bound to cores where each has one; with more, the launchers do as they do by default.
# MPICH's launcher gives each rank a session of its own, and so, where the kernel shares by session
# (sched_autogroup), more of a busy machine: compare on a quiet one.
#
# Who sources this has set `sources` (this folder) and `work` (a folder for what is made here),
# stands in the build folder, and sets `limit_s`, the longest that a run may take.

# shellcheck disable=SC2034,SC2154 # variables for, and of, those who source this
{
    build=$PWD
    examples=$sources/../../examples
    results=$work/results
    : >"$results"
}
cpus=$(nproc)
shopt -s lastpipe # a function at the end of a pipe may set variables
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export LC_ALL=C

declare -A wrapper=([mprun]=$build/mpcc
    ["Open MPI"]=${OPENMPI_HOME:+$OPENMPI_HOME/bin/mpicc}
    [MPICH]=${MPICH_HOME:+$MPICH_HOME/bin/mpicc})
declare -A launcher=([mprun]=$build/mprun
    ["Open MPI"]=${OPENMPI_HOME:+$OPENMPI_HOME/bin/mpirun}
    [MPICH]=${MPICH_HOME:+$MPICH_HOME/bin/mpirun})
: "${wrapper["Open MPI"]:=mpicc.openmpi}" "${launcher["Open MPI"]:=mpirun.openmpi}"
: "${wrapper[MPICH]:=mpicc.mpich}" "${launcher[MPICH]:=mpirun.mpich}"

candidates=()

# compile CANDIDATE SOURCE [OPTION...]: into the candidate's folder, under the name of the source,
# which may lack its ".c".
compile() {
    local candidate=$1 source=${2%.c}.c
    shift 2
    mkdir -p "$work/$candidate"
    "${wrapper[$candidate]}" -O2 -D_GNU_SOURCE -std=gnu17 "$source" "$@" \
        -o "$work/$candidate/$(basename "$source" .c)" -lm 2>"$work/errors"
}

# find_candidates SOURCE...: those with which all of these can be compiled; without mprun this ends.
find_candidates() {
    local candidate source
    for candidate in mprun 'Open MPI' MPICH; do
        for source; do
            compile "$candidate" "$source" || continue 2
        done
        candidates+=("$candidate")
    done
    if [[ ${candidates[0]-} != mprun ]]; then
        echo "bench: mprun itself cannot be compiled with; run 'make' first:" >&2
        "${wrapper[mprun]}" "$examples/hello.c" -o /dev/null
        exit 1
    fi
}

# launch CANDIDATE RANKS PROGRAM [ARGUMENT...]: runs it.
launch() {
    local candidate=$1 ranks=$2 options=()
    shift 2
    case $candidate-$((ranks <= cpus)) in
        'Open MPI-1') options=(--bind-to core) ;;
        'Open MPI-0') options=(--oversubscribe) ;;
        MPICH-1) options=(-bind-to core) ;;
    esac
    timeout "$limit_s" "${launcher[$candidate]}" "${options[@]}" -n "$ranks" "$@" </dev/null
}

# note ROUND CANDIDATE RANKS: adds the results on standard input, lines "row, bytes, value".
note() {
    sed "s/^/$1\t$2\tn=$3 /" >>"$results"
}

# medians: of all results.
medians() {
    awk -f "$sources/medians.awk" "$results"
}

# plot FILE VARIABLE=VALUE...: draws the rows "panel, series, x, y" on standard
# input, if there are any.
plot() {
    local file=$1 variable assigned=()
    shift
    for variable; do
        assigned+=(-v "$variable")
    done
    if awk "${assigned[@]}" -f "$sources/plot.awk" >"$work/plot.svg"; then
        cp "$work/plot.svg" "$file"
        drawn+=("$file")
    fi
}
drawn=()
