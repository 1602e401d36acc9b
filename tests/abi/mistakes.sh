#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every function, called wrongly, says so: in which rank, which function on which communicator,
# which argument, which class of errors.
. "${srcdir:-.}/tests/lib/launcher.sh"

# Where zeros, or wrong numbers, are no mistake.
cat >expected <<'END'
MPI_Buffer_attach null returned
MPI_Buffer_attach_c null returned
MPI_Buffer_flush null returned
MPI_Pcontrol null returned
MPI_Startall null returned
MPI_Waitall null returned
MPI_Barrier wrong returned
MPI_Buffer_flush wrong returned
MPI_Comm_flush_buffer wrong returned
MPI_Pcontrol wrong returned
END

run "$top/tests/abi/mistakes"
expect_status 0
expect_no_err
awk -f "$source_top/tests/abi/mistakes.awk" "$source_top/tests/abi/functions.tsv" "$out" >unclear
diff expected unclear >difference || fail "not as they should be: $(<difference)"
