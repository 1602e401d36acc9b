# SPDX-License-Identifier: BSD-3-Clause
# The library: librtbase is what the launcher shares, libruntime is everything (unit tests link it,
# because they see inside), libmpi_abi is the same with only the API visible.

noinst_LTLIBRARIES += librtbase.la libruntime.la
lib_LTLIBRARIES += libmpi_abi.la

# One block for each folder.
librtbase_la_SOURCES = \
    runtime/base/call.c \
    runtime/base/call.h \
    runtime/base/clock.h \
    runtime/base/compiler.h \
    runtime/base/engine.c \
    runtime/base/engine.h \
    runtime/base/engine_driver.h \
    runtime/base/engine_sync.c \
    runtime/base/engine_uring.c \
    runtime/base/error.c \
    runtime/base/error.h \
    runtime/base/futex.h \
    runtime/base/tunables.c \
    runtime/base/tunables.h \
    runtime/base/version.c \
    runtime/base/version.h \
    runtime/base/watched.h

librtbase_la_SOURCES += \
    runtime/shm/context.c \
    runtime/shm/context.h \
    runtime/shm/chunk.h \
    runtime/shm/death.c \
    runtime/shm/death.h \
    runtime/shm/doorbell.c \
    runtime/shm/doorbell.h \
    runtime/shm/mail.c \
    runtime/shm/mail.h \
    runtime/shm/ring.c \
    runtime/shm/ring.h \
    runtime/shm/segment.c \
    runtime/shm/segment.h \
    runtime/shm/segment_layout.c \
    runtime/shm/slate.c \
    runtime/shm/slate.h \
    runtime/shm/slot.c \
    runtime/shm/slot.h

librtbase_la_LIBADD = $(LIBURING_LIBS)

libruntime_la_SOURCES = \
    runtime/base/address_set.c \
    runtime/base/address_set.h \
    runtime/base/copy.c \
    runtime/base/copy.h \
    runtime/base/handle.c \
    runtime/base/handle.h \
    runtime/base/hardware.c \
    runtime/base/hardware.h \
    runtime/base/list.h \
    runtime/base/lock.c \
    runtime/base/lock.h \
    runtime/base/stream.h \
    runtime/base/vectors.c \
    runtime/base/vectors.h

libruntime_la_SOURCES += \
    runtime/shm/board.h \
    runtime/shm/chunk.c \
    runtime/shm/hold.c \
    runtime/shm/hold.h \
    runtime/shm/job.c \
    runtime/shm/job.h \
    runtime/shm/window.c \
    runtime/shm/window.h

libruntime_la_SOURCES += \
    runtime/type/construct.c \
    runtime/type/construct.h \
    runtime/type/construct_array.c \
    runtime/type/contents.c \
    runtime/type/contents.h \
    runtime/type/element.h \
    runtime/type/elements.c \
    runtime/type/elements.h \
    runtime/type/external.c \
    runtime/type/external.h \
    runtime/type/external_form.c \
    runtime/type/external_form.h \
    runtime/type/find.c \
    runtime/type/find.h \
    runtime/type/layout.c \
    runtime/type/layout.h \
    runtime/type/layout_list.c \
    runtime/type/numbers.c \
    runtime/type/numbers.h \
    runtime/type/op.c \
    runtime/type/op.h \
    runtime/type/op_kernel.h \
    runtime/type/pack.c \
    runtime/type/predefined.c \
    runtime/type/type.c \
    runtime/type/type.h

# The operators' kernels, once for each instruction set. Fused multiply-add would make results
# depend on the processor; a short loop that lies across two lines takes up to twice as long.
op_kernels = runtime/type/op_arithmetic.c runtime/type/op_location.c runtime/type/op_logical.c
op_kernel_flags = $(AM_CFLAGS) $(SIMD_FLAGS) $(ALIGN_FLAGS) -ffp-contract=off

noinst_LTLIBRARIES += libkernels_base.la
libkernels_base_la_SOURCES = $(op_kernels)
libkernels_base_la_CPPFLAGS = $(AM_CPPFLAGS) -DMPR_KERNEL_SET=base
libkernels_base_la_CFLAGS = $(op_kernel_flags)
op_kernel_libs = libkernels_base.la

if X86_64
noinst_LTLIBRARIES += libkernels_avx2.la
libkernels_avx2_la_SOURCES = $(op_kernels)
libkernels_avx2_la_CPPFLAGS = $(AM_CPPFLAGS) -DMPR_KERNEL_SET=avx2
libkernels_avx2_la_CFLAGS = $(op_kernel_flags) -mavx2 -mf16c
op_kernel_libs += libkernels_avx2.la
endif

