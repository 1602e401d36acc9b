/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps config.h in one file: a new version number recompiles nothing else. */
#include "config.h"

#include "base/version.h"

const char *mpr_version_text(void)
{
    return PACKAGE_STRING;
}
