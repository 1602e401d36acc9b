/* SPDX-License-Identifier: BSD-3-Clause */
/* Open addressing with linear probing, never more than half full. */
#include "word_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 1 << 12, LETTERS_AT_FIRST = 1 << 16 };

static void *must_have(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "wordcount: no memory for so many different words\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

void *word_table_grow(void *memory, size_t bytes)
{
    return must_have(realloc(memory, bytes));
}

void word_table_make(struct word_table *table)
{
    *table = (struct word_table){
        .slot_count = SLOTS_AT_FIRST,
        .slots = must_have(calloc(SLOTS_AT_FIRST, sizeof(struct word))),
        .letters_capacity = LETTERS_AT_FIRST,
        .letters = must_have(malloc(LETTERS_AT_FIRST)),
    };
}

void word_table_free(struct word_table *table)
{
    free(table->slots);
    free(table->letters);
}

static void grow_slots(struct word_table *table)
{
    size_t slot_count = 2 * table->slot_count;
    struct word *slots = must_have(calloc(slot_count, sizeof *slots));

    for (size_t i = 0; i < table->slot_count; i++) {
        const struct word *word = &table->slots[i];

        if (word->count > 0) {
            size_t slot = word->hash & (slot_count - 1);

            while (slots[slot].count > 0) {
                slot = (slot + 1) & (slot_count - 1);
            }
            slots[slot] = *word;
        }
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
}

/* Keeps the letters of a new word; returns where. */
static size_t append_letters(struct word_table *table, const char *letters, size_t length)
{
    size_t offset = table->letters_bytes;

    while (table->letters_capacity - offset < length) {
        table->letters_capacity *= 2;
        table->letters = word_table_grow(table->letters, table->letters_capacity);
    }
    memcpy(table->letters + offset, letters, length);
    table->letters_bytes += length;
    return offset;
}

void word_table_add(struct word_table *table, const char *letters, size_t length, uint64_t hash,
                    uint64_t count)
{
    size_t slot = hash & (table->slot_count - 1);
    struct word *word;

    while ((word = &table->slots[slot])->count > 0) {
        if (word->hash == hash && word->length == length &&
            memcmp(table->letters + word->offset, letters, length) == 0) {
            word->count += count;
            return;
        }
        slot = (slot + 1) & (table->slot_count - 1);
    }
    word->count = count;
    word->hash = hash;
    word->length = length;
    word->offset = append_letters(table, letters, length);
    if (2 * ++table->word_count > table->slot_count) {
        grow_slots(table);
    }
}

/* ---- Packed ---- */

/* What precedes a word's letters on their way. */
struct parcel {
    uint64_t count, hash, length;
};

size_t word_table_packed_bytes(const struct word_table *table)
{
    return table->word_count * sizeof(struct parcel) + table->letters_bytes;
}

void word_table_pack(const struct word_table *table, char *packed)
{
    for (size_t i = 0; i < table->slot_count; i++) {
        const struct word *word = &table->slots[i];

        if (word->count > 0) {
            const struct parcel parcel = {word->count, word->hash, word->length};

            memcpy(packed, &parcel, sizeof parcel);
            memcpy(packed + sizeof parcel, table->letters + word->offset, word->length);
            packed += sizeof parcel + word->length;
        }
    }
}

void word_table_unpack(struct word_table *table, const char *packed, size_t bytes)
{
    for (const char *end = packed + bytes; packed < end;) {
        struct parcel parcel;

        memcpy(&parcel, packed, sizeof parcel);
        packed += sizeof parcel;
        word_table_add(table, packed, parcel.length, parcel.hash, parcel.count);
        packed += parcel.length;
    }
}
