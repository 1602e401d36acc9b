# SPDX-License-Identifier: BSD-3-Clause
# The launcher's shell tests: shell_tests += tests/launcher/x.sh

shell_tests += tests/launcher/cmake.sh tests/launcher/wrappers.sh

shell_tests += tests/launcher/misuse.sh
check_PROGRAMS += tests/launcher/misuse
tests_launcher_misuse_SOURCES = tests/launcher/misuse.c

check_PROGRAMS += tests/launcher/interrupted
tests_launcher_interrupted_SOURCES = tests/launcher/interrupted.c

shell_tests += \
    tests/launcher/continue.sh \
    tests/launcher/ends.sh \
    tests/launcher/foreign.sh \
    tests/launcher/hang.sh \
    tests/launcher/heap.sh \
    tests/launcher/input.sh \
    tests/launcher/options.sh \
    tests/launcher/output.sh \
    tests/launcher/placement.sh \
    tests/launcher/programs.sh \
    tests/launcher/refused.sh \
    tests/launcher/signals.sh \
    tests/launcher/where.sh
