/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunables: values, suffixes, and complaints about bad ones. */
#include "base/tunables.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit.h"

static struct mpr_tunables tunables;
static char complaint[256];

static int read_with(const char *name, const char *value)
{
    setenv(name, value, 1);
    complaint[0] = '\0';
    int count = mpr_tunables_read(&tunables, complaint, sizeof(complaint));
    unsetenv(name);
    return count;
}

static void has_defaults(void)
{
    CU_ASSERT_EQUAL(mpr_tunables_read(&tunables, complaint, sizeof(complaint)), 0);
    CU_ASSERT_EQUAL(tunables.copy, MPR_COPY_AUTO);
    CU_ASSERT_EQUAL(tunables.chunk_bytes, mpr_tunables.chunk_bytes);
}

/* The help text shows the first word as the default. */
static void choices_begin_with_their_default(void)
{
#define CHECK_CHOICE(field, environment, words, initial, meaning)                                  \
    CU_ASSERT_EQUAL((int)(initial), 0);
#define CHECK_NUMBER(field, environment, initial, least, most, meaning)
    MPR_TUNABLES(CHECK_CHOICE, CHECK_NUMBER)
#undef CHECK_CHOICE
#undef CHECK_NUMBER
}

static void reads_words_and_numbers(void)
{
    CU_ASSERT_EQUAL(read_with("MPRUN_COPY", "pipe"), 0);
    CU_ASSERT_EQUAL(tunables.copy, MPR_COPY_PIPE);
    CU_ASSERT_EQUAL(read_with("MPRUN_RING_BYTES", "64k"), 0);
    CU_ASSERT_EQUAL(tunables.ring_bytes, 65536);
    CU_ASSERT_EQUAL(read_with("MPRUN_RING_BYTES", "1M"), 0);
    CU_ASSERT_EQUAL(tunables.ring_bytes, 1 << 20);
    CU_ASSERT_EQUAL(read_with("MPRUN_COPY", ""), 0);
    CU_ASSERT_EQUAL(tunables.copy, MPR_COPY_AUTO);
}

static void complains_and_keeps_the_default(void)
{
    static const char *const bad_numbers[] = {"x", "-1", "12q", "4kk", "999999999999999999999",
                                              " "};
    CU_ASSERT_EQUAL(read_with("MPRUN_COPY", "carrier-pigeon"), 1);
    CU_ASSERT_EQUAL(tunables.copy, MPR_COPY_AUTO);
    CU_ASSERT_PTR_NOT_NULL(strstr(complaint, "MPRUN_COPY=carrier-pigeon"));
    CU_ASSERT_PTR_NOT_NULL(strstr(complaint, "auto|chunk|cma|pipe"));
    for (size_t i = 0; i < sizeof(bad_numbers) / sizeof(bad_numbers[0]); i++) {
        CU_ASSERT_EQUAL(read_with("MPRUN_RING_BYTES", bad_numbers[i]), 1);
        CU_ASSERT_EQUAL(tunables.ring_bytes, mpr_tunables.ring_bytes);
        CU_ASSERT_PTR_NOT_NULL(strstr(complaint, "MPRUN_RING_BYTES="));
    }
}

static void prefixes_of_words_are_not_words(void)
{
    CU_ASSERT_EQUAL(read_with("MPRUN_COPY", "chu"), 1);
    CU_ASSERT_EQUAL(read_with("MPRUN_COPY", "chunk|cma"), 1);
}

UNIT_MAIN("tunables", UNIT(has_defaults), UNIT(choices_begin_with_their_default),
          UNIT(reads_words_and_numbers), UNIT(complains_and_keeps_the_default),
          UNIT(prefixes_of_words_are_not_words))
