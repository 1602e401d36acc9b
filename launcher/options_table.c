/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of the option table, and what each option does. */
#include "launcher/options_table.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/version.h"
#include "launcher/guess.h"

// --- Values -----------------------------------------------------------------------------------

static bool parse_int(const char *text, int least, int most, int *value)
{
    char *end;

    errno = 0;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < least || number > most) {
        return false;
    }
    *value = (int)number;
    return true;
}

struct word {
    const char *text;
    int value;
    bool is_alias; // understood, not offered
};

/* Finds the first `length` characters of `text` among the words, whatever the case of letters. */
static const struct word *find_word(const struct word *words, const char *text, size_t length)
{
    for (; words->text != NULL; words++) {
        if (strlen(words->text) == length && strncasecmp(words->text, text, length) == 0) {
            return words;
        }
    }
    return NULL;
}

static enum mpr_options_verdict refuse_word(struct mpr_parser *parser, const char *text,
                                            const struct word *words)
{
    struct mpr_guess guess;
    char choices[128] = "";

    mpr_guess_start(&guess, text);
    for (; words->text != NULL; words++) {
        mpr_guess_offer(&guess, words->text, strlen(words->text));
        if (!words->is_alias) {
            size_t used = strlen(choices);
            snprintf(choices + used, sizeof(choices) - used, "%s%s", used ? ", " : "", words->text);
        }
    }
    if (guess.best[0] != '\0') {
        return mpr_parser_misuse(parser, "%s: '%s' is not one of %s: did you mean %s?",
                                 parser->spelling, text, choices, guess.best);
    }
    return mpr_parser_misuse(parser, "%s: '%s' is not one of %s", parser->spelling, text, choices);
}

static bool add_setting(struct mpr_settings *settings, const char *name, const char *value)
{
    char **texts = realloc(settings->texts, (settings->count + 1) * sizeof(*texts));
    if (texts == NULL) {
        return false;
    }
    settings->texts = texts;
    return asprintf(&texts[settings->count], "%s=%s", name, value) >= 0 && ++settings->count;
}

static enum mpr_options_verdict set_variable(struct mpr_parser *parser,
                                             struct mpr_settings *settings, const char *name,
                                             const char *value)
{
    if (name[0] == '\0' || strchr(name, '=') != NULL) {
        return mpr_parser_misuse(parser, "%s: '%s' is not the name of a variable", parser->spelling,
                                 name);
    }
    if (!add_setting(settings, name, value)) {
        return mpr_parser_no_memory(parser);
    }
    return MPR_OPTIONS_RUN;
}

// --- What each option does --------------------------------------------------------------------

