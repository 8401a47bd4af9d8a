/* Reads command lines by a table of options, and prints the help that follows from it. */
#include "options.h"

#include "cli.h"
#include "help.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <string.h>

/* ---- values ---- */

static agr_status bad_value(const cli_option *option, const char *expected, const char *found,
                            agr_error *err)
{
    return agr_error_set(err, AGR_USAGE, "--%s: expected %s, found '%s'", option->name, expected,
                         found);
}

static agr_status bad_number(const cli_option *option, const char *noun, const char *found,
                             agr_error *err)
{
    char expected[128];
    if (option->min < option->max)
        snprintf(expected, sizeof expected, "%s from %.15g to %.15g", noun, option->min,
                 option->max);
    else
        snprintf(expected, sizeof expected, "%s", noun);
    return bad_value(option, expected, found, err);
}

static bool is_in_range(const cli_option *option, double value)
{
    return !(option->min < option->max) || (value >= option->min && value <= option->max);
}

static agr_status take_integer(const cli_option *option, const char *text, agr_error *err)
{
    int64_t value;
    if (!agr_parse_int(text, &value) || !is_in_range(option, (double)value))
        return bad_number(option, "an integer", text, err);
    *(int64_t *)option->value = value;
    return AGR_OK;
}

static agr_status take_number(const cli_option *option, const char *text, agr_error *err)
{
    double value;
    if (!agr_parse_number(text, &value) || !is_in_range(option, value))
        return bad_number(option, "a number", text, err);
    *(double *)option->value = value;
    return AGR_OK;
}

static agr_status take_duration(const cli_option *option, const char *text, agr_error *err)
{
    if (!agr_parse_duration(text, option->value))
        return bad_value(option, "a time with unit such as 60s, 5m or 2h", text, err);
    return AGR_OK;
}

static agr_status take_choice(const cli_option *option, const char *text, agr_error *err)
{
    agr_text expected = {0};
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            agr_text_release(&expected);
            *(int *)option->value = i;
            return AGR_OK;
        }
        agr_text_add(&expected, "%s%s", i > 0 ? ", " : "one of ", option->choices[i]);
    }
    bad_value(option, expected.failed ? "another word" : expected.data, text, err);
    agr_text_release(&expected);
    return AGR_USAGE;
}

static agr_status add_override(const cli_option *option, const char *key, size_t key_length,
                               const char *value, agr_error *err)
{
    cli_overrides *overrides = option->value;
    if (overrides->n == CLI_MAX_OVERRIDES)
        return agr_error_set(err, AGR_USAGE, "--%s: expected at most %d overrides", option->name,
                             CLI_MAX_OVERRIDES);
    if (key_length >= CLI_KEY_BYTES)
        return agr_error_set(err, AGR_USAGE, "--%s: expected a key of at most %d characters",
                             option->name, CLI_KEY_BYTES - 1);
    char *stored_key = overrides->key[overrides->n];
    memcpy(stored_key, key, key_length);
    stored_key[key_length] = '\0';
    char *origin = overrides->origin[overrides->n];
    snprintf(origin, CLI_NAME_BYTES, "--%s", option->name);
    overrides->item[overrides->n++] = (agr_config_override){stored_key, value, origin};
    return AGR_OK;
}

static agr_status take_assignment(const cli_option *option, const char *text, agr_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return bad_value(option, "KEY=VALUE", text, err);
    return add_override(option, text, (size_t)(equals - text), equals + 1, err);
}

static agr_status take_value(const cli_option *option, const char *text, agr_error *err)
{
    switch (option->type) {
    case CLI_FLAG:
        *(bool *)option->value = true;
        return AGR_OK;
    case CLI_TEXT:
    case CLI_OPTIONAL:
        *(const char **)option->value = text;
        return AGR_OK;
    case CLI_INTEGER:
        return take_integer(option, text, err);
    case CLI_NUMBER:
        return take_number(option, text, err);
    case CLI_DURATION:
        return take_duration(option, text, err);
    case CLI_CHOICE:
        return take_choice(option, text, err);
    case CLI_SET:
        return take_assignment(option, text, err);
    case CLI_SETTING:
        return add_override(option, option->key, strlen(option->key), text, err);
    }
    AGR_ASSERT(!"every option type is handled");
    return AGR_USAGE;
}

/* ---- the walk over argv ---- */

typedef struct {
    const cli_syntax *syntax;
    int argc;
    char **argv;
    int next; /* first argument not yet looked at */
    cli_arguments *arguments;
    const cli_option *bare; /* the last option that could have had a value and came without */
    const char *after_bare; /* the argument after it */
    help_form form;
} command_line;

