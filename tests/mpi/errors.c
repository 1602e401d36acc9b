/* SPDX-License-Identifier: BSD-3-Clause */
/* Error classes, codes and texts; error handlers; memory; and bad arguments to all of these. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default */
#include "../lib/mpitest.h"

/* Sanitizers take a size that nobody has for a mistake of the caller, unless they are told
 * otherwise. */
#define VISIBLE __attribute__((visibility("default")))
VISIBLE const char *__asan_default_options(void);
VISIBLE const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

enum { CLASS_LAST = MPI_ERR_ABI };

/* Every predefined class has a text of its own. */
static void check_texts(void)
{
    static char texts[CLASS_LAST + 1][MPI_MAX_ERROR_STRING];
    int length, error_class;

    for (int code = MPI_SUCCESS; code <= CLASS_LAST; code++) {
        length = -1;
        EXPECT_CLASS(MPI_Error_string(code, texts[code], &length), MPI_SUCCESS);
        CHECK_EQ(length, strlen(texts[code]));
        CHECK(length > 5);
        EXPECT_CLASS(MPI_Error_class(code, &error_class), MPI_SUCCESS);
        CHECK_EQ(error_class, code);
        for (int other = 0; other < code; other++) {
            CHECK(strcmp(texts[code], texts[other]) != 0);
        }
    }
}

