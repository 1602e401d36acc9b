/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the hints. */
#include "comm/hints.h"

#include "base/error.h"

static const struct {
    enum mpr_hint hint;
    const char *key;
} keys[] = {
    {MPR_HINT_NO_ANY_TAG, "mpi_assert_no_any_tag"},
    {MPR_HINT_NO_ANY_SOURCE, "mpi_assert_no_any_source"},
    {MPR_HINT_EXACT_LENGTH, "mpi_assert_exact_length"},
    {MPR_HINT_ALLOW_OVERTAKING, "mpi_assert_allow_overtaking"},
    {MPR_HINT_STRICT_COLLECTIVE_ORDER, "mpi_assert_strict_persistent_collective_ordering"},
};

void mpr_hints_update(uint32_t *hints, const struct mpr_info *info)
{
    for (size_t i = 0; info != NULL && i < mpr_array_count(keys); i++) {
        bool flag;
        if (mpr_info_get_flag(info, keys[i].key, &flag)) {
            *hints = flag ? *hints | keys[i].hint : *hints & ~(uint32_t)keys[i].hint;
        }
    }
}

int mpr_hints_describe(uint32_t hints, struct mpr_info *info)
{
    int code = MPR_OK;
    for (size_t i = 0; i < mpr_array_count(keys) && code == MPR_OK; i++) {
        code = mpr_info_set(info, keys[i].key, hints & keys[i].hint ? "true" : "false");
    }
    return code;
}
