# SPDX-License-Identifier: BSD-3-Clause
# mprun and the compiler wrappers.

bin_PROGRAMS += mprun
mprun_SOURCES = launcher/main.c
mprun_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
mprun_LDADD = librtbase.la $(HWLOC_LIBS)

# The compiler wrappers: one script, which sees by its name whether C or C++ is meant. Those in the
# top build folder work there, over the library just built and the headers of the sources.
bin_SCRIPTS += launcher/mpcc launcher/mpcxx
noinst_SCRIPTS += mpcc mpcxx

launcher/mpcc launcher/mpcxx: launcher/mpcc.in Makefile
	$(AM_V_GEN)$(fill_in) $(srcdir)/launcher/mpcc.in > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@

mpcc mpcxx: launcher/mpcc.in Makefile
	$(AM_V_GEN)$(SED) -e 's|@prefix[@]|$(abs_top_builddir)|' \
	    -e 's|@bindir[@]|$(abs_top_builddir)|' -e 's|@libdir[@]|$(abs_top_builddir)/.libs|' \
	    -e 's|@includedir[@]|$(abs_top_srcdir)/include|' $(srcdir)/launcher/mpcc.in \
	    | $(fill_in) > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@

dist_man_MANS += launcher/mpcc.1 launcher/mpcxx.1
CLEANFILES += launcher/mpcc launcher/mpcxx mpcc mpcxx
EXTRA_DIST += launcher/mpcc.in

# The names that people know, as link:target.
if MPI_LINKS
mpi_links = mpiexec:mprun mpirun:mprun mpicc:mpcc mpicxx:mpcxx mpic++:mpcxx

install-exec-hook:
	cd "$(DESTDIR)$(bindir)" && for pair in $(mpi_links); do \
	    rm -f $${pair%:*} && $(LN_S) $${pair#*:} $${pair%:*} || exit 1; done

uninstall-hook:
	cd "$(DESTDIR)$(bindir)" && for pair in $(mpi_links); do rm -f $${pair%:*}; done
endif
