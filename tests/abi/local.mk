# SPDX-License-Identifier: BSD-3-Clause
# The headers' tests, and the tables that mpi.h's is generated from.

shell_tests += tests/abi.sh tests/abi/exports.sh tests/abi/pool_exports.sh \
    tests/abi/pool_manuals.sh

EXTRA_DIST += tests/abi/README.md tests/abi/callbacks.tsv tests/abi/constants.tsv \
    tests/abi/functions.tsv tests/abi/handles.tsv tests/abi/check.h tests/abi/checks.awk \
    tests/abi/pool_user.c tests/abi/prototypes.awk tests/abi/user.c

# A tool that wraps every function, and what it shows: each call is seen once,
# each function is tested.
shell_tests += tests/abi/profiler.sh
check_LTLIBRARIES += tests/abi/profiler.la
tests_abi_profiler_la_SOURCES = tests/abi/profiler.c
tests_abi_profiler_la_LDFLAGS = -module -avoid-version -rpath /nowhere

# What the library says to each function's mistakes.
shell_tests += tests/abi/mistakes.sh
check_PROGRAMS += tests/abi/mistakes
EXTRA_DIST += tests/abi/mistakes.awk

tests/abi/wrappers.inc tests/abi/zeros.inc tests/abi/mistakes.inc: \
    tests/abi/wrappers.awk tests/abi/functions.tsv
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(AWK) -v form=$$(basename $@ .inc) \
	    -f $(srcdir)/tests/abi/wrappers.awk $(srcdir)/tests/abi/functions.tsv > $@.tmp && mv $@.tmp $@

tests/abi/profiler.lo: tests/abi/wrappers.inc
tests/mpi/zeros.$(OBJEXT): tests/abi/zeros.inc
tests/abi/mistakes.$(OBJEXT): tests/abi/mistakes.inc tests/abi/zeros.inc

CLEANFILES += tests/abi/wrappers.inc tests/abi/zeros.inc tests/abi/mistakes.inc
EXTRA_DIST += tests/abi/wrappers.awk
