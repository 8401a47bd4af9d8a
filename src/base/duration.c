/* Seconds to words. */
#include <agr/base/duration.h>

#include <math.h>
#include <stdio.h>

const char *agr_duration_text(double seconds, char text[AGR_DURATION_BYTES])
{
    const long minutes = lround(seconds / 60);
    if (seconds < 0.95)
        snprintf(text, AGR_DURATION_BYTES, "%.1g s", seconds);
    else if (seconds < 9.95)
        snprintf(text, AGR_DURATION_BYTES, "%.1f s", seconds);
    else if (seconds < 119.5)
        snprintf(text, AGR_DURATION_BYTES, "%.0f s", seconds);
    else if (minutes < 120)
        snprintf(text, AGR_DURATION_BYTES, "%ld min", minutes);
    else
        snprintf(text, AGR_DURATION_BYTES, "%ld h %02ld min", minutes / 60, minutes % 60);
    return text;
}
