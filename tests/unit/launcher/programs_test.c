/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs are read from the texts of a question, whatever these are, and `soft` is understood. */
#include "launcher/programs.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/unit.h"

static char texts[] = "3\0prog\0/tmp\0\0\0A=1\nnothing\nB=2\0002\0one\0\0"
                      "1\0other\0\0/a:/b\0001:4\0\0000";

static void reads_what_was_written(void)
{
    char copy[sizeof(texts)];
    struct mpr_program *programs;

    memcpy(copy, texts, sizeof(texts));
    CU_ASSERT_EQUAL_FATAL(mpr_programs_read(&programs, 2, copy, sizeof(copy)), 0);
    CU_ASSERT_EQUAL(programs[0].process_count, 3);
    CU_ASSERT_STRING_EQUAL(programs[0].command, "prog");
    CU_ASSERT_STRING_EQUAL(programs[0].directory, "/tmp");
    CU_ASSERT_PTR_NULL(programs[0].path);
    CU_ASSERT_EQUAL(programs[0].settings.count, 2);
    CU_ASSERT_STRING_EQUAL(programs[0].settings.texts[1], "B=2");
    CU_ASSERT_STRING_EQUAL(programs[0].argv[1], "one");
    CU_ASSERT_STRING_EQUAL(programs[0].argv[2], "");
    CU_ASSERT_PTR_NULL(programs[0].argv[3]);
    CU_ASSERT_STRING_EQUAL(programs[1].path, "/a:/b");
    CU_ASSERT_STRING_EQUAL(programs[1].soft, "1:4");
    CU_ASSERT_EQUAL(memcmp(copy, texts, sizeof(texts)), 0); // to be read again
    mpr_programs_free(programs, 2);
}

static void refuses_what_is_cut(void)
{
    for (size_t bytes = 0; bytes < sizeof(texts) - 1; bytes++) {
        char copy[sizeof(texts)];
        struct mpr_program *programs;
        memcpy(copy, texts, sizeof(texts));
        if (mpr_programs_read(&programs, 2, copy, bytes) == 0) {
            CU_ASSERT_TRUE(bytes == sizeof(texts) - 1);
            mpr_programs_free(programs, 2);
        }
    }
}

static int choose(const char *soft, int wanted, int most)
{
    const struct mpr_program program = {.process_count = wanted, .soft = soft};
    return mpr_program_choose_count(&program, most);
}

static void understands_soft(void)
{
    CU_ASSERT_EQUAL(choose(NULL, 4, 4), 4);
    CU_ASSERT_EQUAL(choose(NULL, 5, 4), 0);
    CU_ASSERT_EQUAL(choose("3", 8, 8), 3);
    CU_ASSERT_EQUAL(choose("1:8", 8, 5), 5);
    CU_ASSERT_EQUAL(choose("2:8:4", 8, 8), 6);
    CU_ASSERT_EQUAL(choose("2:8:4", 8, 5), 2);
    CU_ASSERT_EQUAL(choose("1,4,16", 20, 9), 4);
    CU_ASSERT_EQUAL(choose("1,4, 2:6:2", 20, 20), 6);
    CU_ASSERT_EQUAL(choose("8:2:-3", 20, 20), 8);
    CU_ASSERT_EQUAL(choose("8:2:-3", 20, 7), 5);
    CU_ASSERT_EQUAL(choose("8:6:-1", 20, 5), 0);
    CU_ASSERT_EQUAL(choose("0", 4, 4), 0);
    CU_ASSERT_EQUAL(choose("0:3", 2, 4), 2);
    CU_ASSERT_EQUAL(choose("some", 4, 4), -1);
    CU_ASSERT_EQUAL(choose("1:2:0", 4, 4), -1);
    CU_ASSERT_EQUAL(choose("1;2", 4, 4), -1);
}

UNIT_MAIN("programs", UNIT(reads_what_was_written), UNIT(refuses_what_is_cut),
          UNIT(understands_soft))
