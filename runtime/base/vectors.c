/* SPDX-License-Identifier: BSD-3-Clause */
/* The choice of vectors. */
#include "base/vectors.h"

#include "base/tunables.h"
#include "base/watched.h"

#ifdef __x86_64__
#include <stdbool.h>

/* Processors before this extension slow down for a while where they see such wide vectors. */
static bool has_cheap_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vbmi2");
}

int mpr_vector_bytes(void)
{
    if (mpr_tunables.vector == MPR_VECTOR_BASE || mpr_is_sanitized()) {
        return 16;
    }
    if (mpr_tunables.vector == MPR_VECTOR_AUTO && has_cheap_avx512()) {
        return 64;
    }
    return __builtin_cpu_supports("avx2") ? 32 : 16;
}
#else
int mpr_vector_bytes(void)
{
    return 16;
}
#endif