static enum mpr_options_verdict apply_ranks(struct mpr_parser *parser, char **arguments)
{
    if (!parse_int(arguments[0], 1, MPR_RANKS_MAX, &parser->app->rank_count)) {
        return mpr_parser_misuse(parser,
                                 "%s: '%s' is not a number of ranks: give one from 1 to %d, as in "
                                 "mprun -n 4 ./prog",
                                 parser->spelling, arguments[0], MPR_RANKS_MAX);
    }
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_directory(struct mpr_parser *parser, char **arguments)
{
    parser->app->directory = arguments[0];
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_export(struct mpr_parser *parser, char **arguments)
{
    char *value = strchr(arguments[0], '=');
    char *name = value != NULL ? strndup(arguments[0], (size_t)(value - arguments[0]))
                               : strdup(arguments[0]);
    enum mpr_options_verdict verdict = MPR_OPTIONS_RUN;

    if (name == NULL) {
        return mpr_parser_no_memory(parser);
    }
    if (value != NULL || name[0] == '\0') {
        verdict =
            set_variable(parser, &parser->app->settings, name, value != NULL ? value + 1 : "");
    } else if (getenv(name) == NULL) {
        mpr_say("%s: the environment has no variable %s; %s=value would set it", parser->spelling,
                name, name);
    }
    free(name);
    return verdict;
}

static enum mpr_options_verdict apply_environment(struct mpr_parser *parser, char **arguments)
{
    return set_variable(parser, &parser->app->settings, arguments[0], arguments[1]);
}

static enum mpr_options_verdict apply_global_environment(struct mpr_parser *parser,
                                                         char **arguments)
{
    return set_variable(parser, &parser->options->settings, arguments[0], arguments[1]);
}

static enum mpr_options_verdict apply_bind(struct mpr_parser *parser, char **arguments)
{
    static const struct word words[] = {
        {"none", MPR_BIND_NONE, false},    {"hwthread", MPR_BIND_HWTHREAD, false},
        {"core", MPR_BIND_CORE, false},    {"l3", MPR_BIND_L3, false},
        {"numa", MPR_BIND_NUMA, false},    {"socket", MPR_BIND_SOCKET, false},
        {"l3cache", MPR_BIND_L3, true},    {"package", MPR_BIND_SOCKET, true},
        {"numanode", MPR_BIND_NUMA, true}, {NULL, 0, false},
    };
    // Open MPI's ":overload-allowed" needs no word here: no number of ranks is refused.
    const struct word *word = find_word(words, arguments[0], strcspn(arguments[0], ":"));

    if (word == NULL) {
        return refuse_word(parser, arguments[0], words);
    }
    parser->options->bind = (enum mpr_bind)word->value;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict set_cores_per_rank(struct mpr_parser *parser, const char *text)
{
    if (!parse_int(text, 1, MPR_RANKS_MAX, &parser->options->cores_per_rank)) {
        return mpr_parser_misuse(parser, "%s: '%s' is not a number of cores for each rank",
                                 parser->spelling, text);
    }
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_map(struct mpr_parser *parser, char **arguments)
{
    static const struct word words[] = {
        {"core", MPR_MAP_CORE, false},    {"l3", MPR_MAP_L3, false},
        {"numa", MPR_MAP_NUMA, false},    {"socket", MPR_MAP_SOCKET, false},
        {"slot", MPR_MAP_SLOT, false},    {"hwthread", MPR_MAP_HWTHREAD, true},
        {"l3cache", MPR_MAP_L3, true},    {"package", MPR_MAP_SOCKET, true},
        {"numanode", MPR_MAP_NUMA, true}, {"node", MPR_MAP_SLOT, true},
        {"", MPR_MAP_SLOT, true},         {NULL, 0, false},
    };
    size_t length = strcspn(arguments[0], ":");
    const struct word *word = find_word(words, arguments[0], length);

    if (word == NULL) {
        return refuse_word(parser, arguments[0], words);
    }
    parser->options->map = (enum mpr_map)word->value;
    for (char *modifier = arguments[0] + length; *modifier == ':';) {
        modifier++;
        length = strcspn(modifier, ":");
        if (strncasecmp(modifier, "PE=", 3) == 0) {
            char number[16];
            snprintf(number, sizeof(number), "%.*s", (int)length - 3, modifier + 3);
            if (set_cores_per_rank(parser, number) != MPR_OPTIONS_RUN) {
                return MPR_OPTIONS_MISUSE;
            }
        } else if (length != strlen("oversubscribe") ||
                   strncasecmp(modifier, "oversubscribe", length) != 0) {
            return mpr_parser_misuse(
                parser,
                "%s: ':%.*s' is unknown: the unit may be followed by :PE=k, the "
                "number of cores for each rank",
                parser->spelling, (int)length, modifier);
        }
        modifier += length;
    }
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_cores_per_rank(struct mpr_parser *parser, char **arguments)
{
    return set_cores_per_rank(parser, arguments[0]);
}

static enum mpr_options_verdict apply_cpu_set(struct mpr_parser *parser, char **arguments)
{
    parser->options->cpu_set = arguments[0];
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_report_bindings(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    parser->options->report_bindings = true;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_display(struct mpr_parser *parser, char **arguments)
{
    static const struct word words[] = {{"map", 0, false}, {"bind", 0, true}, {NULL, 0, false}};

    if (find_word(words, arguments[0], strlen(arguments[0])) == NULL) {
        return refuse_word(parser, arguments[0], words);
    }
    return apply_report_bindings(parser, arguments);
}

static enum mpr_options_verdict apply_dry_run(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    parser->options->dry_run = true;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_tag(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    parser->options->tag_output = true;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_timestamp(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    parser->options->timestamp_output = true;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_stdin(struct mpr_parser *parser, char **arguments)
{
    if (strcmp(arguments[0], "all") == 0) {
        parser->options->stdin_rank = MPR_STDIN_ALL;
    } else if (strcmp(arguments[0], "none") == 0) {
        parser->options->stdin_rank = MPR_STDIN_NONE;
    } else if (!parse_int(arguments[0], 0, MPR_RANKS_MAX - 1, &parser->options->stdin_rank)) {
        return mpr_parser_misuse(parser, "%s: '%s' is neither a rank nor 'all' nor 'none'",
                                 parser->spelling, arguments[0]);
    }
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_timeout(struct mpr_parser *parser, char **arguments)
{
    char *end;
    double seconds = strtod(arguments[0], &end);

    if (end == arguments[0] || *end != '\0' || !(seconds > 0 && seconds < 1e9)) {
        return mpr_parser_misuse(parser, "%s: '%s' is not a number of seconds above 0",
                                 parser->spelling, arguments[0]);
    }
    parser->options->timeout_ns = (int64_t)(seconds * 1e9);
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_on_hang(struct mpr_parser *parser, char **arguments)
{
    static const char *const names[] = {"end", "tell", "ignore"}; // in the order of enum mpr_hang

    for (size_t i = 0; i < mpr_array_count(names); i++) {
        if (strcmp(arguments[0], names[i]) == 0) {
            parser->options->on_hang = (enum mpr_hang)i;
            return MPR_OPTIONS_RUN;
        }
    }
    return mpr_parser_misuse(parser, "%s: '%s' is none of end, tell and ignore", parser->spelling,
                             arguments[0]);
}

static enum mpr_options_verdict apply_status(struct mpr_parser *parser, char **arguments)
{
    if (!parse_int(arguments[0], 1, INT_MAX, &parser->options->status_pid)) {
        return mpr_parser_misuse(parser, "%s: '%s' is not the number of a process",
                                 parser->spelling, arguments[0]);
    }
    return MPR_OPTIONS_STATUS;
}

/* Other launchers know it, too. */
enum mpr_options_verdict mpr_parser_read_variables(struct mpr_parser *parser)
{
    char *seconds = getenv("MPIEXEC_TIMEOUT");

    if (seconds == NULL || parser->options->timeout_ns > 0) {
        return MPR_OPTIONS_RUN;
    }
    parser->spelling = "MPIEXEC_TIMEOUT";
    return apply_timeout(parser, &seconds);
}

static enum mpr_options_verdict apply_continue(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    parser->options->continues = true;
    return MPR_OPTIONS_RUN;
}

static enum mpr_options_verdict apply_help(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    mpr_options_print_help(parser->stream);
    return MPR_OPTIONS_DONE;
}

static enum mpr_options_verdict apply_version(struct mpr_parser *parser, char **arguments)
{
    (void)arguments;
    fprintf(parser->stream, "%s\n", mpr_version_text());
    return MPR_OPTIONS_DONE;
}

// --- The table --------------------------------------------------------------------------------

const struct mpr_option mpr_option_table[] = {
    {NULL, 0, "What to run", NULL, NULL},
    {"n np c ntasks", 1, "-n, -np N", "ranks to start (default: one for each usable CPU)",
     apply_ranks},
    {"wdir wd chdir", 1, "-wdir D", "run in directory D", apply_directory},
    {"x", 1, "-x V[=v]", "set variable V for the ranks; all others they inherit anyway",
     apply_export},
    {"env", 2, "-env V v", "the same", apply_environment},
    {"genv", 2, "-genv V v", "the same, for all programs of the job", apply_global_environment},
    {"timeout", 1, "--timeout S", "end the job after S seconds, saying where each rank was",
     apply_timeout},
    {"on-hang", 1, "--on-hang WHAT",
     "when no rank can go on: end (default), tell or ignore", apply_on_hang},
    {"continue enable-recovery disable-auto-cleanup", 0, "--continue",
     "when a rank dies let the others go on; they get errors", apply_continue},

    {NULL, 0, "Where to run it", NULL, NULL},
    {"bind-to", 1, "--bind-to UNIT", "none, hwthread, core, l3, numa or socket", apply_bind},
    {"map-by", 1, "--map-by UNIT[:PE=k]", "core, l3, numa, socket or slot; k cores for each rank",
     apply_map},
    {"cpus-per-rank cpus-per-proc cpus-per-task", 1, "--cpus-per-rank k", "the same as PE=k",
     apply_cores_per_rank},
    {"cpu-set cpu-list", 1, "--cpu-set LIST", "use only these CPUs, such as 0-3,8", apply_cpu_set},
    {"report-bindings display-map", 0, "--report-bindings",
     "show the plan as a picture of the machine", apply_report_bindings},
    {"display", 1, "--display map", "the same", apply_display},
    {"dry-run do-not-launch", 0, "--dry-run", "show the plan and stop", apply_dry_run},

    {NULL, 0, "Input and output", NULL, NULL},
    {"l tag-output label prepend-rank", 0, "-l, --tag-output", "prefix each line with its rank",
     apply_tag},
    {"timestamp-output", 0, "--timestamp-output", "prefix each line with the time of day",
     apply_timestamp},
    {"stdin s input", 1, "--stdin R", "who reads standard input: a rank (default 0), all or none",
     apply_stdin},

    {NULL, 0, "About mprun", NULL, NULL},
    {"help h", 0, "-h, --help", "this text; man mprun tells more", apply_help},
    {"status", 1, "--status PID", "say where the ranks are of the job that mprun PID runs",
     apply_status},
    {"version V", 0, "--version", "the version", apply_version},
};

const size_t mpr_option_count = mpr_array_count(mpr_option_table);

#define ELSEWHERE   "all ranks run on this machine"
#define OF_OPEN_MPI "it belongs to Open MPI; mprun --help lists the tunables here"

const struct mpr_ignored_option mpr_ignored_table[] = {
    {"allow-run-as-root oversubscribe overcommit use-hwthread-cpus", 0, NULL},
    {"envall genvall quiet q verbose v", 0, NULL},
    {"nooversubscribe", 0, "any number of ranks may be started"},
    {"mca gmca prtemca", 2, OF_OPEN_MPI},
    {"host H hosts hostfile machinefile f nodes N ppn npernode", 1, ELSEWHERE},
    {"prefix launcher", 1, ELSEWHERE},
    {"iface", 1, "ranks talk through shared memory"},
    {"rank-by", 1, "ranks are numbered in the order of --map-by"},
};

const size_t mpr_ignored_count = mpr_array_count(mpr_ignored_table);
