/* SPDX-License-Identifier: BSD-3-Clause */
/* Info objects: against a plain model; with no memory left; and how flags are read. */
#include "comm/info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/lib/unit.h"

static int allocations_left = -1; /* so many calls succeed, then they fail; -1: all succeed */

void *__real_realloc(void *memory, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_realloc(void *memory, size_t bytes);
char *__wrap_strdup(const char *text);

static bool may_allocate(void)
{
    if (allocations_left > 0) {
        allocations_left--;
        return true;
    }
    return allocations_left < 0;
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    return may_allocate() ? __real_realloc(memory, bytes) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return may_allocate() ? __real_strdup(text) : NULL;
}

static void handles_name_objects(void)
{
    struct mpr_info *info = mpr_info_make();
    MPI_Info handle = (MPI_Info)info->object.handle;

    CU_ASSERT_PTR_EQUAL(mpr_info_find(handle), info);
    CU_ASSERT_PTR_EQUAL(mpr_info_find(MPI_INFO_ENV), &mpr_info_env);
    CU_ASSERT_PTR_NULL(mpr_info_find(MPI_INFO_NULL));
    CU_ASSERT_PTR_NULL(mpr_info_find((MPI_Info)MPI_COMM_WORLD));
    mpr_info_free(info);
    CU_ASSERT_PTR_NULL(mpr_info_find(handle));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_INFO), 0);
}

/* Keys keep the order in which they came, whatever happens to their values. */
static void behaves_like_a_plain_list(void)
{
    enum { KEYS = 12, STEPS = 20000 };
    struct mpr_info *info = mpr_info_make();
    int order[KEYS], values[KEYS], count = 0;
    char key[16], value[16];

    srand(3);
    for (int step = 0; step < STEPS; step++) {
        int chosen = rand() % KEYS, at = 0;
        snprintf(key, sizeof(key), "key%d", chosen);
        while (at < count && order[at] != chosen) {
            at++;
        }
        if (rand() % 3 == 0) {
            CU_ASSERT_EQUAL(mpr_info_remove(info, key), at < count);
            if (at < count) {
                count--;
                memmove(&order[at], &order[at + 1], (size_t)(count - at) * sizeof(int));
            }
        } else {
            values[chosen] = rand();
            snprintf(value, sizeof(value), "%d", values[chosen]);
            CU_ASSERT_EQUAL(mpr_info_set(info, key, value), MPR_OK);
            order[at] = chosen;
            count += at == count;
        }
        CU_ASSERT_EQUAL_FATAL(info->count, count);
        for (int i = 0; i < count; i++) {
            snprintf(key, sizeof(key), "key%d", order[i]);
            CU_ASSERT_STRING_EQUAL(info->items[i].key, key);
            CU_ASSERT_EQUAL(atoi(mpr_info_get(info, key)), values[order[i]]);
        }
    }
    mpr_info_free(info);
}

/* Whichever allocation fails, the object stays as it was. */
static void without_memory_nothing_changes(void)
{
    struct mpr_info *info = mpr_info_make();

    CU_ASSERT_EQUAL(mpr_info_set(info, "first", "1"), MPR_OK);
    for (int i = 0; i < 2; i++) {
        allocations_left = i;
        CU_ASSERT_EQUAL(mpr_info_set(info, "second", "2"), MPR_ERR_NO_MEMORY);
    }
    allocations_left = 0;
    CU_ASSERT_EQUAL(mpr_info_set(info, "first", "3"), MPR_ERR_NO_MEMORY);
    CU_ASSERT_EQUAL(mpr_info_set_number(info, "third", 3), MPR_ERR_NO_MEMORY);
    allocations_left = -1;
    CU_ASSERT_EQUAL(info->count, 1);
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "first"), "1");

    const char *keys[] = {"2", "3", "4"};
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(mpr_info_set(info, keys[i], ""), MPR_OK);
    }
    allocations_left = 0;
    CU_ASSERT_EQUAL(mpr_info_set(info, "the table is full", "5"), MPR_ERR_NO_MEMORY);
    allocations_left = -1;
    CU_ASSERT_EQUAL(info->count, 4);
    mpr_info_free(info);
}

static void one_object_takes_over_another(void)
{
    struct mpr_info *info = mpr_info_make(), *other = mpr_info_make();

    mpr_info_set(info, "a", "1");
    mpr_info_set(info, "b", "2");
    mpr_info_set(other, "b", "3");
    mpr_info_set_number(other, "c", -9223372036854775807);
    CU_ASSERT_EQUAL(mpr_info_set_all(info, other), MPR_OK);
    CU_ASSERT_EQUAL(info->count, 3);
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "a"), "1");
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "b"), "3");
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "c"), "-9223372036854775807");
    CU_ASSERT_EQUAL(other->count, 2);
    mpr_info_free(info);
    mpr_info_free(other);
}

static void flags_are_read(void)
{
    static const struct {
        const char *text;
        int flag; /* -1: none */
    } rows[] = {{"true", 1},   {"false", 0},    {"  true", 1}, {"false \t", 0},
                {" true ", 1}, {"", -1},        {"True", -1},  {"truest", -1},
                {"1", -1},     {"true no", -1}, {" ", -1},     {"tru", -1}};
    struct mpr_info *info = mpr_info_make();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool flag = rows[i].flag == 0;
        mpr_info_set(info, "flag", rows[i].text);
        CU_ASSERT_EQUAL(mpr_info_get_flag(info, "flag", &flag), rows[i].flag >= 0);
        CU_ASSERT_EQUAL(flag, rows[i].flag >= 0 && rows[i].flag);
    }
    bool unread = true;
    CU_ASSERT_FALSE(mpr_info_get_flag(info, "other", &unread));
    mpr_info_free(info);
}

/* Arguments that do not fit are left out, never cut. */
static void long_arguments_are_left_out(void)
{
    char text[MPI_MAX_INFO_VAL + 1], program[] = "prog", a[] = "a", b[] = "b";
    char *fitting[] = {program, text, NULL};
    struct mpr_info *info = mpr_info_make();

    memset(text, 'x', sizeof(text) - 1);
    text[MPI_MAX_INFO_VAL - 1] = '\0';
    CU_ASSERT_EQUAL(mpr_info_set_env(info, 2, fitting), MPR_OK);
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "command"), "prog");
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "argv"), text);
    mpr_info_free(info);

    info = mpr_info_make();
    char *long_together[] = {program, text, a, NULL};
    CU_ASSERT_EQUAL(mpr_info_set_env(info, 3, long_together), MPR_OK);
    CU_ASSERT_PTR_NULL(mpr_info_get(info, "argv"));
    text[MPI_MAX_INFO_VAL - 1] = 'x';
    text[MPI_MAX_INFO_VAL] = '\0';
    char *long_command[] = {text, a, b, NULL};
    CU_ASSERT_EQUAL(mpr_info_set_env(info, 3, long_command), MPR_OK);
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "argv"), "a b");
    CU_ASSERT_STRING_EQUAL(mpr_info_get(info, "command"), "prog");
    mpr_info_free(info);
}

UNIT_MAIN("info", UNIT(handles_name_objects), UNIT(behaves_like_a_plain_list),
          UNIT(without_memory_nothing_changes), UNIT(one_object_takes_over_another),
          UNIT(flags_are_read), UNIT(long_arguments_are_left_out))
