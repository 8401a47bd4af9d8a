/**
 * What a command line can be, told from its table: to people, as a manual page, and as words for
 * shells that complete them.
 */
#ifndef AGR_CLI_HELP_H
#define AGR_CLI_HELP_H

#include "options.h"

typedef enum {
    HELP_TEXT,  /* --help */
    HELP_MAN,   /* --help=man: roff, for man(1) */
    HELP_WORDS, /* --help=words: an option a line, behind it the words that it takes */
} help_form;

/** The row that every command has. */
extern const cli_option cli_help_option;

/** The form that `--help=word` asks for; word NULL: HELP_TEXT. AGR_USAGE. */
agr_status help_form_find(const char *word, help_form *form, agr_error *err);

/** Prints a command's help on stdout. */
void help_print(const cli_syntax *syntax, help_form form);

/** A command as the program's own help lists it. */
typedef struct {
    const char *verb, *help;
} help_command;

/** Prints the program's help on stdout. */
void help_print_program(const help_command *command, int n_commands, help_form form);

#endif
