/* SPDX-License-Identifier: BSD-3-Clause */
/* Keyvals and attributes. An object has a few attributes at most: they lie in an array and are
 * found by looking at each. */
#include "comm/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int mpr_keyval_make(enum mpr_kind kind, union mpr_copy_function copy,
                    union mpr_delete_function delete, void *extra_state, struct mpr_keyval **keyval)
{
    struct mpr_keyval *made = malloc(sizeof(*made));
    if (made == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *made = (struct mpr_keyval){.object.references = 1,
                                .kind = kind,
                                .copy = copy,
                                .delete = delete,
                                .extra_state = extra_state};
    int code = mpr_handle_open(MPR_KIND_KEYVAL, &made->object);
    if (code != MPR_OK) {
        free(made);
        return code;
    }
    *keyval = made;
    return MPR_OK;
}

struct mpr_keyval *mpr_keyval_find(int number)
{
    uintptr_t handle = mpr_handle_from_int(MPR_KIND_KEYVAL, number);
    return (struct mpr_keyval *)mpr_handle_find(MPR_KIND_KEYVAL, handle);
}

int mpr_keyval_number(const struct mpr_keyval *keyval)
{
    return mpr_handle_to_int(keyval->object.handle);
}

void mpr_keyval_free(struct mpr_keyval *keyval)
{
    keyval->freed = true;
    mpr_keyval_release(keyval);
}

void mpr_keyval_retain(struct mpr_keyval *keyval)
{
    keyval->object.references++;
}

void mpr_keyval_release(struct mpr_keyval *keyval)
{
    if (--keyval->object.references == 0) {
        mpr_handle_close(MPR_KIND_KEYVAL, &keyval->object);
        free(keyval);
    }
}

struct mpr_attribute *mpr_attributes_find(const struct mpr_attributes *attributes,
                                          const struct mpr_keyval *keyval)
{
    for (int i = 0; i < attributes->count; i++) {
        if (attributes->items[i].keyval == keyval) {
            return &attributes->items[i];
        }
    }
    return NULL;
}

static int make_room(struct mpr_attributes *attributes)
{
    if (attributes->count < attributes->capacity) {
        return MPR_OK;
    }
    int capacity = attributes->capacity == 0 ? 4 : 2 * attributes->capacity;
    struct mpr_attribute *items =
        realloc(attributes->items, (size_t)capacity * sizeof(*attributes->items));
    if (items == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    attributes->items = items;
    attributes->capacity = capacity;
    return MPR_OK;
}

int mpr_attributes_set(struct mpr_attributes *attributes, struct mpr_keyval *keyval, void *value)
{
    int code = make_room(attributes);
    if (code != MPR_OK) {
        return code;
    }
    // Retained first: the earlier attribute may hold the last reference.
    mpr_keyval_retain(keyval);
    mpr_attributes_remove(attributes, keyval);
    attributes->items[attributes->count++] = (struct mpr_attribute){keyval, value};
    return MPR_OK;
}

void mpr_attributes_remove(struct mpr_attributes *attributes, struct mpr_keyval *keyval)
{
    struct mpr_attribute *found = mpr_attributes_find(attributes, keyval);
    if (found == NULL) {
        return;
    }
    int after = (int)(&attributes->items[attributes->count] - found) - 1;
    memmove(found, found + 1, (size_t)after * sizeof(*found));
    attributes->count--;
    mpr_keyval_release(keyval);
}

void mpr_attributes_clear(struct mpr_attributes *attributes)
{
    while (attributes->count > 0) {
        mpr_keyval_release(attributes->items[--attributes->count].keyval);
    }
    free(attributes->items);
    *attributes = (struct mpr_attributes){0};
}
