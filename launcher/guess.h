/* SPDX-License-Identifier: BSD-3-Clause */
/* "Did you mean ...?": the word most like a mistyped one. */
#ifndef LAUNCHER_GUESS_H
#define LAUNCHER_GUESS_H

#include <stddef.h>

#define MPR_GUESS_BYTES 32

struct mpr_guess {
    const char *text;
    size_t distance;            // of the best so far
    char best[MPR_GUESS_BYTES]; // empty while nothing was like the text
};

/* Starts a search for words like `text`, which is to live as long as the search. */
void mpr_guess_start(struct mpr_guess *guess, const char *text);

/* Offers the word of `length` characters, which becomes guess->best if it is the most like the text
 * so far. Words that a slip of the fingers would not explain never do. */
void mpr_guess_offer(struct mpr_guess *guess, const char *word, size_t length);

#endif
