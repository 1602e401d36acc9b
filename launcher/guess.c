/* SPDX-License-Identifier: BSD-3-Clause */
/* Likeness of words by the number of edits between them (Damerau-Levenshtein with adjacent swaps).
 */
#include "launcher/guess.h"

#include <stdio.h>
#include <string.h>

#define LENGTH_MAX (MPR_GUESS_BYTES - 1)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[LENGTH_MAX + 1][LENGTH_MAX + 1];

    for (size_t i = 0; i <= a_length; i++) {
        rows[i][0] = i;
    }
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            size_t edits = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            edits = least(edits, least(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                edits = least(edits, rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = edits;
        }
    }
    return rows[a_length][b_length];
}

void mpr_guess_start(struct mpr_guess *guess, const char *text)
{
    guess->text = text;
    guess->distance = LENGTH_MAX;
    guess->best[0] = '\0';
}

void mpr_guess_offer(struct mpr_guess *guess, const char *word, size_t length)
{
    size_t text_length = strlen(guess->text);

    if (text_length < 2 || text_length > LENGTH_MAX || length > LENGTH_MAX) {
        return;
    }
    // One slip in three letters is allowed; the beginning of a word is like the whole.
    size_t distance = edit_distance(guess->text, text_length, word, length);
    size_t allowed = (text_length + 1) / 3;
    if (text_length >= 3 && text_length < length && strncmp(guess->text, word, text_length) == 0) {
        distance = 1;
    }
    if (distance <= allowed && distance < guess->distance) {
        guess->distance = distance;
        snprintf(guess->best, sizeof(guess->best), "%.*s", (int)length, word);
    }
}
