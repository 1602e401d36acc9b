# SPDX-License-Identifier: BSD-3-Clause
# Stress: MPI programs that are run over the matrix as those of tests/mpi are, and a long run of
# theirs. `make soak` makes a million objects of every kind in two ranks, kills and replaces five
# thousand workers, maps 100,000 tasks over workers that are killed thousands of times, and goes on
# with ever new seeds for SOAK_SECONDS.

mpi_tests += tests/stress/crowd tests/stress/objects tests/stress/traffic
shell_tests += tests/stress/million.sh
EXTRA_DIST += tests/stress/soak
CLEANFILES += respawn.log

SOAK_SECONDS = 600

.PHONY: soak
soak: all tests/faults/respawn tests/pool/chaos tests/stress/objects tests/stress/traffic
	./mprun -n 2 tests/stress/objects
	./mprun -n 1 tests/faults/respawn 5000 2>respawn.log
	CHAOS_TASKS=100000 ./mprun -n 1 tests/pool/chaos
	$(top_srcdir)/tests/stress/soak ./mprun tests/stress/traffic $(SOAK_SECONDS)
