/* Reads numbers, switches and times from whole words, and finds the word that was probably
 * meant. */
#include <agr/base/parse.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool agr_parse_int(const char *text, int64_t *value)
{
    if (!isdigit((unsigned char)text[0]) && !(text[0] == '-' && isdigit((unsigned char)text[1])))
        return false;
    char *end;
    errno = 0;
    const long long parsed = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *value = parsed;
    return true;
}

/* strtod() would also take leading blanks, '+', hexadecimal, inf and nan. */
static bool number_prefix(const char *text, double *value, char **end)
{
    if (strspn(text, "-.0123456789") == 0 || strpbrk(text, "xX") != NULL)
        return false;
    *value = strtod(text, end);
    return *end != text && isfinite(*value);
}

bool agr_parse_number(const char *text, double *value)
{
    double parsed;
    char *end;
    if (!number_prefix(text, &parsed, &end) || *end != '\0')
        return false;
    *value = parsed;
    return true;
}

bool agr_parse_flag(const char *text, bool *value)
{
    static const char *const word[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
    for (int truth = 0; truth < 2; truth++) {
        for (int i = 0; i < 3; i++) {
            if (strcmp(text, word[truth][i]) == 0) {
                *value = truth != 0;
                return true;
            }
        }
    }
    return false;
}

bool agr_parse_duration(const char *text, double *value_s)
{
    static const struct {
        const char *name;
        double duration_s;
    } unit[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    double count;
    char *end;
    if (!number_prefix(text, &count, &end) || signbit(count))
        return false;
    if (count == 0 && *end == '\0') {
        *value_s = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        if (strcmp(end, unit[i].name) == 0 && isfinite(count * unit[i].duration_s)) {
            *value_s = count * unit[i].duration_s;
            return true;
        }
    }
    return false;
}

bool agr_parse_rate(const char *text, double *bytes_per_s)
{
    static const struct {
        const char *name;
        double bytes;
    } unit[] = {{"Mb", 1e6 / 8}, {"Gb", 1e9 / 8}, {"MB", 1e6}, {"GB", 1e9}};
    double count;
    char *end;
    if (!number_prefix(text, &count, &end) || !(count > 0))
        return false;
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        if (strcmp(end, unit[i].name) == 0 && isfinite(count * unit[i].bytes)) {
            *bytes_per_s = count * unit[i].bytes;
            return true;
        }
    }
    return false;
}

enum { NEAREST_BYTES = 64, FEWEST_OF_PART = 4, PART_DISTANCE = 2 };

static int minimum(int a, int b)
{
    return a < b ? a : b;
}

static int word_distance(const char *a, const char *b)
{
    const size_t n_a = strlen(a), n_b = strlen(b);
    int row[3][NEAREST_BYTES + 1]; /* rows i-2, i-1 and i of the table, by i % 3 */
    for (size_t j = 0; j <= n_b; j++)
        row[0][j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int *current = row[i % 3];
        const int *above = row[(i - 1) % 3];
        const int *second_above = row[(i + 1) % 3];
        current[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            const int change = above[j - 1] + (a[i - 1] != b[j - 1]);
            current[j] = minimum(change, 1 + minimum(above[j], current[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = minimum(current[j], second_above[j - 2] + 1);
        }
    }
    return row[n_a % 3][n_b];
}

/* Spellings that only a program tells apart: "Conv2D", "batch-norm". */
static void fold(char folded[NEAREST_BYTES + 1], const char *word)
{
    size_t n = 0;
    for (; *word != '\0'; word++)
        if (*word != '_' && *word != '-')
            folded[n++] = (char)tolower((unsigned char)*word);
    folded[n] = '\0';
}

/* "batch_norm" for "batch_normalization" */
static bool begins(const char *longer, const char *shorter)
{
    const size_t n = strlen(shorter);
    return n >= FEWEST_OF_PART && n < strlen(longer) && strncmp(longer, shorter, n) == 0;
}

void agr_nearest_offer(agr_nearest *nearest, const char *candidate)
{
    char word[NEAREST_BYTES + 1], other[NEAREST_BYTES + 1];
    if (strlen(nearest->word) > NEAREST_BYTES || strlen(candidate) > NEAREST_BYTES)
        return;
    fold(word, nearest->word);
    fold(other, candidate);
    const bool is_part = begins(other, word) || begins(word, other);
    const int edits = word_distance(word, other);
    const int distance = is_part && edits > PART_DISTANCE ? PART_DISTANCE : edits;
    if (distance > 1 + (int)strlen(word) / 3)
        return;
    if (nearest->found == NULL || distance < nearest->distance) {
        nearest->found = candidate;
        nearest->distance = distance;
    }
}
