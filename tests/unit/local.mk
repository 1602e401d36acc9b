# SPDX-License-Identifier: BSD-3-Clause
# The unit tests, in the order of the layers.

unit_tests += tests/unit/base/address_set_test
tests_unit_base_address_set_test_SOURCES = tests/unit/base/address_set_test.c
tests_unit_base_address_set_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/call_test
tests_unit_base_call_test_SOURCES = tests/unit/base/call_test.c
tests_unit_base_call_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/copy_test
tests_unit_base_copy_test_SOURCES = tests/unit/base/copy_test.c
tests_unit_base_copy_test_LDADD = $(unit_libs)

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

unit_tests += tests/unit/base/hardware_test
tests_unit_base_hardware_test_SOURCES = tests/unit/base/hardware_test.c
tests_unit_base_hardware_test_LDADD = $(unit_libs)

unit_tests += tests/unit/heap/range_test
tests_unit_heap_range_test_SOURCES = tests/unit/heap/range_test.c
tests_unit_heap_range_test_LDADD = libheap.la $(CUNIT_LIBS)

unit_tests += tests/unit/heap/heap_test
tests_unit_heap_heap_test_SOURCES = tests/unit/heap/heap_test.c
tests_unit_heap_heap_test_LDADD = libheap.la $(CUNIT_LIBS)

unit_tests += tests/unit/shm/context_test
tests_unit_shm_context_test_SOURCES = tests/unit/shm/context_test.c
tests_unit_shm_context_test_LDADD = $(unit_libs)

unit_tests += tests/unit/type/predefined_test
tests_unit_type_predefined_test_SOURCES = \
    tests/unit/type/predefined_test.c tests/unit/type/predefined_types.h
tests_unit_type_predefined_test_LDADD = $(unit_libs)

unit_tests += tests/unit/type/pack_test
tests_unit_type_pack_test_SOURCES = \
    tests/unit/type/pack_test.c tests/unit/type/predefined_types.h
tests_unit_type_pack_test_LDADD = $(unit_libs)

unit_tests += tests/unit/type/derived_test
tests_unit_type_derived_test_SOURCES = tests/unit/type/derived_test.c
tests_unit_type_derived_test_LDADD = $(unit_libs)

unit_tests += tests/unit/type/op_test
tests_unit_type_op_test_SOURCES = tests/unit/type/op_test.c tests/unit/type/predefined_types.h
tests_unit_type_op_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/attribute_test
tests_unit_comm_attribute_test_SOURCES = tests/unit/comm/attribute_test.c
tests_unit_comm_attribute_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/cart_test
tests_unit_comm_cart_test_SOURCES = tests/unit/comm/cart_test.c
tests_unit_comm_cart_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/comm_test
tests_unit_comm_comm_test_SOURCES = tests/unit/comm/comm_test.c
tests_unit_comm_comm_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/group_test
tests_unit_comm_group_test_SOURCES = tests/unit/comm/group_test.c
tests_unit_comm_group_test_LDADD = $(unit_libs)

unit_tests += tests/unit/comm/info_test
tests_unit_comm_info_test_SOURCES = tests/unit/comm/info_test.c
tests_unit_comm_info_test_LDADD = $(unit_libs)
tests_unit_comm_info_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=strdup,--wrap=realloc

# The fake takes the place of p2p/: the linker finds its functions before the library's.
coll_fake = tests/unit/coll/fake.c tests/unit/coll/fake.h

unit_tests += tests/unit/coll/tree_test
tests_unit_coll_tree_test_SOURCES = tests/unit/coll/tree_test.c $(coll_fake)
tests_unit_coll_tree_test_LDADD = $(unit_libs)

unit_tests += tests/unit/coll/coll_test
tests_unit_coll_coll_test_SOURCES = tests/unit/coll/coll_test.c $(coll_fake)
tests_unit_coll_coll_test_LDADD = $(unit_libs)

unit_tests += tests/unit/coll/schedule_test
tests_unit_coll_schedule_test_SOURCES = tests/unit/coll/schedule_test.c $(coll_fake)
tests_unit_coll_schedule_test_LDADD = $(unit_libs)
tests_unit_coll_schedule_test_LDFLAGS = $(AM_LDFLAGS) \
    -Wl,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc

unit_tests += tests/unit/coll/newcomm_test
tests_unit_coll_newcomm_test_SOURCES = tests/unit/coll/newcomm_test.c
tests_unit_coll_newcomm_test_LDADD = $(unit_libs)
tests_unit_coll_newcomm_test_LDFLAGS = $(AM_LDFLAGS) \
    -Wl,--wrap=calloc,--wrap=mpr_allreduce,--wrap=mpr_allgather

unit_tests += tests/unit/base/lock_test
tests_unit_base_lock_test_SOURCES = tests/unit/base/lock_test.c
tests_unit_base_lock_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/handle_test
tests_unit_base_handle_test_SOURCES = tests/unit/base/handle_test.c
tests_unit_base_handle_test_LDADD = $(unit_libs)

