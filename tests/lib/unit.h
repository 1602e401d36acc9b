/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs one CUnit suite and makes its result the exit status; a unit test ends with
 *
 *     UNIT_MAIN("ring", UNIT(wraps_at_the_end), UNIT(pushes_back_when_full))
 *
 * where each name is a function `static void wraps_at_the_end(void)` that uses CU_ASSERT_*.
 */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct unit_test {
    const char *name;
    CU_TestFunc function;
};

/* Runs the tests in order. Returns EXIT_SUCCESS when all of them ran and every assertion held. */
static inline int unit_run(const char *suite_name, const struct unit_test *tests, size_t count)
{
    if (CU_initialize_registry() == CUE_SUCCESS) {
        CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
        for (size_t i = 0; suite && i < count; i++)
            CU_add_test(suite, tests[i].name, tests[i].function);
        CU_basic_set_mode(CU_BRM_VERBOSE);
        CU_basic_run_tests();
        putchar('\n');
    }
    int good = CU_get_number_of_tests_run() == count && CU_get_number_of_failures() == 0;
    CU_cleanup_registry();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT(function) {#function, function}

#define UNIT_MAIN(suite_name, ...)                                            \
    int main(void)                                                            \
    {                                                                         \
        static const struct unit_test tests[] = {__VA_ARGS__};                \
        return unit_run(suite_name, tests, sizeof(tests) / sizeof(tests[0])); \
    }

#endif