static void check_unknown_codes(void)
{
    char text[MPI_MAX_ERROR_STRING];
    const int unknown[] = {-1, CLASS_LAST + 1, MPI_ERR_LASTCODE + 1, 2147483647, -2147483647 - 1};
    int number = 77;

    for (int i = 0; i < 5; i++) {
        EXPECT_CLASS(MPI_Error_class(unknown[i], &number), MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Error_string(unknown[i], text, &number), MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Add_error_code(unknown[i], &number), MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Add_error_string(unknown[i], "text"), MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Comm_call_errhandler(MPI_COMM_WORLD, unknown[i]), MPI_ERR_ARG);
    }
    EXPECT_CLASS(MPI_Add_error_code(MPI_UNDEFINED, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Error_class(MPI_ERR_COMM, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Error_string(MPI_ERR_COMM, NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Error_string(MPI_ERR_COMM, text, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Add_error_class(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Add_error_code(MPI_ERR_COMM, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Add_error_string(MPI_ERR_COMM, "text"), MPI_ERR_ARG);
    CHECK_EQ(number, 77);
}

static void expect_text(int code, const char *expected)
{
    char text[MPI_MAX_ERROR_STRING] = "?";
    int length = -1;

    EXPECT_CLASS(MPI_Error_string(code, text, &length), MPI_SUCCESS);
    CHECK(strcmp(text, expected) == 0);
    CHECK_EQ(length, strlen(expected));
}

static void check_added_classes(void)
{
    char longest[MPI_MAX_ERROR_STRING], longer[MPI_MAX_ERROR_STRING + 1];
    int weather, rain, hail, known, found;

    MPI_Add_error_class(&weather);
    CHECK(weather > MPI_ERR_LASTCODE);
    MPI_Add_error_code(weather, &rain);
    MPI_Add_error_code(weather, &hail);
    MPI_Add_error_code(MPI_ERR_IO, &known);
    CHECK(rain > MPI_ERR_LASTCODE && hail > MPI_ERR_LASTCODE && known > MPI_ERR_LASTCODE);
    CHECK(rain != hail && rain != weather && hail != weather && known != hail);
    MPI_Error_class(rain, &found);
    CHECK_EQ(found, weather);
    MPI_Error_class(weather, &found);
    CHECK_EQ(found, weather);
    MPI_Error_class(known, &found);
    CHECK_EQ(found, MPI_ERR_IO);
    EXPECT_CLASS(MPI_Add_error_code(rain, &found), MPI_ERR_ARG);

    expect_text(rain, "");
    MPI_Add_error_string(rain, "it rains");
    expect_text(rain, "it rains");
    MPI_Add_error_string(rain, "it still rains");
    expect_text(rain, "it still rains");
    memset(longer, 'r', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    memcpy(longest, longer, sizeof longest);
    longest[sizeof longest - 1] = '\0';
    MPI_Add_error_string(hail, longest);
    expect_text(hail, longest);
    EXPECT_CLASS(MPI_Add_error_string(hail, longer), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Add_error_string(hail, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_call_errhandler(MPI_COMM_WORLD, rain), MPI_SUCCESS);

#if MPI_VERSION > 4 || (MPI_VERSION == 4 && MPI_SUBVERSION >= 1)
    MPI_Remove_error_string(rain);
    expect_text(rain, "");
    EXPECT_CLASS(MPI_Remove_error_class(weather), MPI_ERR_OTHER);
    EXPECT_CLASS(MPI_Remove_error_class(rain), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_code(weather), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_code(MPI_ERR_COMM), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_class(MPI_ERR_COMM), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_string(MPI_ERR_COMM), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_code(rain), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Remove_error_code(rain), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Error_class(rain, &found), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Remove_error_code(hail), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Remove_error_class(weather), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Remove_error_code(known), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Error_class(weather, &found), MPI_ERR_ARG);
#endif
}

static void check_handlers(void)
{
    const MPI_Errhandler known[] = {MPI_ERRORS_ARE_FATAL, MPI_ERRORS_ABORT, MPI_ERRORS_RETURN};
    const MPI_Errhandler unknown[] = {MPI_ERRHANDLER_NULL, (MPI_Errhandler)MPI_COMM_WORLD,
                                      (MPI_Errhandler)(uintptr_t)0x7fff12345678};
    MPI_Errhandler handler;
    MPI_Comm copy;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    for (int i = 0; i < 3; i++) {
        EXPECT_CLASS(MPI_Comm_set_errhandler(copy, known[i]), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Comm_get_errhandler(copy, &handler), MPI_SUCCESS);
        CHECK(handler == known[i]);
        CHECK(MPI_Errhandler_fromint(MPI_Errhandler_toint(handler)) == handler);
        EXPECT_CLASS(MPI_Errhandler_free(&handler), MPI_SUCCESS);
        CHECK(handler == MPI_ERRHANDLER_NULL);
    }
    for (int i = 0; i < 3; i++) {
        EXPECT_CLASS(MPI_Comm_set_errhandler(copy, unknown[i]), MPI_ERR_ERRHANDLER);
        handler = unknown[i];
        EXPECT_CLASS(MPI_Errhandler_free(&handler), MPI_ERR_ERRHANDLER);
    }
    EXPECT_CLASS(MPI_Comm_get_errhandler(copy, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Errhandler_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_call_errhandler(copy, MPI_ERR_TRUNCATE), MPI_SUCCESS);
    MPI_Comm_free(&copy);
}

static void check_memory(void)
{
    enum { BLOCKS = 200 };
    char *blocks[BLOCKS], on_stack = 0;
    void *base = &on_stack;

    for (int i = 0; i < BLOCKS; i++) {
        MPI_Aint size = i * i;
        EXPECT_CLASS(MPI_Alloc_mem(size, MPI_INFO_NULL, &blocks[i]), MPI_SUCCESS);
        CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % 16 == 0);
        mpitest_fill(blocks[i], (size_t)size, (uint64_t)i);
    }
    for (int i = 0; i < BLOCKS; i++) {
        CHECK_PATTERN(blocks[i], (size_t)(i * i), (uint64_t)i);
        EXPECT_CLASS(MPI_Free_mem(blocks[i]), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Free_mem(blocks[i]), MPI_ERR_BASE);
    }
    EXPECT_CLASS(MPI_Free_mem(&on_stack), MPI_ERR_BASE);
    EXPECT_CLASS(MPI_Free_mem(NULL), MPI_ERR_BASE);
    EXPECT_CLASS(MPI_Alloc_mem(-1, MPI_INFO_NULL, &base), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alloc_mem(8, MPI_INFO_NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alloc_mem(8, (MPI_Info)(uintptr_t)0x765432, &base), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Alloc_mem(INTPTR_MAX, MPI_INFO_NULL, &base), MPI_ERR_NO_MEM);
    CHECK(base == &on_stack);
}

static void check_conversions(void)
{
    MPI_Comm copy;
    MPI_Group group;
    int size = -1;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_group(copy, &group);
    CHECK(MPI_Comm_fromint(MPI_Comm_toint(copy)) == copy);
    CHECK(MPI_Group_fromint(MPI_Group_toint(group)) == group);
    CHECK(MPI_Comm_toint(copy) > 4095 && MPI_Group_toint(group) > 4095);
    CHECK(MPI_Comm_fromint(MPI_Comm_toint(MPI_COMM_WORLD)) == MPI_COMM_WORLD);
    CHECK_EQ(MPI_Comm_toint(MPI_COMM_NULL), (intptr_t)MPI_COMM_NULL);
    CHECK(MPI_Group_fromint((int)(intptr_t)MPI_GROUP_EMPTY) == MPI_GROUP_EMPTY);
    CHECK(MPI_Type_fromint(MPI_Type_toint(MPI_INT)) == MPI_INT);
    CHECK(MPI_Op_fromint(MPI_Op_toint(MPI_SUM)) == MPI_SUM);
    CHECK(MPI_Request_fromint(MPI_Request_toint(MPI_REQUEST_NULL)) == MPI_REQUEST_NULL);
    EXPECT_CLASS(MPI_Comm_size(MPI_Comm_fromint(123456789), &size), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_size(MPI_Comm_fromint(MPI_Group_toint(group)), &size), MPI_ERR_COMM);
    MPI_Group_free(&group);
    MPI_Comm_free(&copy);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_texts();
    check_unknown_codes();
    check_added_classes();
    check_handlers();
    check_memory();
    check_conversions();
    return mpitest_finish();
}
