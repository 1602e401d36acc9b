# SPDX-License-Identifier: BSD-3-Clause
# mprun and the compiler wrappers.

bin_PROGRAMS += mprun
mprun_SOURCES = launcher/main.c
mprun_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
mprun_LDADD = librtbase.la $(HWLOC_LIBS)

if MPI_LINKS
install-exec-hook:
	cd $(DESTDIR)$(bindir) && for link in mpiexec mpirun; do \
	    rm -f $$link && $(LN_S) mprun $$link || exit 1; done
uninstall-hook:
	cd $(DESTDIR)$(bindir) && rm -f mpiexec mpirun
endif
