/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of "external32". Most have the size that they have here, so that only the order of
 * their bytes changes; long, wchar_t and long double are converted. */
#include "type/external_form.h"

#include <endian.h>
#include <stdint.h>
#include <wchar.h>

#include "base/compiler.h"
#include "type/element.h"

/* ---- Bytes in the other order, if this machine has the least significant one first ---- */

static bool copy_8(void *to, const void *from, MPI_Count count)
{
    memcpy(to, from, (size_t)count);
    return true;
}

#define SWAP(bits)                                                                                 \
    static bool swap_##bits(void *to, const void *from, MPI_Count count)                           \
    {                                                                                              \
        for (MPI_Count i = 0; i < count; i++) {                                                    \
            uint##bits##_t value;                                                                  \
            memcpy(&value, (const char *)from + i * (bits / 8), bits / 8);                         \
            value = htobe##bits(value);                                                            \
            memcpy((char *)to + i * (bits / 8), &value, bits / 8);                                 \
        }                                                                                          \
        return true;                                                                               \
    }

SWAP(16)
SWAP(32)
SWAP(64)

static bool swap_128(void *to, const void *from, MPI_Count count)
{
    const int high = htobe16(1) == 1 ? 0 : 1; // which half is the more significant one here

    for (MPI_Count i = 0; i < count; i++) {
        uint64_t halves[2];
        memcpy(halves, (const char *)from + i * 16, 16);
        uint64_t swapped[2] = {htobe64(halves[high]), htobe64(halves[1 - high])};
        memcpy((char *)to + i * 16, swapped, 16);
    }
    return true;
}

static const struct mpr_external_number plain_numbers[] = {
    {1, 1, copy_8, copy_8},   {2, 2, swap_16, swap_16},     {4, 4, swap_32, swap_32},
    {8, 8, swap_64, swap_64}, {16, 16, swap_128, swap_128},
};

static const struct mpr_external_number *plain(MPI_Count bytes)
{
    return &plain_numbers[__builtin_ctzll((unsigned long long)bytes)];
}

/* ---- Integers of another size ---- */

#define NARROW(name, native_type, external_type, bits)                                             \
    static bool name##_pack(void *to, const void *from, MPI_Count count)                           \
    {                                                                                              \
        for (MPI_Count i = 0; i < count; i++) {                                                    \
            native_type value;                                                                     \
            memcpy(&value, (const char *)from + (size_t)i * sizeof value, sizeof value);           \
            external_type kept = (external_type)value;                                             \
            if ((native_type)kept != value) {                                                      \
                return false;                                                                      \
            }                                                                                      \
            swap_##bits((char *)to + i * (bits / 8), &kept, 1);                                    \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool name##_unpack(void *to, const void *from, MPI_Count count)                         \
    {                                                                                              \
        for (MPI_Count i = 0; i < count; i++) {                                                    \
            external_type kept;                                                                    \
            swap_##bits(&kept, (const char *)from + i * (bits / 8), 1);                            \
            native_type value = kept;                                                              \
            memcpy((char *)to + (size_t)i * sizeof value, &value, sizeof value);                   \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static const struct mpr_external_number name##_number = {sizeof(native_type), bits / 8,        \
                                                             name##_pack, name##_unpack};

NARROW(long, long, int32_t, 32)
NARROW(unsigned_long, unsigned long, uint32_t, 32)
NARROW(wide_char, wchar_t, uint16_t, 16)

/* ---- long double: IEEE's binary128, which x86 has in software alone ---- */

#if MPR_HAS_FLOAT128
static bool long_double_pack(void *to, const void *from, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        long double value;
        memcpy(&value, (const char *)from + (size_t)i * sizeof value, sizeof value);
        mpr_float128 wide = (mpr_float128)value;
        swap_128((char *)to + i * 16, &wide, 1);
    }
    return true;
}

static bool long_double_unpack(void *to, const void *from, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        mpr_float128 wide;
        swap_128(&wide, (const char *)from + i * 16, 1);
        long double value = (long double)wide;
        char *place = (char *)to + (size_t)i * sizeof value;
        memset(place, 0, sizeof value); // of x86's 16 bytes 10 have a meaning
        memcpy(place, &value, LDBL_MANT_DIG == 64 ? 10 : sizeof value);
    }
    return true;
}
#else
static bool refuse(void *to, const void *from, MPI_Count count)
{
    (void)to;
    (void)from;
    return count == 0;
}

#define long_double_pack   refuse
#define long_double_unpack refuse
#endif

static const struct mpr_external_number long_double_number = {sizeof(long double), 16,
                                                              long_double_pack, long_double_unpack};

/* ---- Basic types ---- */

/* Those of one number with the same bytes here share an element, whatever they are outside. */
static const struct mpr_external_number *number_of(const struct mpr_type *basic)
{
    switch (basic->object.handle) {
    case (uintptr_t)MPI_LONG:
        return &long_number;
    case (uintptr_t)MPI_UNSIGNED_LONG:
        return &unsigned_long_number;
    case (uintptr_t)MPI_WCHAR:
        return &wide_char_number;
    default:
        return plain(basic->size_bytes);
    }
}

struct mpr_external_form mpr_external_form_of(const struct mpr_type *basic)
{
    const struct mpr_external_number *index = plain(sizeof(int));

    switch (basic->element) {
    case MPR_ELEMENT_LONG_DOUBLE:
        return (struct mpr_external_form){&long_double_number, NULL};
    case MPR_ELEMENT_COMPLEX_LONG_DOUBLE:
        return (struct mpr_external_form){&long_double_number, &long_double_number};
    case MPR_ELEMENT_COMPLEX_FLOAT16:
    case MPR_ELEMENT_COMPLEX_FLOAT:
    case MPR_ELEMENT_COMPLEX_DOUBLE:
    case MPR_ELEMENT_COMPLEX_FLOAT128:
    case MPR_ELEMENT_2INT:
    case MPR_ELEMENT_2FLOAT:
    case MPR_ELEMENT_2DOUBLE: {
        const struct mpr_external_number *half = plain(basic->size_bytes / 2);
        return (struct mpr_external_form){half, half};
    }
    case MPR_ELEMENT_LONG_INT:
        return (struct mpr_external_form){&long_number, index};
    case MPR_ELEMENT_LONG_DOUBLE_INT:
        return (struct mpr_external_form){&long_double_number, index};
    case MPR_ELEMENT_SHORT_INT:
    case MPR_ELEMENT_FLOAT_INT:
    case MPR_ELEMENT_DOUBLE_INT:
        return (struct mpr_external_form){plain(basic->size_bytes - (MPI_Count)sizeof(int)), index};
    default:
        return (struct mpr_external_form){number_of(basic), NULL};
    }
}
