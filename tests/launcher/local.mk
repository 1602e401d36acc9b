# SPDX-License-Identifier: BSD-3-Clause
# The launcher's shell tests: shell_tests += tests/launcher/x.sh

shell_tests += tests/launcher/cmake.sh tests/launcher/wrappers.sh
