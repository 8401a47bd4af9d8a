/* How wide words are, and numbers as axes write them. */
#include "chart_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool chart_is_drawable(double value)
{
    return isfinite(value) && fabs(value) < 1e100;
}

/* Bytes of the character that begins here; wrong ones count one by one. */
static int character_bytes(const char *at)
{
    int n = 1;
    while (((unsigned char)at[n] & 0xc0) == 0x80 && n < 4)
        n++;
    return n;
}

/* In sizes of the font: that of the widest font of the style (DejaVu Sans), rounded up. Letters that are not
 * ASCII may be Chinese and take a whole one. */
static double character_width(char c)
{
    if ((unsigned char)c >= 0x80)
        return 1.02;
    if (strchr("ijl.,:;'|! ", c) != NULL)
        return 0.38;
    if (strchr("rtf()[]-/\\\"IJ", c) != NULL)
        return 0.48;
    if (strchr("mMW@%", c) != NULL)
        return 1.02;
    if (c == 'w' || (c >= 'A' && c <= 'Z') || strchr("<>=+~&", c) != NULL)
        return 0.86;
    return 0.65;
}

double chart_width_of(const char *words, double size)
{
    double width = 0;
    for (; *words != '\0'; words += character_bytes(words))
        width += character_width(*words);
    return width * size;
}

const char *chart_fit(const char *words, double size, double room, char fitted[CHART_WORD_BYTES])
{
    static const char ellipsis[] = "\u2026";
    if (strlen(words) < CHART_WORD_BYTES && chart_width_of(words, size) <= room)
        return words;
    int n = 0;
    double width = size; /* of the ellipsis */
    while (words[n] != '\0') {
        const int next = n + character_bytes(words + n);
        width += size * character_width(words[n]);
        if (width > room || next + (int)sizeof ellipsis > CHART_WORD_BYTES)
            break;
        n = next;
    }
    snprintf(fitted, CHART_WORD_BYTES, "%.*s%s", n, words, ellipsis);
    return fitted;
}

void chart_number(double value, char words[32])
{
    char plain[32];
    snprintf(plain, sizeof plain, fabs(value) < 1e6 ? "%.6g" : "%.4g", fabs(value));
    snprintf(words, 32, "%s%s", value < 0 ? "\u2212" : "", plain);
}
