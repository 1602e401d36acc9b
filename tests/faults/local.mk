# SPDX-License-Identifier: BSD-3-Clause
# Faults: ranks and launchers that die, resources that lack, system calls that are forbidden.

check_PROGRAMS += tests/faults/die
tests_faults_die_SOURCES = tests/faults/die.c
shell_tests += tests/faults/deaths.sh
