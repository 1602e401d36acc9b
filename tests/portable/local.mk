# SPDX-License-Identifier: BSD-3-Clause
# The pool over other MPI libraries: `make check-portable`.

.PHONY: check-portable
check-portable:
	@srcdir='$(srcdir)' POOL_SOURCES='$(libmp_la_SOURCES)' \
	    POOL_TESTS='$(pool_tests)' POOL_EXAMPLES='examples/wordcount $(pool_examples)' \
	    $(srcdir)/tests/portable/run

EXTRA_DIST += tests/portable/refused.c tests/portable/run
