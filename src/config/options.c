/* Options of layers and losses: text until their owner asks for them. */
#include <agr/config/config.h>

#include <agr/base/parse.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

agr_status agr_options_fail(const agr_options *options, agr_error *err, const char *format, ...)
{
    char text[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return agr_error_set(err, AGR_INPUT, "%s:%d: %s: %s", options->source, options->line,
                         options->subject, text);
}

/* Among the keys that were given, one that was meant to be this one? */
static agr_status hint_at_misspelling(const agr_options *options, const char *key, agr_error *err)
{
    agr_nearest nearest = {.word = key};
    for (int i = 0; i < options->n_options; i++)
        if (!options->option[i].asked)
            agr_nearest_offer(&nearest, options->option[i].key);
    if (nearest.found != NULL)
        return agr_error_hint(err, "there is '%s': did you mean '%s'?", nearest.found, key);
    return AGR_INPUT;
}

/* "file:line: subject: key: expected X, found Y"; option NULL: the key is missing. */
static agr_status bad_option(const agr_options *options, const agr_option *option, const char *key,
                             const char *expected, agr_error *err)
{
    if (option == NULL) {
        agr_options_fail(options, err, "%s: expected %s, found none", key, expected);
        return hint_at_misspelling(options, key, err);
    }
    return agr_error_set(err, AGR_INPUT, "%s:%d: %s: %s: expected %s, found '%s'", options->source,
                         option->line, options->subject, key, expected, option->value);
}

static void know(agr_options *options, const char *key)
{
    for (int i = 0; i < options->n_known; i++)
        if (strcmp(options->known[i], key) == 0)
            return;
    AGR_ASSERT(options->n_known < AGR_CONFIG_MAX_KNOWN);
    options->known[options->n_known++] = key;
}

static const agr_option *ask(agr_options *options, const char *key)
{
    know(options, key);
    for (int i = 0; i < options->n_options; i++) {
        if (strcmp(options->option[i].key, key) == 0) {
            options->option[i].asked = true;
            return &options->option[i];
        }
    }
    return NULL;
}

agr_status agr_options_int(agr_options *options, const char *key, int default_value, int min,
                           int max, int *value, agr_error *err)
{
    const agr_option *option = ask(options, key);
    int64_t number = default_value;
    if ((option == NULL || agr_parse_int(option->value, &number)) && number >= min &&
        number <= max) {
        *value = (int)number;
        return AGR_OK;
    }
    char expected[96];
    snprintf(expected, sizeof expected, "an integer from %d to %d", min, max);
    return bad_option(options, option, key, expected, err);
}

agr_status agr_options_number(agr_options *options, const char *key, double default_value,
                              double min, double max, double *value, agr_error *err)
{
    const agr_option *option = ask(options, key);
    double number = default_value;
    if ((option == NULL || agr_parse_number(option->value, &number)) && number >= min &&
        number <= max) {
        *value = number;
        return AGR_OK;
    }
    char expected[96];
    snprintf(expected, sizeof expected, "a number from %.15g to %.15g", min, max);
    return bad_option(options, option, key, expected, err);
}

agr_status agr_options_flag(agr_options *options, const char *key, bool default_value, bool *value,
                            agr_error *err)
{
    const agr_option *option = ask(options, key);
    bool flag = default_value;
    if (option != NULL && !agr_parse_flag(option->value, &flag))
        return bad_option(options, option, key, "true or false", err);
    *value = flag;
    return AGR_OK;
}

agr_status agr_options_text(agr_options *options, const char *key, const char *default_value,
                            const char **value, agr_error *err)
{
    const agr_option *option = ask(options, key);
    const char *text = option != NULL ? option->value : default_value;
    if (text == NULL)
        return bad_option(options, NULL, key, "a word", err);
    *value = text;
    return AGR_OK;
}

agr_status agr_options_choice(agr_options *options, const char *key, int default_index,
                              const char *const *choices, int *index, agr_error *err)
{
    const agr_option *option = ask(options, key);
    char expected[512] = "one of";
    int found = option == NULL ? default_index : -1;
    for (int i = 0; choices[i] != NULL; i++) {
        if (option != NULL && strcmp(option->value, choices[i]) == 0)
            found = i;
        const size_t length = strlen(expected);
        snprintf(expected + length, sizeof expected - length, "%s %s", i > 0 ? "," : "",
                 choices[i]);
    }
    if (found < 0)
        return bad_option(options, option, key, expected, err);
    *index = found;
    return AGR_OK;
}

agr_status agr_options_finish(const agr_options *options, agr_error *err)
{
    for (int i = 0; i < options->n_options; i++) {
        const agr_option *option = &options->option[i];
        if (option->asked)
            continue;
        agr_error_set(err, AGR_INPUT, "%s:%d: %s: unknown key '%s'", options->source, option->line,
                      options->subject, option->key);
        agr_nearest nearest = {.word = option->key};
        for (int k = 0; k < options->n_known; k++)
            agr_nearest_offer(&nearest, options->known[k]);
        if (nearest.found != NULL)
            agr_error_hint(err, "did you mean '%s'?", nearest.found);
        return AGR_INPUT;
    }
    return AGR_OK;
}
