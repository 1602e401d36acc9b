# SPDX-License-Identifier: BSD-3-Clause
# The header's test, and the tables it is generated from.

shell_tests += tests/abi.sh tests/abi/exports.sh

EXTRA_DIST += tests/abi/README.md tests/abi/callbacks.tsv tests/abi/constants.tsv \
    tests/abi/functions.tsv tests/abi/handles.tsv tests/abi/check.h tests/abi/checks.awk \
    tests/abi/prototypes.awk tests/abi/user.c
