# SPDX-License-Identifier: BSD-3-Clause
# The examples: built with everything else, run by the tests, not installed. Add each to
# example_programs; its source is examples/NAME.c.

small_examples = examples/hello examples/ring examples/pi examples/wordcount examples/heat2d
large_examples = examples/cg examples/stencil3d examples/samplesort examples/fft2d examples/nbody \
    examples/matmul
pool_examples = examples/mandelbrot examples/files examples/pipeline examples/bank
example_programs = $(small_examples) $(large_examples) $(pool_examples)

pool_libs = libmp.la $(LDADD)

examples_wordcount_SOURCES = examples/wordcount.c examples/tape.c examples/tape.h \
    examples/word_table.c examples/word_table.h
examples_wordcount_LDADD = $(pool_libs)
examples_heat2d_SOURCES = examples/heat2d.c examples/png.c examples/png.h
examples_heat2d_LDADD = $(LDADD) -lm
examples_cg_SOURCES = examples/cg.c examples/kit.h
examples_cg_LDADD = $(LDADD) -lm
examples_stencil3d_SOURCES = examples/stencil3d.c examples/kit.h
examples_stencil3d_LDADD = $(LDADD) -lm
examples_samplesort_SOURCES = examples/samplesort.c examples/kit.h
examples_fft2d_SOURCES = examples/fft2d.c examples/kit.h
examples_fft2d_LDADD = $(LDADD) -lm
examples_nbody_SOURCES = examples/nbody.c examples/kit.h
examples_nbody_LDADD = $(LDADD) -lm
examples_matmul_SOURCES = examples/matmul.c examples/kit.h
examples_matmul_LDADD = $(LDADD) -lm
examples_mandelbrot_SOURCES = examples/mandelbrot.c examples/png.c examples/png.h
examples_mandelbrot_LDADD = $(pool_libs) -lm
examples_files_SOURCES = examples/files.c examples/tape.c examples/tape.h
examples_files_LDADD = $(pool_libs)
examples_pipeline_SOURCES = examples/pipeline.c examples/tape.c examples/tape.h
examples_pipeline_LDADD = $(pool_libs)
examples_bank_LDADD = $(pool_libs)

# The main job, on real text: that of the system's packages, or else our own.
RUN_DIR = /usr/share/doc

.PHONY: run
run: all
	@folder=$(RUN_DIR); test -d "$$folder" || folder=$(top_srcdir); \
	    set -x; ./mprun -n 8 examples/wordcount "$$folder"

noinst_PROGRAMS += $(example_programs)
