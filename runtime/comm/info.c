/* SPDX-License-Identifier: BSD-3-Clause */
/* Info objects. They have a few keys, which lie in an array and are found by looking at each. */
#include "comm/info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct mpr_info *mpr_info_make(void)
{
    struct mpr_info *info = calloc(1, sizeof(*info));
    if (info != NULL && mpr_handle_open(MPR_KIND_INFO, &info->object) != MPR_OK) {
        free(info);
        return NULL;
    }
    return info;
}

static void free_item(struct mpr_info_item *item)
{
    free(item->key);
    free(item->value);
}

void mpr_info_free(struct mpr_info *info)
{
    mpr_handle_close(MPR_KIND_INFO, &info->object);
    for (int i = 0; i < info->count; i++) {
        free_item(&info->items[i]);
    }
    free(info->items);
    free(info);
}

struct mpr_info *mpr_info_find(MPI_Info handle)
{
    if (handle == MPI_INFO_ENV) {
        return &mpr_info_env;
    }
    return (struct mpr_info *)mpr_handle_find(MPR_KIND_INFO, (uintptr_t)handle);
}

static struct mpr_info_item *find_item(const struct mpr_info *info, const char *key)
{
    for (int i = 0; i < info->count; i++) {
        if (strcmp(info->items[i].key, key) == 0) {
            return &info->items[i];
        }
    }
    return NULL;
}

static int make_room(struct mpr_info *info)
{
    if (info->count < info->capacity) {
        return MPR_OK;
    }
    int capacity = info->capacity == 0 ? 4 : 2 * info->capacity;
    struct mpr_info_item *items = realloc(info->items, (size_t)capacity * sizeof(*items));
    if (items == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    info->items = items;
    info->capacity = capacity;
    return MPR_OK;
}

static int replace(struct mpr_info_item *item, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    free(item->value);
    item->value = copy;
    return MPR_OK;
}

int mpr_info_set(struct mpr_info *info, const char *key, const char *value)
{
    struct mpr_info_item *found = find_item(info, key);
    if (found != NULL) {
        return replace(found, value);
    }
    if (make_room(info) != MPR_OK) {
        return MPR_ERR_NO_MEMORY;
    }
    struct mpr_info_item item = {strdup(key), strdup(value)};
    if (item.key == NULL || item.value == NULL) {
        free_item(&item);
        return MPR_ERR_NO_MEMORY;
    }
    info->items[info->count++] = item;
    return MPR_OK;
}

int mpr_info_set_number(struct mpr_info *info, const char *key, long long number)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", number);
    return mpr_info_set(info, key, text);
}

int mpr_info_set_all(struct mpr_info *info, const struct mpr_info *from)
{
    int code = MPR_OK;
    for (int i = 0; i < from->count && code == MPR_OK; i++) {
        code = mpr_info_set(info, from->items[i].key, from->items[i].value);
    }
    return code;
}

const char *mpr_info_get(const struct mpr_info *info, const char *key)
{
    const struct mpr_info_item *found = find_item(info, key);
    return found != NULL ? found->value : NULL;
}

/* Whether `text` is `word` with any blanks around it. */
static bool is_word(const char *text, const char *word)
{
    const char *start = text + strspn(text, " \t");
    size_t length = strlen(word);
    return strncmp(start, word, length) == 0 &&
           start[length + strspn(start + length, " \t")] == '\0';
}

bool mpr_info_get_flag(const struct mpr_info *info, const char *key, bool *flag)
{
    const char *value = mpr_info_get(info, key);
    if (value == NULL || (!is_word(value, "true") && !is_word(value, "false"))) {
        return false;
    }
    *flag = is_word(value, "true");
    return true;
}

bool mpr_info_remove(struct mpr_info *info, const char *key)
{
    struct mpr_info_item *found = find_item(info, key);
    if (found == NULL) {
        return false;
    }
    free_item(found);
    int after = (int)(&info->items[info->count] - found) - 1;
    memmove(found, found + 1, (size_t)after * sizeof(*found));
    info->count--;
    return true;
}
