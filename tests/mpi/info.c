/* SPDX-License-Identifier: BSD-3-Clause */
/* Info objects: setting, reading, copying, limits, wrong arguments; and use at any time. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=30 */
#include "../lib/flattest.h"

enum { CYCLES = 100000, KEYS = 100, BUFFER = MPI_MAX_INFO_VAL + 10 };

/* The value of a key, or "none", through all calls that read. */
static const char *value_of(MPI_Info info, const char *key)
{
    static char value[BUFFER];
    char same[BUFFER];
    int length = -1, flag = -1;

    EXPECT_CLASS(MPI_Info_get_valuelen(info, key, &length, &flag), MPI_SUCCESS);
    strcpy(value, "untouched");
    if (flag) {
        CHECK(length >= 0 && length < MPI_MAX_INFO_VAL);
    }
    EXPECT_CLASS(MPI_Info_get(info, key, MPI_MAX_INFO_VAL, value, &flag), MPI_SUCCESS);
    if (!flag) {
        CHECK(strcmp(value, "untouched") == 0);
    }
#if MPI_VERSION >= 4
    int buflen = 0, same_flag = -1;
    EXPECT_CLASS(MPI_Info_get_string(info, key, &buflen, same, &same_flag), MPI_SUCCESS);
    CHECK_EQ(same_flag, flag);
    CHECK_EQ(buflen, flag ? length + 1 : 0);
    buflen = sizeof same;
    strcpy(same, "untouched");
    EXPECT_CLASS(MPI_Info_get_string(info, key, &buflen, same, &same_flag), MPI_SUCCESS);
    CHECK(strcmp(same, value) == 0);
    CHECK_EQ(buflen, flag ? length + 1 : (int)sizeof same);
#else
    strcpy(same, value);
#endif
    return flag ? value : "none";
}

static int count_of(MPI_Info info)
{
    int count = -1;
    EXPECT_CLASS(MPI_Info_get_nkeys(info, &count), MPI_SUCCESS);
    return count;
}

static void check_values(void)
{
    MPI_Info info = MPI_INFO_NULL, copy = MPI_INFO_NULL;

    EXPECT_CLASS(MPI_Info_create(&info), MPI_SUCCESS);
    CHECK(info != MPI_INFO_NULL);
    CHECK_EQ(count_of(info), 0);
    CHECK(strcmp(value_of(info, "color"), "none") == 0);
    EXPECT_CLASS(MPI_Info_set(info, "color", "green"), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Info_set(info, "Color", "GREEN"), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Info_set(info, "size", "11"), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Info_set(info, "color", "light blue"), MPI_SUCCESS);
    CHECK_EQ(count_of(info), 3);
    CHECK(strcmp(value_of(info, "color"), "light blue") == 0);
    CHECK(strcmp(value_of(info, "Color"), "GREEN") == 0);

    // A copy is another object.
    EXPECT_CLASS(MPI_Info_dup(info, &copy), MPI_SUCCESS);
    CHECK(copy != info);
    EXPECT_CLASS(MPI_Info_delete(info, "color"), MPI_SUCCESS);
    MPI_Info_set(info, "size", "12");
    CHECK(strcmp(value_of(info, "color"), "none") == 0);
    CHECK(strcmp(value_of(copy, "color"), "light blue") == 0);
    CHECK(strcmp(value_of(copy, "size"), "11") == 0);
    CHECK_EQ(count_of(info), 2);
    CHECK_EQ(count_of(copy), 3);
    EXPECT_CLASS(MPI_Info_free(&info), MPI_SUCCESS);
    CHECK(info == MPI_INFO_NULL);
    CHECK(strcmp(value_of(copy, "Color"), "GREEN") == 0);
    MPI_Info_free(&copy);
}

/* Every key comes once, in an order that changes only with the keys. */
static void check_keys(void)
{
    char key[MPI_MAX_INFO_KEY + 1], seen[KEYS] = {0};
    MPI_Info info;

    MPI_Info_create(&info);
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "key %d", i);
        MPI_Info_set(info, key, key + 4);
    }
    for (int i = 0; i < KEYS; i += 3) {
        snprintf(key, sizeof key, "key %d", i);
        EXPECT_CLASS(MPI_Info_delete(info, key), MPI_SUCCESS);
    }
    int count = count_of(info);
    CHECK_EQ(count, KEYS - (KEYS + 2) / 3);
    for (int n = 0; n < count; n++) {
        EXPECT_CLASS(MPI_Info_get_nthkey(info, n, key), MPI_SUCCESS);
        int i = atoi(key + 4);
        CHECK(i >= 0 && i < KEYS && i % 3 != 0 && !seen[i]);
        seen[i] = 1;
        CHECK_EQ(atoi(value_of(info, key)), i);
    }
    MPI_Info_free(&info);
}

