# SPDX-License-Identifier: BSD-3-Clause
# The MPI programs: mpi_tests += tests/mpi/x builds x.c and runs it over the matrix.

mpi_tests += tests/mpi/abi tests/mpi/inquiry tests/mpi/profiling
mpi_tests += tests/mpi/op_types tests/mpi/op_user tests/mpi/type_coll tests/mpi/type_contents
mpi_tests += tests/mpi/type_errors tests/mpi/type_external tests/mpi/type_find tests/mpi/type_query tests/mpi/type_random
mpi_tests += tests/mpi/type_many tests/mpi/type_traffic
mpi_tests += tests/mpi/comm_compare tests/mpi/comm_dup tests/mpi/comm_errors tests/mpi/comm_idup
mpi_tests += tests/mpi/comm_many
mpi_tests += tests/mpi/comm_split tests/mpi/errors tests/mpi/group_ops tests/mpi/init_levels
mpi_tests += tests/mpi/attributes tests/mpi/attributes_end tests/mpi/attributes_env
mpi_tests += tests/mpi/attributes_type tests/mpi/errhandler tests/mpi/threads
mpi_tests += tests/mpi/comm_info tests/mpi/info tests/mpi/info_env tests/mpi/interop
mpi_tests += tests/mpi/split_hardware
mpi_tests += tests/mpi/cart tests/mpi/comm_create tests/mpi/dist_graph tests/mpi/graph
mpi_tests += tests/mpi/alltoallw tests/mpi/neighbor tests/mpi/topology_errors
mpi_tests += tests/mpi/intercomm tests/mpi/intercomm_coll tests/mpi/intercomm_flat
mpi_tests += tests/mpi/intercomm_reduce
mpi_tests += tests/mpi/coll_errors tests/mpi/coll_large tests/mpi/coll_mixed tests/mpi/coll_move
mpi_tests += tests/mpi/coll_reduce tests/mpi/coll_alltoallw tests/mpi/nbc_errors tests/mpi/nbc_flat
mpi_tests += tests/mpi/nbc_many tests/mpi/nbc_progress
mpi_tests += tests/mpi/p2p_args tests/mpi/p2p_buffered tests/mpi/p2p_buffers tests/mpi/p2p_cancel
mpi_tests += tests/mpi/p2p_complete tests/mpi/p2p_isendrecv tests/mpi/p2p_large_count
mpi_tests += tests/mpi/p2p_modes tests/mpi/p2p_mprobe tests/mpi/p2p_mprobe_threads
mpi_tests += tests/mpi/p2p_null_and_self tests/mpi/p2p_order tests/mpi/p2p_pair_types
mpi_tests += tests/mpi/p2p_persistent tests/mpi/p2p_probe tests/mpi/p2p_progress
mpi_tests += tests/mpi/p2p_replace tests/mpi/p2p_threads tests/mpi/p2p_truncate tests/mpi/grequest
mpi_tests += tests/mpi/request_status
