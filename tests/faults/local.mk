# SPDX-License-Identifier: BSD-3-Clause
# Faults: ranks and launchers that die, resources that lack, system calls that are forbidden.

check_PROGRAMS += tests/faults/apart tests/faults/crowd tests/faults/die tests/faults/locked \
    tests/faults/respawn tests/faults/starve tests/faults/survive tests/faults/workers \
    tests/lib/forbid
tests_faults_apart_SOURCES = tests/faults/apart.c
tests_faults_crowd_SOURCES = tests/faults/crowd.c
tests_faults_die_SOURCES = tests/faults/die.c
tests_faults_locked_SOURCES = tests/faults/locked.c
tests_faults_respawn_SOURCES = tests/faults/respawn.c
tests_faults_starve_SOURCES = tests/faults/starve.c
tests_faults_survive_SOURCES = tests/faults/survive.c tests/faults/survive_after.c \
    tests/faults/survive_places.c tests/faults/survive.h
tests_faults_workers_SOURCES = tests/faults/workers.c
tests_lib_forbid_SOURCES = tests/lib/forbid.c
tests_lib_forbid_LDADD =
shell_tests += tests/faults/apart.sh tests/faults/deaths.sh tests/faults/forbidden.sh \
    tests/faults/locked.sh tests/faults/resources.sh tests/faults/spawned.sh \
    tests/faults/survivors.sh