libruntime_la_SOURCES += \
    runtime/comm/attribute.c \
    runtime/comm/attribute.h \
    runtime/comm/cart.c \
    runtime/comm/cart.h \
    runtime/comm/cart_balance.c \
    runtime/comm/comm.c \
    runtime/comm/comm.h \
    runtime/comm/errhandler.c \
    runtime/comm/errhandler.h \
    runtime/comm/group.c \
    runtime/comm/group.h \
    runtime/comm/hints.c \
    runtime/comm/hints.h \
    runtime/comm/info.c \
    runtime/comm/info.h \
    runtime/comm/info_env.c \
    runtime/comm/levels.c \
    runtime/comm/levels.h \
    runtime/comm/pset.c \
    runtime/comm/pset.h \
    runtime/comm/session.c \
    runtime/comm/session.h \
    runtime/comm/topology.c \
    runtime/comm/topology.h

libruntime_la_SOURCES += \
    runtime/p2p/ask.c \
    runtime/p2p/ask.h \
    runtime/p2p/borrow.c \
    runtime/p2p/borrow.h \
    runtime/p2p/bsend.c \
    runtime/p2p/bsend.h \
    runtime/p2p/bsend_pieces.c \
    runtime/p2p/bsend_pieces.h \
    runtime/p2p/bury.c \
    runtime/p2p/bury.h \
    runtime/p2p/data.h \
    runtime/p2p/deliver.c \
    runtime/p2p/deliver.h \
    runtime/p2p/done.c \
    runtime/p2p/done.h \
    runtime/p2p/envelope.h \
    runtime/p2p/growing.c \
    runtime/p2p/growing.h \
    runtime/p2p/match.c \
    runtime/p2p/match.h \
    runtime/p2p/mates.c \
    runtime/p2p/mates.h \
    runtime/p2p/p2p.c \
    runtime/p2p/p2p.h \
    runtime/p2p/peer.c \
    runtime/p2p/peer.h \
    runtime/p2p/probe.c \
    runtime/p2p/pace.c \
    runtime/p2p/pace.h \
    runtime/p2p/patience.h \
    runtime/p2p/progress.c \
    runtime/p2p/progress.h \
    runtime/p2p/record.c \
    runtime/p2p/record.h \
    runtime/p2p/recv.c \
    runtime/p2p/recv.h \
    runtime/p2p/request.c \
    runtime/p2p/request.h \
    runtime/p2p/resend.c \
    runtime/p2p/resend.h \
    runtime/p2p/retract.c \
    runtime/p2p/retract.h \
    runtime/p2p/self.c \
    runtime/p2p/self.h \
    runtime/p2p/send.c \
    runtime/p2p/send.h \
    runtime/p2p/sendrecv.c \
    runtime/p2p/store.c \
    runtime/p2p/store.h \
    runtime/p2p/transfer.c \
    runtime/p2p/transfer.h \
    runtime/p2p/transfer_chunk.c \
    runtime/p2p/transfer_cma.c \
    runtime/p2p/transfer_direct.c \
    runtime/p2p/transfer_path.h \
    runtime/p2p/transfer_pipe.c \
    runtime/p2p/wait.c \
    runtime/p2p/wait.h

libruntime_la_SOURCES += \
    runtime/coll/agree.c \
    runtime/coll/agree.h \
    runtime/coll/allgather.c \
    runtime/coll/allreduce.c \
    runtime/coll/alltoall.c \
    runtime/coll/barrier.c \
    runtime/coll/bcast.c \
    runtime/coll/choose.h \
    runtime/coll/coll.h \
    runtime/coll/connect.c \
    runtime/coll/connect.h \
    runtime/coll/create_group.c \
    runtime/coll/dist_graph.c \
    runtime/coll/family.c \
    runtime/coll/family.h \
    runtime/coll/fold.c \
    runtime/coll/fold.h \
    runtime/coll/gather.c \
    runtime/coll/inter.h \
    runtime/coll/inter_move.c \
    runtime/coll/inter_reduce.c \
    runtime/coll/intercomm.c \
    runtime/coll/intercomm.h \
    runtime/coll/items.c \
    runtime/coll/items.h \
    runtime/coll/message.c \
    runtime/coll/message.h \
    runtime/coll/neighbor.c \
    runtime/coll/neighbor.h \
    runtime/coll/newcomm.c \
    runtime/coll/newcomm.h \
    runtime/coll/newtopology.c \
    runtime/coll/newtopology.h \
    runtime/coll/now.h \
    runtime/coll/reduce.c \
    runtime/coll/reduce_scatter.c \
    runtime/coll/scan.c \
    runtime/coll/scatter.c \
    runtime/coll/schedule.c \
    runtime/coll/schedule.h \
    runtime/coll/scratch.c \
    runtime/coll/scratch.h \
    runtime/coll/split.c \
    runtime/coll/slate.c \
    runtime/coll/slate.h \
    runtime/coll/slate_all.c \
    runtime/coll/slate_data.c \
    runtime/coll/slate_data.h \
    runtime/coll/slate_exchange.c \
    runtime/coll/slate_lend.c \
    runtime/coll/slate_lend.h \
    runtime/coll/slate_root.c \
    runtime/coll/slate_tree.c \
    runtime/coll/spread.c \
    runtime/coll/spread.h \
    runtime/coll/tree.c \
    runtime/coll/tree.h

