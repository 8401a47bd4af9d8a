/**
 * Command lines driven by a table: the rows say which options exist, and --help is printed from
 * them.
 *
 *     static cli_option options[] = {
 *         {"count", 'n', CLI_INTEGER, "N", &count, "how many images", .min = 1, .max = 1e6},
 *         {"json", 0, CLI_FLAG, NULL, &json, "print JSON"},
 *         {"set", 0, CLI_SET, "KEY=VALUE", &overrides, "override a setting; may be repeated"},
 *         {"lr", 0, CLI_SETTING, "RATE", &overrides, "learning rate", .key = "optimizer.lr"},
 *     };
 *
 * `--name value`, `--name=value`, `-n value` and `-nvalue` are the same; `--` ends the options;
 * what is left are the positional arguments. An option given twice: the last one counts. Values
 * start as the command's defaults and are changed only by options that are given.
 */
#ifndef AGR_CLI_OPTIONS_H
#define AGR_CLI_OPTIONS_H

#include <agr/base/error.h>
#include <agr/config/config.h>

typedef enum {
    CLI_FLAG,     /* bool: becomes true */
    CLI_TEXT,     /* const char *: borrowed from argv */
    CLI_OPTIONAL, /* const char *: `--name` makes it "", `--name=value` the value */
    CLI_INTEGER,  /* int64_t, in [min, max] when these differ */
    CLI_NUMBER,   /* double, in [min, max] when these differ */
    CLI_DURATION, /* double, seconds; written with unit */
    CLI_CHOICE,   /* int: position in `choices` (ends with NULL) */
    CLI_SET,      /* cli_overrides: appends `key=value` */
    CLI_SETTING,  /* cli_overrides: appends an assignment to `key` */
} cli_option_type;

typedef struct {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    cli_option_type type;
    const char *argument; /* how --help calls the value: "FILE"; NULL for a flag */
    void *value;          /* what the type says */
    const char *help;
    double min, max;
    const char *const *choices;
    const char *key;
} cli_option;

enum { CLI_MAX_OVERRIDES = 128, CLI_KEY_BYTES = 192, CLI_NAME_BYTES = 32 };

/** Settings from the command line, ready for agr_config_load(). Starts as {0}. */
typedef struct {
    int n;
    agr_config_override item[CLI_MAX_OVERRIDES];
    char key[CLI_MAX_OVERRIDES][CLI_KEY_BYTES];
    char origin[CLI_MAX_OVERRIDES][CLI_NAME_BYTES]; /* "--set", "--lr" */
} cli_overrides;

/** What a command takes. */
typedef struct {
    const char *verb;
    const char *positionals; /* for the usage line: "IMAGE|DIR...", "" for none */
    int min_positionals;
    int max_positionals; /* -1: any number */
    const char *summary; /* what it does, for --help */
    const cli_option *option;
    int n_options;
} cli_syntax;

/** The positional arguments; or `help`, when --help was asked for and has been answered: the
 * command then returns AGR_OK at once. */
typedef struct {
    int n;
    char **item; /* borrowed from argv */
    bool help;
} cli_arguments;

#define CLI_COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/** Reads argv[0..argc) (what follows the verb) and moves its positional arguments to the front.
 * Prints the help text on stdout when asked. AGR_USAGE for anything the table does not allow. Call
 * it before MPI_Init. */
agr_status cli_parse(const cli_syntax *syntax, int argc, char **argv, cli_arguments *arguments,
                     agr_error *err);

#endif