/* Values that are cut when the program gives less room. */
static void check_cuts(void)
{
    char value[16];
    int flag;
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "k", "0123456789");
    memset(value, '?', sizeof value);
    MPI_Info_get(info, "k", 4, value, &flag);
    CHECK(flag && memcmp(value, "0123\0?", 6) == 0);
#ifdef MPI_ABI_VERSION
    MPI_Info_get(info, "k", 0, value, &flag);
    CHECK(flag && memcmp(value,
                         "\0"
                         "123",
                         4) == 0);
#endif
#if MPI_VERSION >= 4
    int buflen = 4;
    memset(value, '?', sizeof value);
    MPI_Info_get_string(info, "k", &buflen, value, &flag);
    CHECK(flag && memcmp(value, "012\0?", 5) == 0);
    CHECK_EQ(buflen, 11);
    MPI_Info_get_string(info, "k", &buflen, value, &flag);
    CHECK(strcmp(value, "0123456789") == 0);
    CHECK_EQ(buflen, 11);
    buflen = 1;
    MPI_Info_get_string(info, "k", &buflen, value, &flag);
    CHECK(value[0] == '\0' && value[1] == '1');
#endif
    MPI_Info_free(&info);
}

static void check_limits(void)
{
    char key[MPI_MAX_INFO_KEY + 2], value[MPI_MAX_INFO_VAL + 2], back[BUFFER];
    MPI_Info info;

    MPI_Info_create(&info);
    memset(key, 'k', sizeof key);
    memset(value, 'v', sizeof value);
    key[MPI_MAX_INFO_KEY - 1] = value[MPI_MAX_INFO_VAL - 1] = '\0';
    EXPECT_CLASS(MPI_Info_set(info, key, value), MPI_SUCCESS);
    CHECK(strcmp(value_of(info, key), value) == 0);
    MPI_Info_get_nthkey(info, 0, back);
    CHECK(strcmp(back, key) == 0);
    EXPECT_CLASS(MPI_Info_delete(info, key), MPI_SUCCESS);
#ifdef MPI_ABI_VERSION
    int number = 7, flag = 7;
    value[MPI_MAX_INFO_VAL - 1] = 'v';
    value[MPI_MAX_INFO_VAL] = '\0';
    EXPECT_CLASS(MPI_Info_set(info, "k", value), MPI_ERR_INFO_VALUE);
    EXPECT_CLASS(MPI_Info_set(info, "k", NULL), MPI_ERR_INFO_VALUE);
    EXPECT_CLASS(MPI_Info_set(info, "k", ""), MPI_SUCCESS);
    CHECK(strcmp(value_of(info, "k"), "") == 0);
    key[MPI_MAX_INFO_KEY - 1] = 'k';
    key[MPI_MAX_INFO_KEY] = '\0';
    const char *wrong[] = {key, "", NULL};
    for (int i = 0; i < 3; i++) {
        EXPECT_CLASS(MPI_Info_set(info, wrong[i], "v"), MPI_ERR_INFO_KEY);
        EXPECT_CLASS(MPI_Info_get(info, wrong[i], 5, back, &flag), MPI_ERR_INFO_KEY);
        EXPECT_CLASS(MPI_Info_get_string(info, wrong[i], &number, back, &flag), MPI_ERR_INFO_KEY);
        EXPECT_CLASS(MPI_Info_get_valuelen(info, wrong[i], &number, &flag), MPI_ERR_INFO_KEY);
        EXPECT_CLASS(MPI_Info_delete(info, wrong[i]), MPI_ERR_INFO_KEY);
    }
    CHECK(number == 7 && flag == 7);
    CHECK_EQ(count_of(info), 1);
#endif
    EXPECT_CLASS(MPI_Info_delete(info, "absent"), MPI_ERR_INFO_NOKEY);
    MPI_Info_free(&info);
}

