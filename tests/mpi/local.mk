# SPDX-License-Identifier: BSD-3-Clause
# The MPI programs: mpi_tests += tests/mpi/x builds x.c and runs it over the matrix.

mpi_tests += tests/mpi/abi tests/mpi/inquiry tests/mpi/profiling
mpi_tests += tests/mpi/op_types tests/mpi/type_query tests/mpi/type_traffic
