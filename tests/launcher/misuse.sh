#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Mistakes under the default error handler: one line says function, communicator, class, what is
# wrong and in which rank; and the process, or the job, ends with the error class as its status.
. "${srcdir:-.}/tests/lib/launcher.sh"

misuse=$top/tests/launcher/misuse

# Classes of mpi.h, in decimal.
comm=5 rank=6 dims=12 arg=13 other=16 base=24 io=35

# What many lines have in common.
here='mprun: rank 0' world=MPI_COMM_WORLD
color_is='color is -5, but must be MPI_UNDEFINED or not negative (MPI_ERR_ARG)'

# expect_mistake NAME STATUS TEXT: alone, as a job of one rank.
expect_mistake() {
    run "$misuse" "$1"
    expect_status "$2"
    expect_no_out
    expect_err_is "$3"
}

expect_mistake free-world $comm \
    "$here: MPI_Comm_free on $world: $world must not be freed (MPI_ERR_COMM)"
expect_mistake split $arg \
    "$here: MPI_Comm_split on $world: $color_is"
expect_mistake split-named $arg \
    "$here: MPI_Comm_split on halo: $color_is"
expect_mistake choose $rank \
    "$here: MPI_Group_incl: ranks[1] is 99999, but the group has ranks 0 to 0 (MPI_ERR_RANK)"
expect_mistake lay-out $dims \
    "$here: MPI_Dims_create: nnodes is 8, but no grid of that size has the given entries of dims \
(MPI_ERR_DIMS)"
expect_mistake call-handler $io \
    "$here: MPI_Comm_call_errhandler on $world: the program has raised this error (MPI_ERR_IO)"
expect_mistake init-again $other \
    "$here: MPI_Init: MPI was initialized before; a process may do so once (MPI_ERR_OTHER)"
expect_mistake init-after-finalize $other \
    "$here: MPI_Init: MPI was initialized before; a process may do so once (MPI_ERR_OTHER)"
expect_mistake after-finalize $other \
    "$here: MPI_Comm_rank: it was called after MPI_Finalize (MPI_ERR_OTHER)"
expect_mistake finalize-twice $other \
    "$here: MPI_Finalize: it was called after MPI_Finalize (MPI_ERR_OTHER)"
expect_mistake before-init $other \
    'mprun: MPI_Comm_rank: it was called before MPI_Init (MPI_ERR_OTHER)'
expect_mistake bad-level $arg \
    'mprun: MPI_Init_thread: required is 5, which is no MPI_THREAD_... level (MPI_ERR_ARG)'
expect_mistake abort 7 "$here: MPI_Abort($world, 7)"
expect_mistake abort-256 1 "$here: MPI_Abort($world, 256)"

run "$misuse" use-freed
expect_status $comm
expect_err 'MPI_Comm_size: comm .* it was never made, or has been freed \(MPI_ERR_COMM\)$'
run "$misuse" free-stack
expect_status $base
expect_err 'MPI_Free_mem: base is 0x.* no memory from MPI_Alloc_mem.* \(MPI_ERR_BASE\)$'

# --- In a job --------------------------------------------------------------------------------

for mistake in "free-world $comm" "use-freed $comm" "split-named $arg" "choose $rank" \
    "call-handler $io" "init-again $other"; do
    read -r name expected <<<"$mistake"
    run "$mprun" -n 3 "$misuse" "$name" 2
    expect_status "$expected"
    expect_no_out
    expect_err '^mprun: rank 2: MPI_[A-Za-z_]+( on [A-Za-z_]+)?: .+ \(MPI_ERR_[A-Z]+\)$'
done

run "$mprun" -n 3 "$misuse" abort 1
expect_status 7
expect_err_lines 1
expect_err 'rank 1 .*7'
run "$mprun" -n 3 "$misuse" abort-256 1
expect_status 1
expect_err_lines 1

run "$mprun" -n 1 "$misuse" abort-spawned
expect_status 0
expect_err_is 'mprun: rank 1.0 aborted itself with code 7; the job goes on without it'

run "$mprun" -n 2 "$misuse" leave-session
expect_status 3
expect_err_lines 1
expect_err '^mprun: rank [01] ended with status 3 without calling MPI_Session_finalize, '

# --- Start -----------------------------------------------------------------------------------

# Another launcher's ranks are not silently jobs of one.
run env OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 "$misuse" none
expect_status 1
expect_err_lines 1
expect_err "^mprun: MPI_Init: .*Open MPI.*rank 1 of 4.*'mprun -n 4"

# A setting that cannot be used is said once, and the default serves.
run env MPRUN_COPY=swiftly "$misuse" none
expect_status 0
expect_err_lines 1
expect_err 'MPRUN_COPY=swiftly'

for level in single funneled serialized multiple; do
    run "$top/tests/mpi/init_levels" $level
    expect_status 0
    expect_no_err
    run "$mprun" -n 2 "$top/tests/mpi/init_levels" $level
    expect_status 0
    expect_no_err
done
