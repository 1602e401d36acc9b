# SPDX-License-Identifier: BSD-3-Clause
# Programs over mp.h: pool_tests += tests/pool/x builds x.c and runs it over the matrix; give it a
# line `tests_pool_x_LDADD = $(pool_libs)`.

pool_tests += tests/pool/chaos
tests_pool_chaos_LDADD = $(pool_libs)

pool_tests += tests/pool/collective
tests_pool_collective_LDADD = $(pool_libs)

pool_tests += tests/pool/completed
tests_pool_completed_LDADD = $(pool_libs)

pool_tests += tests/pool/first_use
tests_pool_first_use_LDADD = $(pool_libs)

pool_tests += tests/pool/future
tests_pool_future_LDADD = $(pool_libs)

pool_tests += tests/pool/left
tests_pool_left_LDADD = $(pool_libs)

pool_tests += tests/pool/life
tests_pool_life_LDADD = $(pool_libs)

pool_tests += tests/pool/many
tests_pool_many_LDADD = $(pool_libs)

pool_tests += tests/pool/map
tests_pool_map_LDADD = $(pool_libs)

pool_tests += tests/pool/nested
tests_pool_nested_LDADD = $(pool_libs)

pool_tests += tests/pool/processes
tests_pool_processes_LDADD = $(pool_libs)

pool_tests += tests/pool/shared_input
tests_pool_shared_input_LDADD = $(pool_libs)

pool_tests += tests/pool/store
tests_pool_store_LDADD = $(pool_libs)

pool_tests += tests/pool/stream
tests_pool_stream_LDADD = $(pool_libs)

pool_tests += tests/pool/uninitialized
tests_pool_uninitialized_LDADD = $(pool_libs)

EXTRA_DIST += tests/pool/README.md tests/pool/sync.h

pool_tests += tests/pool/array
tests_pool_array_LDADD = $(pool_libs)

pool_tests += tests/pool/barrier
tests_pool_barrier_LDADD = $(pool_libs)

pool_tests += tests/pool/condition
tests_pool_condition_LDADD = $(pool_libs)

pool_tests += tests/pool/event
tests_pool_event_LDADD = $(pool_libs)

pool_tests += tests/pool/lock
tests_pool_lock_LDADD = $(pool_libs)

pool_tests += tests/pool/pipe
tests_pool_pipe_LDADD = $(pool_libs)

pool_tests += tests/pool/queue
tests_pool_queue_LDADD = $(pool_libs)

pool_tests += tests/pool/rlock
tests_pool_rlock_LDADD = $(pool_libs)

pool_tests += tests/pool/semaphore
tests_pool_semaphore_LDADD = $(pool_libs)

pool_tests += tests/pool/value
tests_pool_value_LDADD = $(pool_libs)

check_PROGRAMS += tests/pool/bereaved
tests_pool_bereaved_LDADD = $(pool_libs)
shell_tests += tests/pool/bereaved.sh

check_PROGRAMS += tests/pool/cpus
tests_pool_cpus_LDADD = $(pool_libs)
shell_tests += tests/pool/cpus.sh

check_PROGRAMS += tests/pool/killed
tests_pool_killed_LDADD = $(pool_libs)
shell_tests += tests/pool/killed.sh

shell_tests += tests/pool/modules.sh

check_PROGRAMS += tests/pool/starved
tests_pool_starved_LDADD = $(pool_libs)
shell_tests += tests/pool/starved.sh

check_PROGRAMS += tests/pool/unreplaced
tests_pool_unreplaced_LDADD = $(pool_libs)
shell_tests += tests/pool/unreplaced.sh

check_PROGRAMS += tests/pool/keep tests/pool/keep_other
tests_pool_keep_LDADD = $(pool_libs)
tests_pool_keep_other_SOURCES = tests/pool/keep.c
tests_pool_keep_other_CPPFLAGS = $(AM_CPPFLAGS) -DOTHER_BUILD
tests_pool_keep_other_LDADD = $(pool_libs)
shell_tests += tests/pool/kept.sh

check_PROGRAMS += tests/pool/disturbed tests/pool/disturbed_other
tests_pool_disturbed_LDADD = $(pool_libs)
tests_pool_disturbed_other_SOURCES = tests/pool/disturbed.c
tests_pool_disturbed_other_CPPFLAGS = $(AM_CPPFLAGS) -DOTHER_BUILD
tests_pool_disturbed_other_LDADD = $(pool_libs)
shell_tests += tests/pool/disturbances.sh
