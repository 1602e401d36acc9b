/* SPDX-License-Identifier: BSD-3-Clause */
/* The option table: what the parser in options.c walks over and options_table.c fills. */
#ifndef LAUNCHER_OPTIONS_TABLE_H
#define LAUNCHER_OPTIONS_TABLE_H

#include "base/compiler.h"
#include "launcher/options.h"

#define MPR_OPTION_ARGUMENTS_MAX 2

struct mpr_parser {
    struct mpr_options *options;
    struct mpr_app *app;  // the program whose options are being read
    const char *spelling; // the option being read, as the user wrote it
    FILE *stream;
    char *message;
    size_t message_bytes;
};

/* Does what an option says; `arguments` are as many as it takes. */
typedef enum mpr_options_verdict mpr_option_apply(struct mpr_parser *parser, char **arguments);

struct mpr_option {
    const char *names; // all spellings, without dashes; NULL: the row is a heading of the help
    int argument_count;
    const char *usage; // how help shows it (or the heading)
    const char *help;
    mpr_option_apply *apply;
};

/* Options of other launchers that have no meaning here. */
struct mpr_ignored_option {
    const char *names;
    int argument_count;
    const char *reason; // what to tell the user; NULL: not worth a word
};

extern const struct mpr_option mpr_option_table[];
extern const size_t mpr_option_count;
extern const struct mpr_ignored_option mpr_ignored_table[];
extern const size_t mpr_ignored_count;

/* Notes what is wrong and returns MPR_OPTIONS_MISUSE. */
enum mpr_options_verdict mpr_parser_misuse(struct mpr_parser *parser, const char *format, ...)
    MPR_PRINTF(2, 3);

/* Notes that memory ran out at the option being read and returns MPR_OPTIONS_NO_MEMORY. */
enum mpr_options_verdict mpr_parser_no_memory(struct mpr_parser *parser);

/* Reads the variables that say what no option has said. */
enum mpr_options_verdict mpr_parser_read_variables(struct mpr_parser *parser);

void mpr_options_print_help(FILE *stream);

#endif
