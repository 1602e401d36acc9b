# SPDX-License-Identifier: BSD-3-Clause
# Programs over mp.h: pool_tests += tests/pool/x builds x.c and runs it over the matrix; give it a line
# `tests_pool_x_LDADD = $(pool_libs)`.

pool_tests += tests/pool/map
tests_pool_map_LDADD = $(pool_libs)
