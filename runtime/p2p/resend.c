/* SPDX-License-Identifier: BSD-3-Clause */
/* Samples of what was sent, by address. A program has few buffers that it sends from often; of two
 * that fall into one slot the other is forgotten. */
#include "p2p/resend.h"

#include <string.h>

#include "base/compiler.h"

enum { SLOT_BITS = 8, SAMPLES = 8 };

/* Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4). */
#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

struct sent {
    uintptr_t address;
    uint64_t bytes;
    uint64_t digest;
};

static struct sent slots[1 << SLOT_BITS];

static uint64_t word_at(const unsigned char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof(word));
    return word;
}

/* Words at equal distances, the first and the last among them; from both ends at once, for a chain
 * of multiplications takes as long as its links together. */
static uint64_t digest_of(const unsigned char *data, uint64_t bytes)
{
    const uint64_t step = (bytes - sizeof(uint64_t)) / (SAMPLES - 1);
    uint64_t front = 0;
    uint64_t back = 0;

    for (uint64_t i = 0; i < SAMPLES / 2; i++) {
        front = (front ^ word_at(data + i * step)) * MULTIPLIER;
        back = (back ^ word_at(data + (SAMPLES - 1 - i) * step)) * MULTIPLIER;
    }
    return (front ^ back >> 32) * MULTIPLIER + back;
}

static struct sent *slot_of(const void *buffer, uint64_t bytes)
{
    return &slots[((uintptr_t)buffer ^ bytes) * MULTIPLIER >> (64 - SLOT_BITS)];
}

bool mpr_resend_is_same(const void *buffer, uint64_t bytes)
{
    const struct sent now = {(uintptr_t)buffer, bytes, digest_of(buffer, bytes)};
    struct sent *last = slot_of(buffer, bytes);
    const bool is_same = last->address == now.address && last->bytes == now.bytes &&
                         last->digest == now.digest;

    *last = now;
    return is_same;
}

void mpr_resend_forget(const void *buffer, uint64_t bytes)
{
    struct sent *last = slot_of(buffer, bytes);

    if (last->address == (uintptr_t)buffer) {
        last->address = 0;
    }
}
