# SPDX-License-Identifier: BSD-3-Clause
# The tests. Add a program to unit_tests (tests/unit/x: a CUnit program that links the inside; give it
# a line `tests_unit_x_LDADD = $(unit_libs)`) or to mpi_tests (tests/mpi/x: an MPI program, run over
# the matrix), a script to shell_tests.

unit_libs = libruntime.la $(CUNIT_LIBS)
unit_tests =
mpi_tests =
shell_tests =

check_PROGRAMS += $(unit_tests) $(mpi_tests)
TESTS += $(unit_tests) $(mpi_tests) $(shell_tests)
EXTRA_DIST += $(shell_tests)
