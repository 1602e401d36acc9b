# SPDX-License-Identifier: BSD-3-Clause
# The tests: how they are run; which there are stands in the folders' own fragments.
#   tests/unit      CUnit programs that link the inside: name each in unit_tests, give it a line
#                   `tests_unit_x_LDADD = $(unit_libs)`
#   tests/mpi       MPI programs, run over the matrix (tests/lib/run-matrix): mpi_tests
#   tests/pool      programs over mp.h, run likewise: pool_tests
#   tests/portable  the same over other MPI libraries: `make check-portable`
#   tests/abi       the headers against tables of the standard's ABI
#   tests/launcher  shell scripts over tests/lib/launcher.sh: shell_tests
#   tests/model     the ring, the doorbell, sleeping and the slates, model-checked
#   tests/stress    many messages, many ranks; `make soak` for longer
#   tests/faults    ranks that die, resources that lack
#   tests/bench     what `make bench` measures

unit_libs = libruntime.la $(CUNIT_LIBS)
unit_tests =
mpi_tests =
pool_tests =
shell_tests = tests/examples.sh tests/layout.sh

check_PROGRAMS += $(unit_tests) $(mpi_tests) $(pool_tests)
TESTS += $(unit_tests) $(mpi_tests) $(pool_tests) $(shell_tests)
EXTRA_DIST += $(shell_tests) tests/lib/asleep.h tests/lib/collflight.h tests/lib/collscene.h \
    tests/lib/collside.h tests/lib/colltest.h tests/lib/common.sh tests/lib/deaths.sh \
    tests/lib/flattest.h tests/lib/hugetest.h tests/lib/launcher.sh tests/lib/mpitest.h \
    tests/lib/ownmemory.h tests/lib/pooltest.h tests/lib/ringtest.h tests/lib/run-matrix \
    tests/lib/run-test tests/lib/sanitized.h tests/lib/sessiontest.h tests/lib/typemap.h \
    tests/lib/typerandom.h tests/lib/unit.h

# Programs can be built side by side, tests want the machine for themselves.
.PHONY: check-programs
check-programs: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) $(check_LTLIBRARIES)

TEST_EXTENSIONS = .sh
LOG_COMPILER = $(top_srcdir)/tests/lib/run-test
SH_LOG_COMPILER = $(top_srcdir)/tests/lib/run-test
AM_TESTS_ENVIRONMENT = TEST_LIMIT_FACTOR=$(TEST_LIMIT_FACTOR); export TEST_LIMIT_FACTOR; \
    TEST_MATRIX=$(TEST_MATRIX); export TEST_MATRIX;

include tests/unit/local.mk
include tests/abi/local.mk
include tests/mpi/local.mk
include tests/pool/local.mk
include tests/portable/local.mk
include tests/launcher/local.mk
include tests/model/local.mk
include tests/stress/local.mk
include tests/faults/local.mk
include tests/bench/local.mk
