/**
 * Words that people write, read strictly: the whole text must be the value, and nothing is cut,
 * rounded to fit or guessed. Each returns false (and leaves *value alone) for anything else.
 */
#ifndef AGR_BASE_PARSE_H
#define AGR_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/** Decimal digits with an optional '-'; no '+', so that "+50" can mean "50 more" to
 * whoever asks. */
bool agr_parse_int(const char *text, int64_t *value);

/** A finite decimal number: "0.005", "1e-7", "-3". No hexadecimal, no inf or nan. */
bool agr_parse_number(const char *text, double *value);

/** "true", "yes", "on" or "false", "no", "off". */
bool agr_parse_flag(const char *text, bool *value);

/** A time with its unit, in seconds: "60s", "1.5m", "2h", "1d", "250ms", "20us"; "0" alone.
 * Never negative. */
bool agr_parse_duration(const char *text, double *value_s);

/** What a link carries, in bytes a second: "25Gb" and "100Mb" are bits, "3GB" and "800MB" bytes. Above 0. */
bool agr_parse_rate(const char *text, double *bytes_per_s);

/**
 * The candidate that somebody probably meant:
 *
 *     agr_nearest nearest = {.word = "optimizer.rl"};
 *     for (...)
 *         agr_nearest_offer(&nearest, key[i]);
 *     if (nearest.found != NULL) ... "did you mean '%s'?"
 *
 * Distance: insertions, deletions, substitutions and swaps of neighbours (optimal string
 * alignment); case, '_' and '-' do not count, and a beginning of four or more letters is at
 * most two edits away from the whole. Candidates further away than a third of the word are not offered.
 */
typedef struct {
    const char *word;
    const char *found; /* borrowed from the candidates; NULL when nothing is near */
    int distance;      /* of found */
} agr_nearest;

void agr_nearest_offer(agr_nearest *nearest, const char *candidate);

#endif
