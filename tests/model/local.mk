# SPDX-License-Identifier: BSD-3-Clause
# The ring, the doorbell, sleeping and the slates, model-checked.

shell_tests += tests/model/check.sh

EXTRA_DIST += tests/model/calls.c tests/model/explore.pml tests/model/include/stdatomic.h \
    tests/model/inside.h tests/model/machine.c tests/model/machine.h tests/model/member.c \
    tests/model/member.h tests/model/rank.c tests/model/ring.c tests/model/slate.c \
    tests/model/sleep.c tests/model/talk.c