libruntime_la_SOURCES += \
    runtime/mpi/abi.c \
    runtime/mpi/address.c \
    runtime/mpi/alltoallw.c \
    runtime/mpi/api.c \
    runtime/mpi/api.h \
    runtime/mpi/args.c \
    runtime/mpi/attribute.c \
    runtime/mpi/attribute_call.c \
    runtime/mpi/attribute_call.h \
    runtime/mpi/bsend.c \
    runtime/mpi/cart.c \
    runtime/mpi/coll_all.c \
    runtime/mpi/coll_args.c \
    runtime/mpi/coll_args.h \
    runtime/mpi/coll_form.c \
    runtime/mpi/coll_form.h \
    runtime/mpi/coll_reduce.c \
    runtime/mpi/coll_rooted.c \
    runtime/mpi/comm.c \
    runtime/mpi/comm_create.c \
    runtime/mpi/comm_dup.c \
    runtime/mpi/comm_info.c \
    runtime/mpi/complete.c \
    runtime/mpi/complete.h \
    runtime/mpi/connect_call.h \
    runtime/mpi/join.c \
    runtime/mpi/port.c \
    runtime/mpi/spawn.c \
    runtime/mpi/convert.c \
    runtime/mpi/dist_graph.c \
    runtime/mpi/environment.c \
    runtime/mpi/environment.h \
    runtime/mpi/errclass.c \
    runtime/mpi/enter.h \
    runtime/mpi/errclass.h \
    runtime/mpi/errhandler.c \
    runtime/mpi/errhandler_call.h \
    runtime/mpi/errors.c \
    runtime/mpi/from_groups.c \
    runtime/mpi/graph.c \
    runtime/mpi/grequest.c \
    runtime/mpi/grequest.h \
    runtime/mpi/group.c \
    runtime/mpi/info.c \
    runtime/mpi/init.c \
    runtime/mpi/inquiry.c \
    runtime/mpi/intercomm.c \
    runtime/mpi/memory.c \
    runtime/mpi/mprobe.c \
    runtime/mpi/neighbor.c \
    runtime/mpi/op.c \
    runtime/mpi/pack.c \
    runtime/mpi/pcontrol.c \
    runtime/mpi/persistent.c \
    runtime/mpi/recv.c \
    runtime/mpi/request.c \
    runtime/mpi/request_array.c \
    runtime/mpi/request_status.c \
    runtime/mpi/resource.c \
    runtime/mpi/resource.h \
    runtime/mpi/runtime.c \
    runtime/mpi/runtime.h \
    runtime/mpi/send.c \
    runtime/mpi/sendrecv.c \
    runtime/mpi/session.c \
    runtime/mpi/split_type.c \
    runtime/mpi/topology_args.c \
    runtime/mpi/topology_args.h \
    runtime/mpi/status.c \
    runtime/mpi/type_array.c \
    runtime/mpi/type_contents.c \
    runtime/mpi/type_create.c \
    runtime/mpi/type_create.h \
    runtime/mpi/type_find.c \
    runtime/mpi/type_life.c \
    runtime/mpi/type_query.c

libruntime_la_LIBADD = $(op_kernel_libs) librtbase.la

# The heap, which mprun preloads into the ranks: libheap has all but the names of
# malloc, for the unit tests.
noinst_LTLIBRARIES += libheap.la
libheap_la_SOURCES = \
    runtime/heap/backing.c \
    runtime/heap/calls.h \
    runtime/heap/fork.c \
    runtime/heap/heap.c \
    runtime/heap/heap.h \
    runtime/heap/range.c \
    runtime/heap/range.h \
    runtime/heap/state.h

lib_LTLIBRARIES += libmprun_heap.la
libmprun_heap_la_SOURCES = runtime/heap/interpose.c
libmprun_heap_la_LIBADD = libheap.la
libmprun_heap_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared $(COMPLETE_LINK_FLAGS)

# The ABI's soname is libmpi_abi.so.1: current 1, age 0.
libmpi_abi_la_SOURCES =
libmpi_abi_la_LIBADD = libruntime.la
libmpi_abi_la_LDFLAGS = $(AM_LDFLAGS) -version-info 1:0:0 $(COMPLETE_LINK_FLAGS) \
    -Wl,--version-script=$(srcdir)/runtime/libmpi_abi.map
EXTRA_libmpi_abi_la_DEPENDENCIES = runtime/libmpi_abi.map

# Folders below the prefix are written relative to it, for installations that are moved.
relative_to_prefix = $(SED) 's|dir=$(prefix)/|dir=$${prefix}/|'

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = mprun.pc
mprun.pc: runtime/mprun.pc.in Makefile
	$(AM_V_GEN)$(fill_in) $(srcdir)/runtime/mprun.pc.in | $(relative_to_prefix) > $@.tmp && \
	    mv $@.tmp $@

CLEANFILES += mprun.pc
EXTRA_DIST += runtime/libmpi_abi.map runtime/mprun.pc.in