unit_tests += tests/unit/base/tunables_test
tests_unit_base_tunables_test_SOURCES = tests/unit/base/tunables_test.c
tests_unit_base_tunables_test_LDADD = $(unit_libs)

unit_tests += tests/unit/shm/segment_test
tests_unit_shm_segment_test_SOURCES = tests/unit/shm/segment_test.c tests/unit/shm/segment_fixture.h
tests_unit_shm_segment_test_LDADD = $(unit_libs)

unit_tests += tests/unit/shm/ring_test
tests_unit_shm_ring_test_SOURCES = tests/unit/shm/ring_test.c tests/unit/shm/segment_fixture.h
tests_unit_shm_ring_test_LDADD = $(unit_libs)

unit_tests += tests/unit/shm/chunk_test
tests_unit_shm_chunk_test_SOURCES = tests/unit/shm/chunk_test.c tests/unit/shm/segment_fixture.h
tests_unit_shm_chunk_test_LDADD = $(unit_libs)

unit_tests += tests/unit/shm/doorbell_test
tests_unit_shm_doorbell_test_SOURCES = \
    tests/unit/shm/doorbell_test.c tests/unit/shm/segment_fixture.h
tests_unit_shm_doorbell_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/match_test
tests_unit_p2p_match_test_SOURCES = tests/unit/p2p/match_test.c
tests_unit_p2p_match_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/mates_test
tests_unit_p2p_mates_test_SOURCES = tests/unit/p2p/mates_test.c tests/unit/shm/segment_fixture.h
tests_unit_p2p_mates_test_LDADD = $(unit_libs)
tests_unit_p2p_mates_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sched_getcpu

unit_tests += tests/unit/p2p/pace_test
tests_unit_p2p_pace_test_SOURCES = tests/unit/p2p/pace_test.c
tests_unit_p2p_pace_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/patience_test
tests_unit_p2p_patience_test_SOURCES = tests/unit/p2p/patience_test.c
tests_unit_p2p_patience_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/resend_test
tests_unit_p2p_resend_test_SOURCES = tests/unit/p2p/resend_test.c
tests_unit_p2p_resend_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/store_test
tests_unit_p2p_store_test_SOURCES = tests/unit/p2p/store_test.c
tests_unit_p2p_store_test_LDADD = $(unit_libs)

unit_tests += tests/unit/p2p/request_test
tests_unit_p2p_request_test_SOURCES = tests/unit/p2p/request_test.c
tests_unit_p2p_request_test_LDADD = $(unit_libs)

# The launcher.
launcher_libs = liblauncher.la $(CUNIT_LIBS)

unit_tests += tests/unit/launcher/cpus_test
tests_unit_launcher_cpus_test_SOURCES = tests/unit/launcher/cpus_test.c
tests_unit_launcher_cpus_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/launcher/options_test
tests_unit_launcher_options_test_SOURCES = tests/unit/launcher/options_test.c
tests_unit_launcher_options_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/launcher/output_test
tests_unit_launcher_output_test_SOURCES = tests/unit/launcher/output_test.c
tests_unit_launcher_output_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/shm/slot_test
tests_unit_shm_slot_test_SOURCES = tests/unit/shm/slot_test.c tests/unit/shm/segment_fixture.h
tests_unit_shm_slot_test_LDADD = $(unit_libs)

unit_tests += tests/unit/launcher/ports_test
tests_unit_launcher_ports_test_SOURCES = \
    tests/unit/launcher/ports_test.c tests/unit/shm/segment_fixture.h
tests_unit_launcher_ports_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/launcher/programs_test
tests_unit_launcher_programs_test_SOURCES = tests/unit/launcher/programs_test.c
tests_unit_launcher_programs_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/launcher/domains_test
tests_unit_launcher_domains_test_SOURCES = tests/unit/launcher/domains_test.c
tests_unit_launcher_domains_test_LDADD = liblauncher.la $(unit_libs)

unit_tests += tests/unit/launcher/where_test
tests_unit_launcher_where_test_SOURCES = \
    tests/unit/launcher/where_test.c tests/unit/shm/segment_fixture.h
tests_unit_launcher_where_test_LDADD = $(launcher_libs)

unit_tests += tests/unit/launcher/plan_test
tests_unit_launcher_plan_test_SOURCES = tests/unit/launcher/plan_test.c
tests_unit_launcher_plan_test_LDADD = $(launcher_libs)

# Compiled with flags of its own, so that its object is not the library's.
unit_tests += tests/unit/pool/schedule_test
tests_unit_pool_schedule_test_SOURCES = tests/unit/pool/schedule_test.c runtime/pool/schedule.c
tests_unit_pool_schedule_test_CFLAGS = $(AM_CFLAGS)
tests_unit_pool_schedule_test_LDADD = $(CUNIT_LIBS) -lm