static const cli_option *find_option(const cli_syntax *syntax, const char *name, size_t length,
                                     agr_error *err)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    agr_nearest nearest = {.word = word};
    for (int i = -1; i < syntax->n_options; i++) {
        const cli_option *option = i < 0 ? &cli_help_option : &syntax->option[i];
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
        agr_nearest_offer(&nearest, option->name);
    }
    agr_error_set(err, AGR_USAGE, "unknown option '--%s'", word);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean '--%s'?", nearest.found);
    else
        agr_error_hint(err, "'agr-mpi %s --help' lists the options", syntax->verb);
    return NULL;
}

static const cli_option *find_letter(const cli_syntax *syntax, char letter, agr_error *err)
{
    for (int i = -1; i < syntax->n_options; i++) {
        const cli_option *option = i < 0 ? &cli_help_option : &syntax->option[i];
        if (option->letter == letter)
            return option;
    }
    agr_error_set(err, AGR_USAGE, "unknown option '-%c'", letter);
    agr_error_hint(err, "'agr-mpi %s --help' lists the options", syntax->verb);
    return NULL;
}

/* Gives the option its value: what is attached to it, else the next argument. */
static agr_status take_option(command_line *line, const cli_option *option, const char *attached,
                              agr_error *err)
{
    if (option == &cli_help_option) {
        line->arguments->help = true;
        return help_form_find(attached, &line->form, err);
    }
    if (option->type == CLI_FLAG && attached != NULL)
        return agr_error_set(err, AGR_USAGE, "--%s: expected no value, found '%s'", option->name,
                             attached);
    if (option->type == CLI_OPTIONAL && attached == NULL && line->next < line->argc) {
        line->bare = option;
        line->after_bare = line->argv[line->next];
    }
    if (option->type == CLI_FLAG || option->type == CLI_OPTIONAL)
        return take_value(option, attached != NULL ? attached : "", err);
    if (attached != NULL)
        return take_value(option, attached, err);
    if (line->next == line->argc)
        return agr_error_set(err, AGR_USAGE, "--%s: expected %s, found nothing", option->name,
                             option->argument);
    return take_value(option, line->argv[line->next++], err);
}

static agr_status take_long(command_line *line, const char *word, agr_error *err)
{
    const size_t length = strcspn(word, "=");
    const cli_option *option = find_option(line->syntax, word, length, err);
    if (option == NULL)
        return AGR_USAGE;
    return take_option(line, option, word[length] == '=' ? word + length + 1 : NULL, err);
}

static agr_status take_short(command_line *line, const char *word, agr_error *err)
{
    const cli_option *option = find_letter(line->syntax, word[0], err);
    if (option == NULL)
        return AGR_USAGE;
    return take_option(line, option, word[1] != '\0' ? word + 1 : NULL, err);
}

static agr_status check_positionals(const command_line *line, agr_error *err)
{
    const cli_syntax *syntax = line->syntax;
    const cli_arguments *arguments = line->arguments;
    if (arguments->n < syntax->min_positionals)
        return agr_error_set(err, AGR_USAGE, "expected %s, found nothing", syntax->positionals);
    if (syntax->max_positionals < 0 || arguments->n <= syntax->max_positionals)
        return AGR_OK;
    const char *surplus = arguments->item[syntax->max_positionals];
    agr_error_set(err, AGR_USAGE, "expected no further argument, found '%s'", surplus);
    if (surplus == line->after_bare)
        agr_error_hint(err, "did you mean '--%s=%s'?", line->bare->name, surplus);
    return AGR_USAGE;
}

agr_status cli_parse(const cli_syntax *syntax, int argc, char **argv, cli_arguments *arguments,
                     agr_error *err)
{
    *arguments = (cli_arguments){.item = argv};
    command_line line = {.syntax = syntax, .argc = argc, .argv = argv, .arguments = arguments};
    bool options_ended = false;
    while (line.next < argc && !arguments->help) {
        char *word = argv[line.next++];
        if (options_ended || word[0] != '-' || word[1] == '\0')
            arguments->item[arguments->n++] = word;
        else if (strcmp(word, "--") == 0)
            options_ended = true;
        else if (word[1] == '-')
            AGR_TRY(take_long(&line, word + 2, err));
        else
            AGR_TRY(take_short(&line, word + 1, err));
    }
    if (!arguments->help)
        return check_positionals(&line, err);
    if (cli_speaks())
        help_print(syntax, line.form);
    return AGR_OK;
}
