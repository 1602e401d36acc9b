/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the programs of a question. The texts were put together by another process, so that
 * nothing about them is taken on trust but the null at their end. */
#include "launcher/programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    char *at;
    char *end;
};

static char *next(struct reader *reader)
{
    char *text = reader->at;

    if (text == NULL || text >= reader->end) {
        reader->at = NULL;
        return NULL;
    }
    reader->at = text + strlen(text) + 1;
    return text;
}

static const char *next_optional(struct reader *reader)
{
    const char *text = next(reader);
    return text != NULL && *text != '\0' ? text : NULL;
}

static int next_number(struct reader *reader)
{
    const char *text = next(reader);
    return text != NULL ? atoi(text) : -1;
}

/* Lines "NAME=value", of which each becomes a text of its own. */
static int read_settings(struct mpr_program *program, const char *lines)
{
    struct mpr_settings *settings = &program->settings;
    size_t count = 1;

    for (const char *at = lines; *at != '\0'; at++) {
        count += *at == '\n';
    }
    settings->texts = calloc(count, sizeof(*settings->texts));
    program->lines = strdup(lines);
    if (settings->texts == NULL || program->lines == NULL) {
        return -ENOMEM;
    }
    char *rest = program->lines;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (strchr(line, '=') != NULL) {
            settings->texts[settings->count++] = line;
        }
    }
    return 0;
}

static int read_one(struct mpr_program *program, struct reader *reader)
{
    program->process_count = next_number(reader);
    program->command = next_optional(reader);
    program->directory = next_optional(reader);
    program->path = next_optional(reader);
    program->soft = next_optional(reader);
    const char *environment = next(reader);
    int argument_count = next_number(reader);

    if (program->command == NULL || environment == NULL || program->process_count < 0 ||
        argument_count < 0 || argument_count > reader->end - reader->at) {
        return -EINVAL;
    }
    program->argv = calloc((size_t)argument_count + 2, sizeof(*program->argv));
    if (program->argv == NULL) {
        return -ENOMEM;
    }
    for (int i = 1; i <= argument_count; i++) {
        program->argv[i] = next(reader);
        if (program->argv[i] == NULL) {
            return -EINVAL;
        }
    }
    return read_settings(program, environment);
}

int mpr_programs_read(struct mpr_program **programs, int count, char *texts, size_t bytes)
{
    struct reader reader = {texts, texts + bytes};
    int error = 0;

    if (count <= 0 || bytes == 0 || (size_t)count > bytes || texts[bytes - 1] != '\0') {
        return -EINVAL;
    }
    *programs = calloc((size_t)count, sizeof(**programs));
    if (*programs == NULL) {
        return -ENOMEM;
    }
    for (int i = 0; error == 0 && i < count; i++) {
        error = read_one(&(*programs)[i], &reader);
    }
    if (error != 0) {
        mpr_programs_free(*programs, count);
        *programs = NULL;
    }
    return error;
}

void mpr_programs_free(struct mpr_program *programs, int count)
{
    for (int i = 0; programs != NULL && i < count; i++) {
        free(programs[i].argv);
        free(programs[i].settings.texts);
        free(programs[i].lines);
    }
    free(programs);
}

/* The largest number of the range "a", "a:b" or "a:b:c" that is at least 1 and at most `most`; 0
 * for none, -1 for what is no range. *at moves behind it. */
static long largest_of_range(const char **at, long most)
{
    long bounds[3] = {0, 0, 1};
    int given = 0;
    char *end;

    do {
        bounds[given++] = strtol(*at, &end, 10);
        if (end == *at) {
            return -1;
        }
        *at = end + (*end == ':');
    } while (*end == ':' && given < 3);
    long first = bounds[0], last = given > 1 ? bounds[1] : first, step = bounds[2], best = 0;
    if (step == 0) {
        return -1;
    }
    long low = first < 1 ? 1 : first;
    if (step > 0) { // from `first` up to `last`
        long high = last < most ? last : most;
        best = high >= first ? first + (high - first) / step * step : 0;
    } else { // from `first` down to `last`
        long over = first > most ? (first - most - step - 1) / -step : 0;
        best = first + over * step;
        low = last > 1 ? last : 1;
    }
    return best >= low && best >= 1 && best <= most ? best : 0;
}

int mpr_program_choose_count(const struct mpr_program *program, int most)
{
    const char *at = program->soft;
    long best = 0;

    if (most > program->process_count) {
        most = program->process_count;
    }
    if (at == NULL) {
        return program->process_count <= most ? program->process_count : 0;
    }
    for (;;) {
        long number = largest_of_range(&at, most);
        if (number < 0) {
            return -1;
        }
        best = number > best ? number : best;
        at += strspn(at, " ");
        if (*at == '\0') {
            return (int)best;
        }
        if (*at++ != ',') {
            return -1;
        }
    }
}
