/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The identifiers of the MPI calls, by which a rank says on the status board what it is doing.
 *
 * One for each function of mpi.h, in its order, each followed by one for its large-count form
 * MPI_X_c, which is never used where there is no such form.
 * The library and the launcher of one build agree on the numbers; they are not part of any ABI.
 */
#ifndef MPR_BASE_CALL_H
#define MPR_BASE_CALL_H

#define MPR_CALLS(X)                                                                             \
    /* Point-to-point communication */                                                           \
    X(Send) X(Bsend) X(Ssend) X(Rsend) X(Recv) X(Sendrecv) X(Sendrecv_replace) X(Get_count)      \
    X(Status_get_source) X(Status_get_tag) X(Status_get_error) X(Buffer_attach) X(Buffer_detach) \
    X(Buffer_flush) X(Buffer_iflush) X(Comm_attach_buffer) X(Comm_detach_buffer)                 \
    X(Comm_flush_buffer) X(Comm_iflush_buffer) X(Session_attach_buffer) X(Session_detach_buffer) \
    X(Session_flush_buffer) X(Session_iflush_buffer) X(Isend) X(Ibsend) X(Issend) X(Irsend)      \
    X(Irecv) X(Isendrecv) X(Isendrecv_replace) X(Wait) X(Test) X(Waitany) X(Testany) X(Waitall)  \
    X(Testall) X(Waitsome) X(Testsome) X(Request_free) X(Request_get_status)                     \
    X(Request_get_status_any) X(Request_get_status_all) X(Request_get_status_some) X(Probe)      \
    X(Iprobe) X(Mprobe) X(Improbe) X(Mrecv) X(Imrecv) X(Cancel) X(Test_cancelled) X(Send_init)   \
    X(Bsend_init) X(Ssend_init) X(Rsend_init) X(Recv_init) X(Start) X(Startall)                  \
    /* Partitioned communication */                                                              \
    X(Psend_init) X(Precv_init) X(Pready) X(Pready_range) X(Pready_list) X(Parrived)             \
    /* Datatypes */                                                                              \
    X(Type_contiguous) X(Type_vector) X(Type_create_hvector) X(Type_indexed)                     \
    X(Type_create_hindexed) X(Type_create_indexed_block) X(Type_create_hindexed_block)           \
    X(Type_create_struct) X(Type_create_subarray) X(Type_create_darray) X(Type_create_resized)   \
    X(Type_dup) X(Type_commit) X(Type_free) X(Get_address) X(Aint_add) X(Aint_diff) X(Type_size) \
    X(Type_get_extent) X(Type_get_true_extent) X(Get_elements) X(Type_get_envelope)              \
    X(Type_get_contents) X(Pack) X(Unpack) X(Pack_size) X(Pack_external) X(Unpack_external)      \
    X(Pack_external_size)                                                                        \
    /* Collective communication */                                                               \
    X(Barrier) X(Bcast) X(Gather) X(Gatherv) X(Scatter) X(Scatterv) X(Allgather) X(Allgatherv)   \
    X(Alltoall) X(Alltoallv) X(Alltoallw) X(Reduce) X(Allreduce) X(Reduce_scatter_block)         \
    X(Reduce_scatter) X(Scan) X(Exscan) X(Op_create) X(Op_free) X(Op_commutative) X(Reduce_local)\
    X(Type_get_value_index) X(Ibarrier) X(Ibcast) X(Igather) X(Igatherv) X(Iscatter) X(Iscatterv)\
    X(Iallgather) X(Iallgatherv) X(Ialltoall) X(Ialltoallv) X(Ialltoallw) X(Ireduce) X(Iallreduce)\
    X(Ireduce_scatter_block) X(Ireduce_scatter) X(Iscan) X(Iexscan) X(Barrier_init) X(Bcast_init)\
    X(Gather_init) X(Gatherv_init) X(Scatter_init) X(Scatterv_init) X(Allgather_init)            \
    X(Allgatherv_init) X(Alltoall_init) X(Alltoallv_init) X(Alltoallw_init) X(Reduce_init)       \
    X(Allreduce_init) X(Reduce_scatter_block_init) X(Reduce_scatter_init) X(Scan_init)           \
    X(Exscan_init)                                                                               \
    /* Groups, contexts, communicators and caching */                                            \
    X(Group_size) X(Group_rank) X(Group_translate_ranks) X(Group_compare) X(Comm_group)          \
    X(Comm_remote_group) X(Group_union) X(Group_intersection) X(Group_difference) X(Group_incl)  \
    X(Group_excl) X(Group_range_incl) X(Group_range_excl) X(Group_from_session_pset) X(Group_free)\
    X(Comm_size) X(Comm_rank) X(Comm_compare) X(Comm_dup) X(Comm_dup_with_info) X(Comm_idup)     \
    X(Comm_idup_with_info) X(Comm_create) X(Comm_create_group) X(Comm_create_from_group)         \
    X(Comm_split) X(Comm_split_type) X(Comm_free) X(Comm_set_info) X(Comm_get_info)              \
    X(Comm_test_inter) X(Comm_remote_size) X(Intercomm_create) X(Intercomm_create_from_groups)   \
    X(Intercomm_merge) X(Comm_create_keyval) X(Comm_free_keyval) X(Comm_set_attr) X(Comm_get_attr)\
    X(Comm_delete_attr) X(Win_create_keyval) X(Win_free_keyval) X(Win_set_attr) X(Win_get_attr)  \
    X(Win_delete_attr) X(Type_create_keyval) X(Type_free_keyval) X(Type_set_attr) X(Type_get_attr)\
    X(Type_delete_attr) X(Comm_set_name) X(Comm_get_name) X(Type_set_name) X(Type_get_name)      \
    X(Win_set_name) X(Win_get_name)                                                              \
    /* Virtual topologies */                                                                     \
    X(Cart_create) X(Dims_create) X(Cartdim_get) X(Cart_get) X(Cart_rank) X(Cart_coords)         \
    X(Cart_shift) X(Cart_sub) X(Cart_map) X(Graph_create) X(Graphdims_get) X(Graph_get)          \
    X(Graph_neighbors_count) X(Graph_neighbors) X(Graph_map) X(Topo_test)                        \
    X(Dist_graph_create_adjacent) X(Dist_graph_create) X(Dist_graph_neighbors_count)             \
    X(Dist_graph_neighbors) X(Neighbor_allgather) X(Neighbor_allgatherv) X(Neighbor_alltoall)    \
    X(Neighbor_alltoallv) X(Neighbor_alltoallw) X(Ineighbor_allgather) X(Ineighbor_allgatherv)   \
    X(Ineighbor_alltoall) X(Ineighbor_alltoallv) X(Ineighbor_alltoallw) X(Neighbor_allgather_init)\
    X(Neighbor_allgatherv_init) X(Neighbor_alltoall_init) X(Neighbor_alltoallv_init)             \
    X(Neighbor_alltoallw_init)                                                                   \
    /* Environmental management */                                                               \
    X(Get_version) X(Get_library_version) X(Get_processor_name) X(Get_hw_resource_info)          \
    X(Alloc_mem) X(Free_mem) X(Comm_create_errhandler) X(Comm_set_errhandler)                    \
    X(Comm_get_errhandler) X(Comm_call_errhandler) X(Win_create_errhandler) X(Win_set_errhandler)\
    X(Win_get_errhandler) X(Win_call_errhandler) X(File_create_errhandler) X(File_set_errhandler)\
    X(File_get_errhandler) X(File_call_errhandler) X(Session_create_errhandler)                  \
    X(Session_set_errhandler) X(Session_get_errhandler) X(Session_call_errhandler)               \
    X(Errhandler_free) X(Error_string) X(Error_class) X(Add_error_class) X(Remove_error_class)   \
    X(Add_error_code) X(Remove_error_code) X(Add_error_string) X(Remove_error_string) X(Wtime)   \
    X(Wtick)                                                                                     \
    /* The info object */                                                                        \
    X(Info_create) X(Info_create_env) X(Info_set) X(Info_delete) X(Info_get_string)              \
    X(Info_get_nkeys) X(Info_get_nthkey) X(Info_dup) X(Info_free)                                \
    /* Process initialization, creation and management */                                        \
    X(Init) X(Init_thread) X(Initialized) X(Finalize) X(Finalized) X(Query_thread)               \
    X(Is_thread_main) X(Abort) X(Session_init) X(Session_finalize) X(Session_get_num_psets)      \
    X(Session_get_nth_pset) X(Session_get_info) X(Session_get_pset_info) X(Comm_spawn)           \
    X(Comm_spawn_multiple) X(Comm_get_parent) X(Open_port) X(Close_port) X(Comm_accept)          \
    X(Comm_connect) X(Publish_name) X(Unpublish_name) X(Lookup_name) X(Comm_disconnect)          \
    X(Comm_join)                                                                                 \
    /* One-sided communication */                                                                \
    X(Win_create) X(Win_allocate) X(Win_allocate_shared) X(Win_shared_query) X(Win_create_dynamic)\
    X(Win_attach) X(Win_detach) X(Win_free) X(Win_get_group) X(Win_set_info) X(Win_get_info)     \
    X(Put) X(Get) X(Accumulate) X(Get_accumulate) X(Fetch_and_op) X(Compare_and_swap) X(Rput)    \
    X(Rget) X(Raccumulate) X(Rget_accumulate) X(Win_fence) X(Win_start) X(Win_complete)          \
    X(Win_post) X(Win_wait) X(Win_test) X(Win_lock) X(Win_lock_all) X(Win_unlock)                \
    X(Win_unlock_all) X(Win_flush) X(Win_flush_all) X(Win_flush_local) X(Win_flush_local_all)    \
    X(Win_sync)                                                                                  \
    /* External interfaces */                                                                    \
    X(Grequest_start) X(Grequest_complete) X(Status_set_elements) X(Status_set_cancelled)        \
    X(Status_set_source) X(Status_set_tag) X(Status_set_error)                                   \
    /* Files */                                                                                  \
    X(File_open) X(File_close) X(File_delete) X(File_set_size) X(File_preallocate)               \
    X(File_get_size) X(File_get_group) X(File_get_amode) X(File_set_info) X(File_get_info)       \
    X(File_set_view) X(File_get_view) X(File_get_type_extent) X(Register_datarep) X(File_read_at)\
    X(File_read_at_all) X(File_write_at) X(File_write_at_all) X(File_iread_at)                   \
    X(File_iread_at_all) X(File_iwrite_at) X(File_iwrite_at_all) X(File_read) X(File_read_all)   \
    X(File_write) X(File_write_all) X(File_iread) X(File_iread_all) X(File_iwrite)               \
    X(File_iwrite_all) X(File_seek) X(File_get_position) X(File_get_byte_offset)                 \
    X(File_read_shared) X(File_write_shared) X(File_iread_shared) X(File_iwrite_shared)          \
    X(File_read_ordered) X(File_write_ordered) X(File_seek_shared) X(File_get_position_shared)   \
    X(File_read_at_all_begin) X(File_read_at_all_end) X(File_write_at_all_begin)                 \
    X(File_write_at_all_end) X(File_read_all_begin) X(File_read_all_end) X(File_write_all_begin) \
    X(File_write_all_end) X(File_read_ordered_begin) X(File_read_ordered_end)                    \
    X(File_write_ordered_begin) X(File_write_ordered_end) X(File_set_atomicity)                  \
    X(File_get_atomicity) X(File_sync)                                                           \
    /* Tool support */                                                                           \
    X(Pcontrol) X(T_init_thread) X(T_finalize) X(T_enum_get_info) X(T_enum_get_item)             \
    X(T_cvar_get_num) X(T_cvar_get_info) X(T_cvar_get_index) X(T_cvar_handle_alloc)              \
    X(T_cvar_handle_free) X(T_cvar_read) X(T_cvar_write) X(T_pvar_get_num) X(T_pvar_get_info)    \
    X(T_pvar_get_index) X(T_pvar_session_create) X(T_pvar_session_free) X(T_pvar_handle_alloc)   \
    X(T_pvar_handle_free) X(T_pvar_start) X(T_pvar_stop) X(T_pvar_read) X(T_pvar_write)          \
    X(T_pvar_reset) X(T_pvar_readreset) X(T_source_get_num) X(T_source_get_info)                 \
    X(T_source_get_timestamp) X(T_event_get_num) X(T_event_get_info) X(T_event_get_index)        \
    X(T_event_handle_alloc) X(T_event_handle_set_info) X(T_event_handle_get_info)                \
    X(T_event_register_callback) X(T_event_callback_set_info) X(T_event_callback_get_info)       \
    X(T_event_handle_free) X(T_event_set_dropped_handler) X(T_event_read) X(T_event_copy)        \
    X(T_event_get_timestamp) X(T_event_get_source) X(T_category_get_num) X(T_category_get_info)  \
    X(T_category_get_num_events) X(T_category_get_index) X(T_category_get_cvars)                 \
    X(T_category_get_pvars) X(T_category_get_events) X(T_category_get_categories)                \
    X(T_category_changed)                                                                        \
    /* Deprecated functions */                                                                   \
    X(Attr_delete) X(Attr_get) X(Attr_put) X(Keyval_create) X(Keyval_free) X(Info_get)           \
    X(Info_get_valuelen) X(Get_elements_x) X(Status_set_elements_x) X(Type_get_extent_x)         \
    X(Type_get_true_extent_x) X(Type_size_x)                                                     \
    /* Language bindings: datatypes of Fortran */                                                \
    X(Type_create_f90_real) X(Type_create_f90_complex) X(Type_create_f90_integer)                \
    X(Type_match_size)                                                                           \
    /* The application binary interface */                                                       \
    X(Abi_get_version) X(Abi_get_info) X(Abi_get_fortran_info) X(Abi_set_fortran_info)           \
    X(Abi_get_fortran_booleans) X(Abi_set_fortran_booleans) X(Comm_toint) X(Comm_fromint)        \
    X(Errhandler_toint) X(Errhandler_fromint) X(File_toint) X(File_fromint) X(Group_toint)       \
    X(Group_fromint) X(Info_toint) X(Info_fromint) X(Message_toint) X(Message_fromint) X(Op_toint)\
    X(Op_fromint) X(Request_toint) X(Request_fromint) X(Session_toint) X(Session_fromint)        \
    X(Type_toint) X(Type_fromint) X(Win_toint) X(Win_fromint)

enum mpr_call {
    MPR_CALL_NONE, /* outside the library */
#define MPR_CALL_ENUMERATOR(name) MPR_CALL_##name, MPR_CALL_##name##_c,
    MPR_CALLS(MPR_CALL_ENUMERATOR)
#undef MPR_CALL_ENUMERATOR
    MPR_CALL_COUNT
};

/*
 * The name to show for a call: "MPI_Send" for MPR_CALL_Send, "no MPI call" for MPR_CALL_NONE, and
 * "unknown MPI call" for a number that is none of them, as a broken rank may leave on the board.
 */
const char *mpr_call_name(enum mpr_call call);

#endif
