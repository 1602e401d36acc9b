# SPDX-License-Identifier: BSD-3-Clause
# mprun and the compiler wrappers.

bin_PROGRAMS += mprun
mprun_SOURCES = launcher/main.c
mprun_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
mprun_LDADD = librtbase.la $(HWLOC_LIBS)

# The names that people know, as link:target.
if MPI_LINKS
mpi_links = mpiexec:mprun mpirun:mprun

install-exec-hook:
	cd "$(DESTDIR)$(bindir)" && for pair in $(mpi_links); do \
	    rm -f $${pair%:*} && $(LN_S) $${pair#*:} $${pair%:*} || exit 1; done

uninstall-hook:
	cd "$(DESTDIR)$(bindir)" && for pair in $(mpi_links); do rm -f $${pair%:*}; done
endif
