# SPDX-License-Identifier: BSD-3-Clause
# The benchmarks: `make bench` measures mprun beside the MPI libraries that are installed. The
# programs are compiled by each library's own wrapper, when they are run. `make bench-programs` does
# the same with the larger examples; `make bench-scaling` from one rank to all CPUs
# and beyond; `make bench-costs` measures mprun alone over ranks; `make bench-pool` the pool beside
# Python's. BENCH_OPTIONS: see tests/bench/run, scaling, costs and run_pool.

EXTRA_DIST += tests/bench/run tests/bench/candidates.sh tests/bench/bars tests/bench/medians.awk \
    tests/bench/table.awk tests/bench/alike.awk tests/bench/plot.awk tests/bench/bench.h \
    tests/bench/point.c tests/bench/compute.c tests/bench/scaling tests/bench/scaling.awk \
    tests/bench/shares.c tests/bench/datatype.c tests/bench/collective.c tests/bench/idle.c \
    tests/bench/memory.c tests/bench/bare.h tests/bench/handoff.c tests/bench/wakeup.c \
    tests/bench/switch.c tests/bench/pool.c tests/bench/pool.py tests/bench/pool_queue.c \
    tests/bench/pool_queue.py tests/bench/pool_table.awk tests/bench/run_pool tests/bench/costs
shell_tests += tests/bench/smoke.sh

.PHONY: bench bench-scaling bench-costs bench-pool bench-programs
bench: all
	$(top_srcdir)/tests/bench/run $(BENCH_OPTIONS)

bench-pool: all
	$(top_srcdir)/tests/bench/run_pool $(BENCH_OPTIONS)

bench-programs: all
	$(top_srcdir)/tests/bench/run $(BENCH_OPTIONS) programs

bench-scaling: all
	$(top_srcdir)/tests/bench/scaling $(BENCH_OPTIONS)

bench-costs: all
	$(top_srcdir)/tests/bench/costs $(BENCH_OPTIONS)
