/* Numbers as people read them. */
#include "words_impl.h"

#include <agr/base/duration.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char none[] = "\u2013", minus[] = "\u2212";

/* So many places that three digits say something; never fewer than what is before the point. */
static int places(double value)
{
    const double size = fabs(value);
    return size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 || size == 0 ? 2 : 3;
}

number_words words_number(double value)
{
    number_words w;
    if (isnan(value))
        snprintf(w.text, sizeof w.text, "%s", none);
    else if (fabs(value) >= 1e7 || (value != 0 && fabs(value) < 5e-4))
        snprintf(w.text, sizeof w.text, "%s%.2e", value < 0 ? minus : "", fabs(value));
    else
        snprintf(w.text, sizeof w.text, "%s%.*f", value < 0 ? minus : "", places(value),
                 fabs(value));
    return w;
}

number_words words_difference(double value)
{
    number_words w;
    const number_words size = words_number(fabs(value));
    snprintf(w.text, sizeof w.text, "%s%.40s",
             isnan(value) || value == 0 ? ""
             : value > 0                ? "+"
                                        : "\u2212",
             size.text);
    return w;
}

number_words words_count(int64_t n)
{
    number_words w;
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        w.text[at++] = digits[i];
        if (digits[i] != '-' && (length - i) % 3 == 1 && i + 1 < length)
            w.text[at++] = ',';
    }
    w.text[at] = '\0';
    return w;
}

number_words words_large(double value)
{
    number_words w;
    if (value >= 1e7) {
        const number_words millions = words_count((int64_t)(value / 1e6 + 0.5));
        snprintf(w.text, sizeof w.text, "%.30s M", millions.text);
    } else if (value >= 1e5) {
        snprintf(w.text, sizeof w.text, "%.2f M", value / 1e6);
    } else {
        w = words_count((int64_t)value);
    }
    return w;
}

number_words words_duration(double seconds)
{
    char room[AGR_DURATION_BYTES];
    number_words w;
    snprintf(w.text, sizeof w.text, "%s", isnan(seconds) ? none : agr_duration_text(seconds, room));
    return w;
}

number_words words_share(double share)
{
    number_words w;
    if (isnan(share))
        snprintf(w.text, sizeof w.text, "%s", none);
    else
        snprintf(w.text, sizeof w.text, "%.1f\u00a0%%", 100 * share);
    return w;
}

number_words words_hash(uint64_t hash)
{
    number_words w;
    snprintf(w.text, sizeof w.text, "%016llx", (unsigned long long)hash);
    return w;
}

void words_argument(agr_text *command, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "./_-+=:,@";
    if (argument[0] != '\0' && argument[strspn(argument, plain)] == '\0') {
        agr_text_add(command, "%s", argument);
        return;
    }
    agr_text_add(command, "'");
    for (; *argument != '\0'; argument++)
        agr_text_add(command, *argument == '\'' ? "'\\''" : "%c", *argument);
    agr_text_add(command, "'");
}
