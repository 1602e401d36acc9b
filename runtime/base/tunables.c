/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the table of tunables from the environment, and prints it. */
#include "base/tunables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHOICE_DEFAULT(field, environment, words, initial, meaning)       .field = (initial),
#define NUMBER_DEFAULT(field, environment, initial, least, most, meaning) .field = (initial),

static const struct mpr_tunables defaults = {MPR_TUNABLES(CHOICE_DEFAULT, NUMBER_DEFAULT)};

struct mpr_tunables mpr_tunables = {MPR_TUNABLES(CHOICE_DEFAULT, NUMBER_DEFAULT)};

/* Whether `text` is the word of `words` ("a|b|c") that begins at `word`, `length` bytes long. */
static bool is_word(const char *text, const char *word, size_t length)
{
    return strlen(text) == length && strncmp(text, word, length) == 0;
}

static bool parse_choice(const char *text, const char *words, int *value)
{
    int index = 0;
    for (const char *word = words;; index++) {
        size_t length = strcspn(word, "|");
        if (is_word(text, word, length)) {
            *value = index;
            return true;
        }
        if (word[length] == '\0') {
            return false;
        }
        word += length + 1;
    }
}

static int suffix_shift(const char *suffix)
{
    if (*suffix == '\0') {
        return 0;
    }
    if (suffix[1] != '\0') {
        return -1;
    }
    switch (*suffix) {
    case 'k':
    case 'K':
        return 10;
    case 'm':
    case 'M':
        return 20;
    case 'g':
    case 'G':
        return 30;
    default:
        return -1;
    }
}

static bool parse_number(const char *text, int64_t least, int64_t most, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    int shift = suffix_shift(end);
    if (end == text || errno != 0 || shift < 0 || number < 0 || number > (most >> shift)) {
        return false;
    }
    if ((int64_t)number << shift < least) {
        return false;
    }
    *value = (int64_t)number << shift;
    return true;
}

/* Where the first complaint goes, and how many there were. */
struct complaints {
    char *text;
    size_t bytes;
    int count;
};

static void read_choice(struct complaints *complaints, const char *environment, const char *words,
                        int *value)
{
    const char *text = getenv(environment);
    if (text == NULL || *text == '\0' || parse_choice(text, words, value)) {
        return;
    }
    if (complaints->count++ == 0) {
        snprintf(complaints->text, complaints->bytes, "%s=%s is ignored: it must be one of %s",
                 environment, text, words);
    }
}

static void read_number(struct complaints *complaints, const char *environment, int64_t least,
                        int64_t most, int64_t *value)
{
    const char *text = getenv(environment);
    if (text == NULL || *text == '\0' || parse_number(text, least, most, value)) {
        return;
    }
    if (complaints->count++ == 0) {
        snprintf(complaints->text, complaints->bytes,
                 "%s=%s is ignored: it must be a number from %lld to %lld (k, m and g may follow)",
                 environment, text, (long long)least, (long long)most);
    }
}

int mpr_tunables_read(struct mpr_tunables *tunables, char *complaint, size_t complaint_bytes)
{
    struct complaints complaints = {.text = complaint, .bytes = complaint_bytes};

    *tunables = defaults;
#define READ_CHOICE(field, environment, words, initial, meaning)                                   \
    read_choice(&complaints, environment, words, &tunables->field);
#define READ_NUMBER(field, environment, initial, least, most, meaning)                             \
    read_number(&complaints, environment, least, most, &tunables->field);
    MPR_TUNABLES(READ_CHOICE, READ_NUMBER)
    return complaints.count;
}

/* Prints words in lines, from column MEANING_COLUMN on; the first line has begun. */
static void print_wrapped(FILE *stream, const char *text)
{
    enum { MEANING_COLUMN = 27, LINE_COLUMNS = 100 };
    int column = MEANING_COLUMN;

    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > MEANING_COLUMN && column + 1 + length > LINE_COLUMNS) {
            fprintf(stream, "\n%*s", MEANING_COLUMN, "");
            column = MEANING_COLUMN;
        } else if (column > MEANING_COLUMN) {
            fputc(' ', stream);
            column++;
        }
        column += fprintf(stream, "%.*s", length, text);
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
}

/* Prints one knob: "MPRUN_X=default" and what it means; a choice has the words to choose from. */
static void print_knob(FILE *stream, const char *environment, const char *initial,
                       const char *meaning, const char *words)
{
    char text[512];
    int name_columns = (int)strlen(environment);

    snprintf(text, sizeof(text), "%s%s%s", meaning, words != NULL ? "; " : "",
             words != NULL ? words : "");
    fprintf(stream, "  %s=%-*s", environment, 24 - name_columns, initial);
    print_wrapped(stream, text);
}

void mpr_tunables_print(FILE *stream)
{
    char initial_text[32];

#define PRINT_CHOICE(field, environment, words, initial, meaning)                                  \
    snprintf(initial_text, sizeof(initial_text), "%.*s", (int)strcspn(words, "|"), words);         \
    print_knob(stream, environment, initial_text, meaning, words);
#define PRINT_NUMBER(field, environment, initial, least, most, meaning)                            \
    snprintf(initial_text, sizeof(initial_text), "%lld", (long long)(initial));                    \
    print_knob(stream, environment, initial_text, meaning, NULL);
    MPR_TUNABLES(PRINT_CHOICE, PRINT_NUMBER)
}
