/* SPDX-License-Identifier: BSD-3-Clause */
/* Keyvals and attributes as objects: numbers, references, order; and against a plain model. */
#include "comm/attribute.h"

#include <stdlib.h>

#include "base/error.h"
#include "tests/lib/unit.h"

static struct mpr_keyval *make(enum mpr_kind kind)
{
    struct mpr_keyval *keyval = NULL;
    union mpr_copy_function copy = {.comm = MPI_COMM_DUP_FN};
    union mpr_delete_function delete = {.comm = MPI_COMM_NULL_DELETE_FN};

    CU_ASSERT_EQUAL_FATAL(mpr_keyval_make(kind, copy, delete, NULL, &keyval), MPR_OK);
    return keyval;
}

static void numbers_name_keyvals(void)
{
    struct mpr_keyval *first = make(MPR_KIND_COMM), *second = make(MPR_KIND_TYPE);
    int number = mpr_keyval_number(first);

    CU_ASSERT(number > MPR_HANDLE_PREDEFINED_MAX);
    CU_ASSERT(number != mpr_keyval_number(second));
    CU_ASSERT_PTR_EQUAL(mpr_keyval_find(number), first);
    CU_ASSERT_PTR_EQUAL(mpr_keyval_find(mpr_keyval_number(second)), second);
    CU_ASSERT_EQUAL(second->kind, MPR_KIND_TYPE);
    const int strangers[] = {MPI_KEYVAL_INVALID, MPI_TAG_UB, -1, 123456, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        CU_ASSERT_PTR_NULL(mpr_keyval_find(strangers[i]));
    }
    mpr_keyval_free(first);
    CU_ASSERT_PTR_NULL(mpr_keyval_find(number));
    mpr_keyval_free(second);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_KEYVAL), 0);
}

static void a_freed_keyval_lives_while_attributes_have_it(void)
{
    struct mpr_attributes one = {0}, other = {0};
    struct mpr_keyval *keyval = make(MPR_KIND_COMM);
    int number = mpr_keyval_number(keyval), value;

    CU_ASSERT_EQUAL(mpr_attributes_set(&one, keyval, &value), MPR_OK);
    CU_ASSERT_EQUAL(mpr_attributes_set(&one, keyval, NULL), MPR_OK);
    CU_ASSERT_EQUAL(mpr_attributes_set(&other, keyval, &value), MPR_OK);
    mpr_keyval_free(keyval);
    CU_ASSERT(keyval->freed);
    CU_ASSERT_PTR_EQUAL(mpr_keyval_find(number), keyval);
    CU_ASSERT_PTR_NULL(mpr_attributes_find(&one, keyval)->value);
    mpr_attributes_remove(&one, keyval);
    mpr_attributes_remove(&one, keyval);
    CU_ASSERT_PTR_NULL(mpr_attributes_find(&one, keyval));
    CU_ASSERT_PTR_EQUAL(mpr_attributes_find(&other, keyval)->value, &value);
    mpr_attributes_clear(&other);
    CU_ASSERT_PTR_NULL(mpr_keyval_find(number));
    mpr_attributes_clear(&one);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_KEYVAL), 0);
}

/* The order of setting, where what is set again comes last, through random changes. */
static void order_is_that_of_setting(void)
{
    enum { KEYVALS = 9, STEPS = 20000 };
    struct mpr_attributes attributes = {0};
    struct mpr_keyval *keyvals[KEYVALS], *model[KEYVALS];
    void *values[KEYVALS];
    int count = 0;

    srand(7);
    for (int i = 0; i < KEYVALS; i++) {
        keyvals[i] = make(MPR_KIND_COMM);
    }
    for (int step = 0; step < STEPS; step++) {
        struct mpr_keyval *keyval = keyvals[rand() % KEYVALS];
        void *value = (void *)(uintptr_t)rand();
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (model[i] != keyval) {
                model[kept] = model[i];
                values[kept++] = values[i];
            }
        }
        count = kept;
        if (rand() % 3 == 0) {
            mpr_attributes_remove(&attributes, keyval);
        } else {
            CU_ASSERT_EQUAL_FATAL(mpr_attributes_set(&attributes, keyval, value), MPR_OK);
            model[count] = keyval;
            values[count++] = value;
        }
        CU_ASSERT_EQUAL_FATAL(attributes.count, count);
        for (int i = 0; i < count; i++) {
            CU_ASSERT_PTR_EQUAL(attributes.items[i].keyval, model[i]);
            CU_ASSERT_PTR_EQUAL(attributes.items[i].value, values[i]);
        }
    }
    mpr_attributes_clear(&attributes);
    for (int i = 0; i < KEYVALS; i++) {
        CU_ASSERT_EQUAL(keyvals[i]->object.references, 1);
        mpr_keyval_free(keyvals[i]);
    }
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_KEYVAL), 0);
}

UNIT_MAIN("attribute", UNIT(numbers_name_keyvals),
          UNIT(a_freed_keyval_lives_while_attributes_have_it), UNIT(order_is_that_of_setting))
