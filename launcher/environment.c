/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the environment vector once for a program; from rank to rank only a few texts change. */
#include "launcher/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/segment.h"

enum { PLACE_RANK, PLACE_SEGMENT, PLACE_THREADS };

static const char threads_name[] = "OMP_NUM_THREADS";

static int names_equal(const char *left, const char *right)
{
    size_t length = strcspn(left, "=");

    return strncmp(left, right, length) == 0 && right[length] == '=';
}

/* Puts "NAME=value" in the place of a variable of that name, or at the end. */
static void put(struct mpr_environment *environment, char *text)
{
    size_t i = 0;

    while (i < environment->count && !names_equal(text, environment->variables[i])) {
        i++;
    }
    environment->variables[i] = text;
    if (i == environment->count) {
        environment->variables[++environment->count] = NULL;
    }
}

static int is_set(const struct mpr_environment *environment, const char *name)
{
    for (size_t i = 0; i < environment->count; i++) {
        if (names_equal(name, environment->variables[i])) {
            return environment->variables[i] != environment->texts[PLACE_THREADS];
        }
    }
    return 0;
}

int mpr_environment_make(struct mpr_environment *environment, char **base,
                         const struct mpr_settings *job, const struct mpr_settings *app)
{
    size_t count = 0;

    while (base[count] != NULL) {
        count++;
    }
    *environment = (struct mpr_environment){.count = count};
    environment->variables = calloc(count + job->count + app->count + MPR_ENVIRONMENT_PLACES + 1,
                                    sizeof(*environment->variables));
    if (environment->variables == NULL) {
        return -ENOMEM;
    }
    memcpy(environment->variables, base, count * sizeof(*base));
    for (size_t i = 0; i < job->count; i++) {
        put(environment, job->texts[i]);
    }
    for (size_t i = 0; i < app->count; i++) {
        put(environment, app->texts[i]);
    }
    return 0;
}

void mpr_environment_set_rank(struct mpr_environment *environment, int rank, int segment_fd,
                              int thread_count)
{
    char(*texts)[MPR_ENVIRONMENT_TEXT_BYTES] = environment->texts;

    snprintf(texts[PLACE_RANK], sizeof(texts[0]), MPR_ENV_RANK "=%d", rank);
    snprintf(texts[PLACE_SEGMENT], sizeof(texts[0]), MPR_ENV_SEGMENT "=%d", segment_fd);
    put(environment, texts[PLACE_RANK]);
    put(environment, texts[PLACE_SEGMENT]);
    if (thread_count > 0 && !is_set(environment, threads_name)) {
        snprintf(texts[PLACE_THREADS], sizeof(texts[0]), "%s=%d", threads_name, thread_count);
        put(environment, texts[PLACE_THREADS]);
    }
}

void mpr_environment_free(struct mpr_environment *environment)
{
    free(environment->variables);
    environment->variables = NULL;
}
