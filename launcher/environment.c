/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the environment vector once for a program; from rank to rank only a few texts change. */
#include "launcher/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/calls.h"
#include "shm/segment.h"

enum { PLACE_RANK, PLACE_SEGMENT, PLACE_THREADS, PLACE_HEAP };
enum { ADDED_PRELOAD, ADDED_SANITIZER, ADDED_GLIBC };

static const char threads_name[] = "OMP_NUM_THREADS";
static const char glibc_name[] = "GLIBC_TUNABLES";

#define SEQUENCES "glibc.pthread.rseq"

static int names_equal(const char *left, const char *right)
{
    size_t length = strcspn(left, "=");

    return strncmp(left, right, length) == 0 && right[length] == '=';
}

/* Where a variable stands; the end of the list for one that is not set. `name` may go on with "=".
 */
static size_t find(const struct mpr_environment *environment, const char *name)
{
    size_t i = 0;

    while (i < environment->count && !names_equal(name, environment->variables[i])) {
        i++;
    }
    return i;
}

/* Puts "NAME=value" in the place of a variable of that name, or at the end. */
static void put(struct mpr_environment *environment, char *text)
{
    size_t i = find(environment, text);

    environment->variables[i] = text;
    if (i == environment->count) {
        environment->variables[++environment->count] = NULL;
    }
}

/* Whether a variable is set by others than mpr_environment_set_rank(). */
static int is_set(const struct mpr_environment *environment, const char *name)
{
    const char *text = environment->variables[find(environment, name)];

    return text != NULL && text != environment->texts[PLACE_THREADS];
}

/* "" for a variable that is not set. */
static const char *value_of(const struct mpr_environment *environment, const char *name)
{
    const char *text = environment->variables[find(environment, name)];

    return text != NULL ? strchr(text, '=') + 1 : "";
}

/* Adds `text` to the list that a variable is, behind what is in it. */
static int append(struct mpr_environment *environment, char **added, const char *name,
                  const char *text)
{
    const char *before = value_of(environment, name);

    if (asprintf(added, "%s=%s%s%s", name, before, before[0] != '\0' ? ":" : "", text) < 0) {
        *added = NULL;
        return -ENOMEM;
    }
    put(environment, *added);
    return 0;
}

/* The heap stands behind what the user preloads. AddressSanitizer wants to be first, unless it is
 * told not to look; the heap stands aside for it. */
static int add_heap(struct mpr_environment *environment, const struct mpr_heap_plan *heap)
{
    char *text = environment->texts[PLACE_HEAP];
    int code;

    if (heap->bytes == 0) {
        return 0;
    }
    snprintf(text, sizeof(environment->texts[0]), MPR_ENV_HEAP "=%llu,%llu",
             (unsigned long long)heap->bytes, (unsigned long long)heap->large_bytes);
    put(environment, text);
    code = append(environment, &environment->added[ADDED_PRELOAD], MPR_ENV_PRELOAD, heap->library);
    return code != 0 ? code
                     : append(environment, &environment->added[ADDED_SANITIZER], "ASAN_OPTIONS",
                              "verify_asan_link_order=0");
}

/* The kernel keeps glibc's restartable sequences up to date at each switch between processes, which
 * costs a tenth of it. What they are good for, to find one's CPU without a system call, matters
 * less to ranks that share cores and switch all the time; unless the user says otherwise. */
static int leave_sequences(struct mpr_environment *environment)
{
    if (strstr(value_of(environment, glibc_name), SEQUENCES) != NULL) {
        return 0;
    }
    return append(environment, &environment->added[ADDED_GLIBC], glibc_name, SEQUENCES "=0");
}

int mpr_environment_make(struct mpr_environment *environment, char **base,
                         const struct mpr_settings *const settings[], size_t settings_count,
                         const struct mpr_heap_plan *heap, bool shares_cores)
{
    size_t count = 0, added_count = MPR_ENVIRONMENT_PLACES + MPR_ENVIRONMENT_ADDED;

    while (base[count] != NULL) {
        count++;
    }
    *environment = (struct mpr_environment){.count = count};
    for (size_t i = 0; i < settings_count; i++) {
        added_count += settings[i]->count;
    }
    environment->variables = calloc(count + added_count + 1, sizeof(*environment->variables));
    if (environment->variables == NULL) {
        return -ENOMEM;
    }
    memcpy(environment->variables, base, count * sizeof(*base));
    for (size_t i = 0; i < settings_count; i++) {
        for (size_t j = 0; j < settings[i]->count; j++) {
            put(environment, settings[i]->texts[j]);
        }
    }
    int code = add_heap(environment, heap);
    return code != 0 || !shares_cores ? code : leave_sequences(environment);
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
    for (size_t i = 0; i < MPR_ENVIRONMENT_ADDED; i++) {
        free(environment->added[i]);
        environment->added[i] = NULL;
    }
    free(environment->variables);
    environment->variables = NULL;
}
