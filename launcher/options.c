/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks over the command line: options, the program and its arguments, ':' and so on. */
#include "launcher/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/tunables.h"
#include "launcher/guess.h"
#include "launcher/options_table.h"

enum mpr_options_verdict mpr_parser_misuse(struct mpr_parser *parser, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(parser->message, parser->message_bytes, format, arguments);
    va_end(arguments);
    return MPR_OPTIONS_MISUSE;
}

enum mpr_options_verdict mpr_parser_no_memory(struct mpr_parser *parser)
{
    snprintf(parser->message, parser->message_bytes, "%s%sout of memory",
             parser->spelling != NULL ? parser->spelling : "",
             parser->spelling != NULL ? ": " : "");
    return MPR_OPTIONS_NO_MEMORY;
}

/* Moves *names to its next word and returns the length of that; 0 at the end. */
static size_t next_word(const char **names, size_t previous_length)
{
    *names += previous_length;
    *names += strspn(*names, " ");
    return strcspn(*names, " ");
}

/* Says whether the first `length` characters of `name` are one of the words in `names`. */
static bool is_among(const char *names, const char *name, size_t length)
{
    for (size_t word = next_word(&names, 0); word > 0; word = next_word(&names, word)) {
        if (word == length && strncmp(names, name, length) == 0) {
            return true;
        }
    }
    return false;
}

static const struct mpr_option *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < mpr_option_count; i++) {
        const char *names = mpr_option_table[i].names;
        if (names != NULL && is_among(names, name, length)) {
            return &mpr_option_table[i];
        }
    }
    return NULL;
}

static const struct mpr_ignored_option *find_ignored(const char *name, size_t length)
{
    for (size_t i = 0; i < mpr_ignored_count; i++) {
        if (is_among(mpr_ignored_table[i].names, name, length)) {
            return &mpr_ignored_table[i];
        }
    }
    return NULL;
}

static enum mpr_options_verdict refuse_option(struct mpr_parser *parser, const char *name,
                                              size_t length)
{
    struct mpr_guess guess;
    char text[MPR_GUESS_BYTES + 1];

    snprintf(text, sizeof(text), "%.*s", (int)length, name);
    mpr_guess_start(&guess, text);
    for (size_t i = 0; i < mpr_option_count; i++) {
        const char *names = mpr_option_table[i].names;
        for (size_t word = names ? next_word(&names, 0) : 0; word > 0;
             word = next_word(&names, word)) {
            mpr_guess_offer(&guess, names, word);
        }
    }
    if (guess.best[0] != '\0') {
        return mpr_parser_misuse(parser, "unknown option %s: did you mean %s%s?", parser->spelling,
                                 guess.best[1] != '\0' ? "--" : "-", guess.best);
    }
    return mpr_parser_misuse(parser, "unknown option %s: mprun --help lists what there is",
                             parser->spelling);
}

/* Finds where the number begins in "n4", which Slurm's users write. */
static const char *joined_number(const char *name)
{
    size_t letters = strcspn(name, "0123456789");

    return letters > 0 && name[letters] != '\0' && is_among("n np c", name, letters)
               ? name + letters
               : NULL;
}

/* Reads the option at *argv and moves *argv behind it and its arguments. */
static enum mpr_options_verdict parse_option(struct mpr_parser *parser, char ***argv)
{
    char *spelling = *(*argv)++;
    const char *name = spelling + (spelling[1] == '-' ? 2 : 1);
    size_t length = strcspn(name, "=");
    const struct mpr_option *option = find_option(name, length);
    const struct mpr_ignored_option *ignored = option ? NULL : find_ignored(name, length);
    char *arguments[MPR_OPTION_ARGUMENTS_MAX] = {NULL};
    int needed = option ? option->argument_count : ignored ? ignored->argument_count : 0;
    int given = 0;

    parser->spelling = spelling;
    if (option == NULL && ignored == NULL) {
        const char *number = joined_number(name);
        if (number == NULL) {
            return refuse_option(parser, name, length);
        }
        option = find_option("n", 1);
        arguments[given++] = (char *)number;
        needed = 1;
    } else if (name[length] == '=') {
        if (needed != 1) {
            return mpr_parser_misuse(parser, "%s: this option takes %s", spelling,
                                     needed == 0 ? "no value" : "two arguments, without '='");
        }
        arguments[given++] = spelling + (name - spelling) + length + 1;
        spelling[name - spelling + (ptrdiff_t)length] = '\0';
    }
    for (; given < needed; given++, (*argv)++) {
        if (**argv == NULL) {
            return mpr_parser_misuse(parser, "%s needs %s: %s", spelling,
                                     needed == 1 ? "an argument" : "two arguments",
                                     option ? option->usage : "see mprun --help");
        }
        arguments[given] = **argv;
    }
    if (ignored == NULL) {
        return option->apply(parser, arguments);
    }
    if (ignored->reason != NULL) {
        mpr_say("%s is ignored: %s", spelling, ignored->reason);
    }
    return MPR_OPTIONS_RUN;
}

