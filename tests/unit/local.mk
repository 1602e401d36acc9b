# SPDX-License-Identifier: BSD-3-Clause
# The unit tests, in the order of the layers.

unit_tests += tests/unit/base/address_set_test
tests_unit_base_address_set_test_SOURCES = tests/unit/base/address_set_test.c
tests_unit_base_address_set_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/call_test
tests_unit_base_call_test_SOURCES = tests/unit/base/call_test.c
tests_unit_base_call_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/engine_test
tests_unit_base_engine_test_SOURCES = tests/unit/base/engine_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/engine_traffic_test
tests_unit_base_engine_traffic_test_SOURCES = \
    tests/unit/base/engine_traffic_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_traffic_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/engine_fault_test
tests_unit_base_engine_fault_test_SOURCES = \
    tests/unit/base/engine_fault_test.c tests/unit/base/engine_probe.h
tests_unit_base_engine_fault_test_LDADD = $(unit_libs)
tests_unit_base_engine_fault_test_LDFLAGS = $(AM_LDFLAGS) \
    -Wl,--wrap=io_uring_queue_init,--wrap=io_uring_submit,--wrap=io_uring_submit_and_wait \
    -Wl,--wrap=ppoll,--wrap=read,--wrap=write,--wrap=malloc,--wrap=calloc

unit_tests += tests/unit/shm/context_test
tests_unit_shm_context_test_SOURCES = tests/unit/shm/context_test.c
tests_unit_shm_context_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/comm_test
tests_unit_comm_comm_test_SOURCES = tests/unit/comm/comm_test.c
tests_unit_comm_comm_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/group_test
tests_unit_comm_group_test_SOURCES = tests/unit/comm/group_test.c
tests_unit_comm_group_test_LDADD = $(unit_libs)
