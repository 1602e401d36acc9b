# SPDX-License-Identifier: BSD-3-Clause
# mprun and the compiler wrappers.

# Everything but main, for mprun and for the unit tests.
noinst_LTLIBRARIES += liblauncher.la
liblauncher_la_SOURCES = \
    launcher/children.c \
    launcher/children.h \
    launcher/cpu_use.c \
    launcher/cpu_use.h \
    launcher/cpus.c \
    launcher/cpus.h \
    launcher/domains.c \
    launcher/domains.h \
    launcher/environment.c \
    launcher/environment.h \
    launcher/foreign.c \
    launcher/foreign.h \
    launcher/guess.c \
    launcher/guess.h \
    launcher/heap.c \
    launcher/heap.h \
    launcher/inbox.c \
    launcher/inbox.h \
    launcher/input.c \
    launcher/input.h \
    launcher/launch.c \
    launcher/launch.h \
    launcher/launch_answer.c \
    launcher/launch_end.c \
    launcher/launch_grow.c \
    launcher/launch_hang.c \
    launcher/launch_start.c \
    launcher/launch_state.h \
    launcher/options.c \
    launcher/options.h \
    launcher/options_table.c \
    launcher/options_table.h \
    launcher/output.c \
    launcher/output.h \
    launcher/plan.c \
    launcher/plan.h \
    launcher/plan_extend.c \
    launcher/plan_print.c \
    launcher/plan_print.h \
    launcher/ports.c \
    launcher/ports.h \
    launcher/programs.c \
    launcher/programs.h \
    launcher/report.c \
    launcher/report.h \
    launcher/signals.c \
    launcher/signals.h \
    launcher/spawn.c \
    launcher/spawn.h \
    launcher/status.c \
    launcher/status.h \
    launcher/terminal.c \
    launcher/terminal.h \
    launcher/topology.c \
    launcher/topology.h \
    launcher/where.c \
    launcher/where.h
liblauncher_la_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS) -DMPR_LIBDIR='"$(libdir)"'
liblauncher_la_LIBADD = librtbase.la $(HWLOC_LIBS)

bin_PROGRAMS += mprun
mprun_SOURCES = launcher/main.c
mprun_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
mprun_LDADD = liblauncher.la

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

dist_man_MANS += launcher/mprun.1 launcher/mpcc.1 launcher/mpcxx.1
CLEANFILES += launcher/mpcc launcher/mpcxx mpcc mpcxx
EXTRA_DIST += launcher/mpcc.in

# The names that people know, as link:target, and manual pages for them. A link and its target are
# called as configure would have them (--program-prefix and the like): $$1 and $$2 in the loops.
if MPI_LINKS
mpi_links = mpiexec:mprun mpirun:mprun mpicc:mpcc mpicxx:mpcxx mpic++:mpcxx
for_links = for pair in $(mpi_links); do \
    set -- $$(echo $$pair | tr : '\n' | $(SED) '$(transform)')

install-exec-hook:
	cd "$(DESTDIR)$(bindir)" && $(for_links) && rm -f $$1 && $(LN_S) $$2 $$1 || exit 1; done

install-data-hook:
	cd "$(DESTDIR)$(man1dir)" && $(for_links) && echo ".so man1/$$2.1" >$$1.1 || exit 1; done

uninstall-hook:
	$(for_links); rm -f "$(DESTDIR)$(bindir)/$$1" "$(DESTDIR)$(man1dir)/$$1.1"; done
endif