static void check_bad_arguments(void)
{
#ifdef MPI_ABI_VERSION
    char text[BUFFER];
    int number = 7, flag = 7, negative = -1;
    MPI_Info info, freed, made = MPI_INFO_NULL;

    MPI_Info_create(&freed);
    info = freed;
    MPI_Info_free(&freed);
    const MPI_Info wrong[] = {MPI_INFO_NULL, info, (MPI_Info)MPI_COMM_WORLD,
                              (MPI_Info)(uintptr_t)0x7fff87654321};
    for (int i = 0; i < 4; i++) {
        info = wrong[i];
        EXPECT_CLASS(MPI_Info_set(info, "k", "v"), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_delete(info, "k"), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_get(info, "k", 5, text, &flag), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_get_string(info, "k", &number, text, &flag), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_get_valuelen(info, "k", &number, &flag), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_get_nkeys(info, &number), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_get_nthkey(info, 0, text), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_dup(info, &made), MPI_ERR_INFO);
        EXPECT_CLASS(MPI_Info_free(&info), MPI_ERR_INFO);
        CHECK(info == wrong[i]);
        if (i > 0) {
            void *memory;
            MPI_Comm comm;
            EXPECT_CLASS(MPI_Alloc_mem(8, info, &memory), MPI_ERR_INFO);
            EXPECT_CLASS(MPI_Comm_dup_with_info(MPI_COMM_WORLD, info, &comm), MPI_ERR_INFO);
            EXPECT_CLASS(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, info, &comm),
                         MPI_ERR_INFO);
        }
    }
    MPI_Info_create(&info);
    MPI_Info_set(info, "k", "v");
    EXPECT_CLASS(MPI_Info_create(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_create_env(0, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_dup(info, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get(info, "k", -1, text, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get(info, "k", 5, NULL, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get(info, "k", 5, text, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_string(info, "k", &negative, text, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_string(info, "k", NULL, text, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_string(info, "k", &number, NULL, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_string(info, "k", &number, text, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_valuelen(info, "k", NULL, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_valuelen(info, "k", &number, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_nkeys(info, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_nthkey(info, 0, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_nthkey(info, -1, text), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Info_get_nthkey(info, 1, text), MPI_ERR_ARG);
    CHECK(number == 7 && flag == 7 && made == MPI_INFO_NULL);
    CHECK(MPI_Info_fromint(MPI_Info_toint(info)) == info);
    CHECK(MPI_Info_fromint(MPI_Info_toint(MPI_INFO_ENV)) == MPI_INFO_ENV);
    MPI_Info_free(&info);
#endif
}

/* Memory as a program wants it to lie. */
static void check_alignment(void)
{
#if MPI_VERSION >= 4
    MPI_Info info;
    void *memory = NULL;

    MPI_Info_create(&info);
    MPI_Info_set(info, "mpi_minimum_memory_alignment", "65536");
    for (int size = 0; size < 300000; size += 99999) {
        EXPECT_CLASS(MPI_Alloc_mem(size, info, &memory), MPI_SUCCESS);
        CHECK_EQ((uintptr_t)memory % 65536, 0);
        memset(memory, 1, (size_t)size);
        MPI_Free_mem(memory);
    }
#ifdef MPI_ABI_VERSION
    MPI_Info_set(info, "mpi_minimum_memory_alignment", "4");
    EXPECT_CLASS(MPI_Alloc_mem(5, info, &memory), MPI_SUCCESS);
    MPI_Free_mem(memory);
    MPI_Info_set(info, "mpi_minimum_memory_alignment", "24");
    EXPECT_CLASS(MPI_Alloc_mem(5, info, &memory), MPI_ERR_INFO_VALUE);
    MPI_Info_set(info, "mpi_minimum_memory_alignment", "much");
    EXPECT_CLASS(MPI_Alloc_mem(5, info, &memory), MPI_ERR_INFO_VALUE);
#endif
    MPI_Info_free(&info);
#endif
}

static void cycle(int index)
{
    MPI_Info info, copy;

    MPI_Info_create(&info);
    MPI_Info_set(info, "one", index % 2 == 0 ? "even" : "odd");
    MPI_Info_set(info, "one", "two");
    MPI_Info_set(info, "three", "four");
    MPI_Info_dup(info, &copy);
    MPI_Info_delete(copy, "one");
    MPI_Info_free(&copy);
    MPI_Info_free(&info);
}

/* In MPI 4 and later these calls need neither MPI_Init nor an unfinished MPI. */
int main(int argc, char **argv)
{
#if MPI_VERSION >= 4
    MPI_Info early;
    MPI_Info_create(&early);
    MPI_Info_set(early, "when", "before");
    check_values();
    check_keys();
#endif
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_values();
    check_keys();
    check_cuts();
    check_limits();
    check_bad_arguments();
    check_alignment();
    flattest_check(cycle, CYCLES);

    int status = mpitest_finish();
#if MPI_VERSION >= 4
    CHECK(strcmp(value_of(early, "when"), "before") == 0);
    MPI_Info_free(&early);
    check_values();
#endif
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : status;
}
