# SPDX-License-Identifier: BSD-3-Clause
# The examples: built with everything else, run by the tests, not installed. Add each to
# example_programs; its source is examples/NAME.c.

example_programs = examples/hello examples/ring examples/pi examples/wordcount examples/heat2d

examples_wordcount_SOURCES = examples/wordcount.c examples/word_table.c examples/word_table.h
examples_heat2d_SOURCES = examples/heat2d.c examples/png.c examples/png.h
examples_heat2d_LDADD = $(LDADD) -lm

# The main job, on real text: that of the system's packages, or else our own.
RUN_DIR = /usr/share/doc

.PHONY: run
run: all
	@folder=$(RUN_DIR); test -d "$$folder" || folder=$(top_srcdir); \
	    set -x; ./mprun -n 8 examples/wordcount "$$folder"

noinst_PROGRAMS += $(example_programs)
