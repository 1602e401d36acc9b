# SPDX-License-Identifier: BSD-3-Clause
# The examples: built with everything else, run by the tests, not installed. Add each to
# example_programs; its source is examples/NAME.c.

example_programs =

noinst_PROGRAMS += $(example_programs)
