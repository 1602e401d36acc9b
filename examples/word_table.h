/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash table that counts words. */
#ifndef EXAMPLES_WORD_TABLE_H
#define EXAMPLES_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct word {
    uint64_t count; /* 0: this slot is free */
    uint64_t hash;
    size_t offset; /* of the letters, in word_table.letters */
    size_t length;
};

struct word_table {
    struct word *slots;
    size_t slot_count; /* a power of two */
    size_t word_count;
    char *letters; /* of all words, one after the other */
    size_t letters_bytes, letters_capacity;
};

/* The hash of a word is made letter by letter: start with WORD_HASH_START. */
#define WORD_HASH_START 0xcbf29ce484222325u

static inline uint64_t word_hash_add(uint64_t hash, unsigned char letter)
{
    return (hash ^ letter) * 0x100000001b3u;
}

/* Memory as realloc() gives it. Without memory, here and everywhere below, the program ends. */
void *word_table_grow(void *memory, size_t bytes);

/* An empty table. */
void word_table_make(struct word_table *table);
void word_table_free(struct word_table *table);

/* Counts a word `count` times. `hash` is that of its letters. */
void word_table_add(struct word_table *table, const char *letters, size_t length, uint64_t hash,
                    uint64_t count);

/* All words and counts as bytes that travel, to be added to another table. */
size_t word_table_packed_bytes(const struct word_table *table);
void word_table_pack(const struct word_table *table, char *packed);
void word_table_unpack(struct word_table *table, const char *packed, size_t bytes);

#endif
