/* Ranges of a number, from words and for values. */
#include <agr/audit/bins.h>

#include <agr/base/parse.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "10-19" or "70+"; a '-' in front of a number is its sign. */
static bool read_bin(agr_audit_bin *bin)
{
    char from[AGR_AUDIT_BIN_NAME_BYTES];
    snprintf(from, sizeof from, "%s", bin->name);
    const size_t length = strlen(from);
    if (length > 1 && from[length - 1] == '+') {
        from[length - 1] = '\0';
        bin->to = HUGE_VAL;
        return agr_parse_number(from, &bin->from);
    }
    char *dash = length > 0 ? strchr(from + 1, '-') : NULL;
    if (dash == NULL)
        return false;
    *dash = '\0';
    return agr_parse_number(from, &bin->from) && agr_parse_number(dash + 1, &bin->to) &&
           bin->from <= bin->to;
}

static agr_status add_bin(agr_audit_bins *bins, const char *word, size_t length, agr_error *err)
{
    agr_audit_bin bin = {0};
    if (bins->n == AGR_AUDIT_MAX_BINS)
        return agr_error_set(err, AGR_USAGE, "expected at most %d bins", AGR_AUDIT_MAX_BINS);
    snprintf(bin.name, sizeof bin.name, "%.*s", (int)length, word);
    if (length >= sizeof bin.name || !read_bin(&bin))
        return agr_error_set(err, AGR_USAGE, "expected a range such as 10-19 or 70+, found '%.*s'",
                             (int)length, word);
    bins->bin[bins->n++] = bin;
    return AGR_OK;
}

static bool are_whole(const agr_audit_bins *bins)
{
    for (int b = 0; b < bins->n; b++)
        if (bins->bin[b].from != floor(bins->bin[b].from) ||
            bins->bin[b].to != floor(bins->bin[b].to))
            return false;
    return true;
}

agr_status agr_audit_bins_parse(const char *text, agr_audit_bins *bins, agr_error *err)
{
    *bins = (agr_audit_bins){0};
    for (const char *word = text;; word++) {
        const size_t length = strcspn(word, ",");
        AGR_TRY(add_bin(bins, word, length, err));
        word += length;
        if (*word == '\0')
            break;
    }
    if (are_whole(bins))
        for (int b = 0; b < bins->n; b++)
            bins->bin[b].to += 1;
    for (int b = 1; b < bins->n; b++)
        if (bins->bin[b].from < bins->bin[b - 1].to)
            return agr_error_set(err, AGR_USAGE,
                                 "expected bins that ascend without overlap, found '%s' after '%s'",
                                 bins->bin[b].name, bins->bin[b - 1].name);
    return AGR_OK;
}

int agr_audit_bins_find(const agr_audit_bins *bins, double value)
{
    for (int b = 0; b < bins->n; b++)
        if (value >= bins->bin[b].from && value < bins->bin[b].to)
            return b;
    return -1;
}
