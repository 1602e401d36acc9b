# SPDX-License-Identifier: BSD-3-Clause
# The library: librtbase is what the launcher shares, libruntime is everything (unit tests link it,
# because they see inside), libmpi_abi is the same with only the API visible.

noinst_LTLIBRARIES += librtbase.la libruntime.la
lib_LTLIBRARIES += libmpi_abi.la

librtbase_la_SOURCES = \
    runtime/base/call.c \
    runtime/base/call.h \
    runtime/base/engine.c \
    runtime/base/engine.h \
    runtime/base/engine_driver.h \
    runtime/base/engine_sync.c \
    runtime/base/engine_uring.c \
    runtime/base/version.c \
    runtime/base/version.h
librtbase_la_LIBADD = $(LIBURING_LIBS)

libruntime_la_SOURCES =
libruntime_la_LIBADD = librtbase.la

# The ABI's soname is libmpi_abi.so.1: current 1, age 0.
libmpi_abi_la_SOURCES =
libmpi_abi_la_LIBADD = libruntime.la
libmpi_abi_la_LDFLAGS = $(AM_LDFLAGS) -version-info 1:0:0 \
    -Wl,--version-script=$(srcdir)/runtime/libmpi_abi.map
EXTRA_libmpi_abi_la_DEPENDENCIES = runtime/libmpi_abi.map

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = mprun.pc
mprun.pc: runtime/mprun.pc.in Makefile
	$(AM_V_GEN)$(fill_in) $(srcdir)/runtime/mprun.pc.in > $@.tmp && mv $@.tmp $@

CLEANFILES += mprun.pc
EXTRA_DIST += runtime/libmpi_abi.map runtime/mprun.pc.in
