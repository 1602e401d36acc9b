/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles: what is stale, foreign or random is found out. */
#include "base/handle.h"

#include "tests/lib/unit.h"

enum { OBJECTS = 1000 };

static struct mpr_object objects[OBJECTS];

static void names_what_was_opened(void)
{
    for (int i = 0; i < OBJECTS; i++) {
        CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_COMM, &objects[i]), 0);
        CU_ASSERT_TRUE(objects[i].handle > MPR_HANDLE_PREDEFINED_MAX);
    }
    for (int i = 0; i < OBJECTS; i++) {
        CU_ASSERT_PTR_EQUAL(mpr_handle_find(MPR_KIND_COMM, objects[i].handle), &objects[i]);
        CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_GROUP, objects[i].handle));
    }
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_COMM), OBJECTS);
    for (int i = 0; i < OBJECTS; i++) {
        mpr_handle_close(MPR_KIND_COMM, &objects[i]);
    }
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_COMM), 0);
}

/* Counts the visits of each object, and closes every other one. */
static void visit(struct mpr_object *object, void *context)
{
    int *visits = context;

    visits[object - objects]++;
    if ((object - objects) % 2 == 0) {
        mpr_handle_close(MPR_KIND_COMM, object);
    }
}

static void visits_each_that_is_open(void)
{
    int visits[OBJECTS] = {0};

    for (int i = 0; i < OBJECTS; i++) {
        CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_COMM, &objects[i]), 0);
    }
    mpr_handle_each(MPR_KIND_COMM, visit, visits);
    mpr_handle_each(MPR_KIND_COMM, visit, visits);
    mpr_handle_each(MPR_KIND_GROUP, visit, visits);
    for (int i = 0; i < OBJECTS; i++) {
        CU_ASSERT_EQUAL(visits[i], 1 + i % 2);
        if (i % 2 == 1) {
            mpr_handle_close(MPR_KIND_COMM, &objects[i]);
        }
    }
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_COMM), 0);
}

static void a_stale_handle_names_nothing(void)
{
    struct mpr_object first = {0};
    struct mpr_object second = {0};
    CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_TYPE, &first), 0);
    uintptr_t stale = first.handle;
    mpr_handle_close(MPR_KIND_TYPE, &first);
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_TYPE, stale));
    CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_TYPE, &second), 0);
    CU_ASSERT_EQUAL((uint32_t)second.handle, (uint32_t)stale); // the same slot
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_TYPE, stale));
    mpr_handle_close(MPR_KIND_TYPE, &second);
}

static void rest_and_wake_keep_the_slot_only(void)
{
    struct mpr_object object = {0};
    CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_REQUEST, &object), 0);
    uintptr_t stale = object.handle;
    mpr_handle_rest(MPR_KIND_REQUEST, &object);
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_REQUEST, stale));
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_REQUEST, object.handle));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), 0);
    mpr_handle_wake(MPR_KIND_REQUEST, &object);
    CU_ASSERT_EQUAL((uint32_t)object.handle, (uint32_t)stale); // the same slot
    CU_ASSERT_PTR_EQUAL(mpr_handle_find(MPR_KIND_REQUEST, object.handle), &object);
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_REQUEST, stale));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), 1);
    mpr_handle_close(MPR_KIND_REQUEST, &object);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), 0);
}

static void random_values_name_nothing(void)
{
    uint64_t value = 88172645463325252u;
    for (int i = 0; i < 1000000; i++) {
        value ^= value << 13;
        value ^= value >> 7;
        value ^= value << 17;
        CU_ASSERT_PTR_NULL_FATAL(mpr_handle_find(MPR_KIND_OP, (uintptr_t)value));
    }
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_OP, (uintptr_t)&value));
}

static void goes_through_int_and_back(void)
{
    struct mpr_object object = {0};
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL_FATAL(mpr_handle_open(MPR_KIND_REQUEST, &object), 0);
        int number = mpr_handle_to_int(object.handle);
        CU_ASSERT_TRUE(number > MPR_HANDLE_PREDEFINED_MAX);
        CU_ASSERT_EQUAL(mpr_handle_from_int(MPR_KIND_REQUEST, number), object.handle);
        mpr_handle_close(MPR_KIND_REQUEST, &object);
    }
    CU_ASSERT_EQUAL(mpr_handle_from_int(MPR_KIND_COMM, 0x101), 0x101); // predefined: itself
}

static void predefined_handles_have_a_kind(void)
{
    static struct mpr_object world;
    mpr_handle_define(MPR_KIND_COMM, 0x101, &world);
    CU_ASSERT_PTR_EQUAL(mpr_handle_find(MPR_KIND_COMM, 0x101), &world);
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_GROUP, 0x101));
    CU_ASSERT_PTR_NULL(mpr_handle_find(MPR_KIND_COMM, 0x100));
}

UNIT_MAIN("handle", UNIT(names_what_was_opened), UNIT(a_stale_handle_names_nothing),
          UNIT(rest_and_wake_keep_the_slot_only),
          UNIT(random_values_name_nothing), UNIT(goes_through_int_and_back),
          UNIT(predefined_handles_have_a_kind), UNIT(visits_each_that_is_open))
