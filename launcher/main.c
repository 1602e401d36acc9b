/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry point of mprun. */
#include <stdio.h>
#include <string.h>

#include "base/version.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts(mpr_version_text());
        return 0;
    }
    fprintf(stderr, "usage: mprun --version\n");
    return 1;
}
