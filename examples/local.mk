# SPDX-License-Identifier: BSD-3-Clause
# The examples: built with everything else, run by the tests, not installed. Add each to
# example_programs; its source is examples/NAME.c.

example_programs =

# The main job, on real text: every Linux system has some there.
RUN_DIR = /usr/share/doc

.PHONY: run
run: all
	./mprun -n 8 examples/wordcount $(RUN_DIR)

noinst_PROGRAMS += $(example_programs)
