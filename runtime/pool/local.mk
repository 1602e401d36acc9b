# SPDX-License-Identifier: BSD-3-Clause
# libmp: pools, queues and locks, on the public MPI interface alone. It sees no other folder: the
# same sources are built with other MPI libraries' wrappers by `make check-portable`.

lib_LTLIBRARIES += libmp.la

libmp_la_SOURCES = \
    runtime/pool/address.c \
    runtime/pool/address.h \
    runtime/pool/array.c \
    runtime/pool/array_work.h \
    runtime/pool/attribute.c \
    runtime/pool/attribute.h \
    runtime/pool/barrier.c \
    runtime/pool/buffer.h \
    runtime/pool/channel.c \
    runtime/pool/channel.h \
    runtime/pool/clock.h \
    runtime/pool/collective.c \
    runtime/pool/condition.c \
    runtime/pool/cpu.c \
    runtime/pool/cpu.h \
    runtime/pool/death.c \
    runtime/pool/death.h \
    runtime/pool/error.c \
    runtime/pool/error.h \
    runtime/pool/event.c \
    runtime/pool/fifo.c \
    runtime/pool/fifo.h \
    runtime/pool/frame.h \
    runtime/pool/future.c \
    runtime/pool/future.h \
    runtime/pool/hash.h \
    runtime/pool/interrupt.c \
    runtime/pool/interrupt.h \
    runtime/pool/left.c \
    runtime/pool/left.h \
    runtime/pool/life.c \
    runtime/pool/link.c \
    runtime/pool/link.h \
    runtime/pool/lock.c \
    runtime/pool/lock.h \
    runtime/pool/map.c \
    runtime/pool/object.c \
    runtime/pool/object.h \
    runtime/pool/own_comm.c \
    runtime/pool/own_comm.h \
    runtime/pool/pipe.c \
    runtime/pool/pool.c \
    runtime/pool/pool.h \
    runtime/pool/process.c \
    runtime/pool/process.h \
    runtime/pool/progress.c \
    runtime/pool/progress.h \
    runtime/pool/queue.c \
    runtime/pool/queue.h \
    runtime/pool/queue_home.c \
    runtime/pool/replace.c \
    runtime/pool/replace.h \
    runtime/pool/schedule.c \
    runtime/pool/schedule.h \
    runtime/pool/semaphore.c \
    runtime/pool/service.c \
    runtime/pool/service.h \
    runtime/pool/several.c \
    runtime/pool/shared.c \
    runtime/pool/shared.h \
    runtime/pool/start.c \
    runtime/pool/store.c \
    runtime/pool/store.h \
    runtime/pool/stream.c \
    runtime/pool/task.c \
    runtime/pool/task.h \
    runtime/pool/threads.c \
    runtime/pool/threads.h \
    runtime/pool/wire.c \
    runtime/pool/wire.h \
    runtime/pool/work.c \
    runtime/pool/work.h \
    runtime/pool/worker.c \
    runtime/pool/worker.h

libmp_la_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/include -I$(top_srcdir)/runtime
libmp_la_LIBADD = libmpi_abi.la
libmp_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 $(COMPLETE_LINK_FLAGS) \
    -export-symbols-regex '^mp_'

pkgconfig_DATA += mp.pc
mp.pc: runtime/pool/mp.pc.in Makefile
	$(AM_V_GEN)$(fill_in) $(srcdir)/runtime/pool/mp.pc.in | $(relative_to_prefix) > $@.tmp \
	    && mv $@.tmp $@

CLEANFILES += mp.pc
EXTRA_DIST += runtime/pool/mp.pc.in

# Manual pages, one for each family of functions. The functions' own names are
# installed as links to it.
pool_manuals = \
    runtime/pool/man/mp.7 \
    runtime/pool/man/mp_array.3 \
    runtime/pool/man/mp_future.3 \
    runtime/pool/man/mp_init.3 \
    runtime/pool/man/mp_lock.3 \
    runtime/pool/man/mp_map.3 \
    runtime/pool/man/mp_pipe.3 \
    runtime/pool/man/mp_pool.3 \
    runtime/pool/man/mp_process.3 \
    runtime/pool/man/mp_queue.3 \
    runtime/pool/man/mp_store.3 \
    runtime/pool/man/mp_stream.3 \
    runtime/pool/man/mp_task.3
dist_man_MANS += $(pool_manuals)
EXTRA_DIST += runtime/pool/man/links

install-data-local:
	cd $(srcdir) && runtime/pool/man/links install "$(DESTDIR)$(man3dir)" $(pool_manuals)

uninstall-local:
	cd $(srcdir) && runtime/pool/man/links remove "$(DESTDIR)$(man3dir)" $(pool_manuals)