/* Reads one program of the job; *argv then stands at the next, or at the end. */
static enum mpr_options_verdict parse_app(struct mpr_parser *parser, char ***argv)
{
    while (**argv != NULL && (**argv)[0] == '-' && (**argv)[1] != '\0') {
        if (strcmp(**argv, "--") == 0) {
            (*argv)++;
            break;
        }
        enum mpr_options_verdict verdict = parse_option(parser, argv);
        if (verdict != MPR_OPTIONS_RUN) {
            return verdict;
        }
    }
    if (**argv == NULL || strcmp(**argv, ":") == 0) {
        return mpr_parser_misuse(parser, parser->options->app_count == 1 && **argv == NULL
                                             ? "no program given; for example: mprun -n 4 ./prog"
                                             : "no program given on one side of ':'; for example: "
                                               "mprun -n 1 ./first : -n 3 ./second");
    }
    parser->app->argv = *argv;
    while (**argv != NULL && strcmp(**argv, ":") != 0) {
        (*argv)++;
    }
    return MPR_OPTIONS_RUN;
}

static struct mpr_app *add_app(struct mpr_options *options)
{
    struct mpr_app *apps = realloc(options->apps, (options->app_count + 1) * sizeof(*apps));

    if (apps == NULL) {
        return NULL;
    }
    options->apps = apps;
    apps[options->app_count] = (struct mpr_app){0};
    return &apps[options->app_count++];
}

enum mpr_options_verdict mpr_options_parse(struct mpr_options *options, int argc, char **argv,
                                           FILE *stream, char *message, size_t message_bytes)
{
    struct mpr_parser parser = {
        .options = options, .stream = stream, .message = message, .message_bytes = message_bytes};

    *options = (struct mpr_options){0};
    if (argc > 0) {
        argv++;
    }
    for (;;) {
        parser.app = add_app(options);
        if (parser.app == NULL) {
            return mpr_parser_no_memory(&parser);
        }
        enum mpr_options_verdict verdict = parse_app(&parser, &argv);
        if (verdict != MPR_OPTIONS_RUN) {
            return verdict;
        }
        if (*argv == NULL) {
            return mpr_parser_read_variables(&parser);
        }
        *argv++ = NULL; // the ':' ends the program's argument vector
    }
}

static void free_settings(struct mpr_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->texts[i]);
    }
    free(settings->texts);
}

void mpr_options_free(struct mpr_options *options)
{
    for (size_t i = 0; i < options->app_count; i++) {
        free_settings(&options->apps[i].settings);
    }
    free_settings(&options->settings);
    free(options->apps);
    *options = (struct mpr_options){0};
}

int mpr_options_count_ranks(struct mpr_options *options, int cpus_usable)
{
    int total = 0;

    for (size_t i = 0; i < options->app_count; i++) {
        struct mpr_app *app = &options->apps[i];
        if (app->rank_count == 0) {
            app->rank_count = options->app_count == 1 ? cpus_usable : 1;
        }
        total += app->rank_count;
        if (total > MPR_RANKS_MAX) {
            return -1;
        }
    }
    return total;
}

void mpr_options_print_help(FILE *stream)
{
    fputs("Usage: mprun [options] prog [arguments] [: [options] prog2 [arguments]]...\n"
          "Runs an MPI program, or any other, as a job of several ranks on this machine.\n",
          stream);
    for (size_t i = 0; i < mpr_option_count; i++) {
        const struct mpr_option *option = &mpr_option_table[i];
        if (option->names == NULL) {
            fprintf(stream, "\n%s\n", option->usage);
        } else {
            fprintf(stream, "  %-22s %s\n", option->usage, option->help);
        }
    }
    fputs("\nTunables, read from the environment\n", stream);
    mpr_tunables_print(stream);
    fputs(
        "\nExamples\n"
        "  mprun -n 8 ./prog                        eight ranks, each with its share of the cores\n"
        "  mprun -n 1 ./head : -n 7 ./worker        two programs in one job\n"
        "  mprun -n 2 --map-by socket:PE=4 ./prog   four cores of a socket of its own each\n",
        stream);
}
