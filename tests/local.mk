# SPDX-License-Identifier: BSD-3-Clause
# The tests. Add a program to unit_tests (tests/unit/x: a CUnit program that links the inside; give it
# a line `tests_unit_x_LDADD = $(unit_libs)`) or to mpi_tests (tests/mpi/x: an MPI program, run over
# the matrix), a script to shell_tests.

unit_libs = libruntime.la $(CUNIT_LIBS)
unit_tests = tests/unit/base/engine_test tests/unit/base/engine_traffic_test \
    tests/unit/base/engine_fault_test
mpi_tests =
shell_tests = \
    tests/abi.sh

check_PROGRAMS += $(unit_tests) $(mpi_tests)
TESTS += $(unit_tests) $(mpi_tests) $(shell_tests)
EXTRA_DIST += $(shell_tests)
EXTRA_DIST += tests/abi/README.md tests/abi/callbacks.tsv tests/abi/constants.tsv \
    tests/abi/functions.tsv tests/abi/handles.tsv tests/abi/check.h tests/abi/checks.awk \
    tests/abi/prototypes.awk tests/abi/user.c

tests_unit_base_engine_test_SOURCES = tests/unit/base/engine_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_test_LDADD = $(unit_libs)

tests_unit_base_engine_traffic_test_SOURCES = \
    tests/unit/base/engine_traffic_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_traffic_test_LDADD = $(unit_libs)

tests_unit_base_engine_fault_test_SOURCES = \
    tests/unit/base/engine_fault_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_fault_test_LDADD = $(unit_libs)
tests_unit_base_engine_fault_test_LDFLAGS = $(AM_LDFLAGS) \
    -Wl,--wrap=io_uring_queue_init,--wrap=io_uring_submit,--wrap=io_uring_submit_and_wait \
    -Wl,--wrap=ppoll,--wrap=read,--wrap=write,--wrap=malloc,--wrap=calloc
