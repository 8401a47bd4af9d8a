/* exp, log, sine and cosine as sums of products in a fixed order: see elementary.h for why.
 *
 * Each takes its argument to a small interval, where a Taylor series with as many terms as a double
 * needs is summed from its smallest term. Constants that the interval is reached with are held in
 * two or three pieces, the first ones short enough that their products with whole numbers are exact
 * (Cody and Waite, "Software manual for the elementary functions", 1980). */
#include <agr/base/elementary.h>

#include <agr/base/error.h>
#include <math.h>

/* log 2, the first piece in 32 bits. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;

double agr_exp(double x)
{
    static const double one_by_ln2 = 0x1.71547652b82fep+0;
    if (isnan(x) || x > 709.79)
        return x > 0 ? (double)INFINITY : x;
    if (x < -745.14)
        return 0;
    const double n = floor(x * one_by_ln2 + 0.5);
    const double high = x - n * LN2_HIGH, low = n * LN2_LOW, r = high - low;
    double sum = 1;
    for (int k = 13; k > 2; k--) /* 1 + r/3 + r^2/(3*4) + ... */
        sum = 1 + sum * r / k;
    /* e^r = 1 + r + r^2/2 * sum; what `r` lost in rounding comes last */
    sum = 1 + (high + (sum * (r * r / 2) - low));
    return ldexp(sum, (int)n);
}

/* log(1 + f) for sqrt(1/2) <= 1 + f < sqrt(2), plus n log 2.
 * With s = f / (2 + f): log(1 + f) = 2 (s + s^3/3 + s^5/5 + ...) = f - (f^2/2 - s (f^2/2 + R)), which
 * has its largest term without an error (fdlibm's arrangement). `missing` is what f lacks. */
static double log_near_one(double f, double n, double missing)
{
    const double s = f / (2 + f), square = s * s, half = f * f / 2;
    double sum = 0;
    for (int k = 25; k >= 3; k -= 2)
        sum = (sum + 2.0 / k) * square;
    return n * LN2_HIGH - ((half - (s * (half + sum) + (n * LN2_LOW + missing))) - f);
}

/* x * 2^-n in [sqrt(1/2), sqrt(2)), for positive finite x. */
static double split(double x, int *n)
{
    double m = frexp(x, n);
    if (m < M_SQRT1_2) {
        m *= 2;
        --*n;
    }
    return m;
}

double agr_ln(double x)
{
    if (isnan(x) || x < 0)
        return (double)NAN;
    if (x == 0)
        return (double)-INFINITY;
    if (isinf(x))
        return x;
    int n;
    const double m = split(x, &n);
    return log_near_one(m - 1, n, 0);
}

double agr_ln1p(double x)
{
    if (isnan(x) || x <= -1 || isinf(x))
        return agr_ln(1 + x);
    int n;
    const double m = split(1 + x, &n);
    if (n == 0)
        return log_near_one(x, 0, 0);
    const double rounded = 1 + x, lost = x > 1 ? 1 - (rounded - x) : x - (rounded - 1);
    return log_near_one(m - 1, n, lost / rounded);
}

/* ---- sine and cosine ---- */

/* x = quadrant * pi/2 + high + low, |high| <= pi/4. */
typedef struct {
    int quadrant;
    double high, low;
} angle;

static angle reduce(double x)
{
    /* pi/2 in 33 bits, 33 more, and the rest: products with quadrants below 2^20 are exact. */
    static const double first = 0x1.921fb544p+0, second = 0x1.0b4611a6p-34,
                        rest = 0x1.3198a2e037073p-69;
    const double n = floor(x * M_2_PI + 0.5);
    const double left = x - n * first, step = n * second, almost = left - step;
    const double low = ((left - almost) - step) - n * rest;
    const double high = almost + low;
    return (angle){(int)((int64_t)n & 3), high, (almost - high) + low};
}

static double sine_of(angle a)
{
    const double x = a.high, square = x * x;
    double sum = 0;
    for (int k = 18; k >= 4; k -= 2) /* 1/3! - x^2/5! + ... = (1 - x^2/(4*5) (1 - ...)) / 6 */
        sum = (1 - sum) * square / (k * (k + 1));
    sum = (1 - sum) / 6;
    return x - (x * square * sum - a.low * (1 - square / 2));
}

static double cosine_of(angle a)
{
    const double x = a.high, square = x * x, half = square / 2;
    double sum = 0;
    for (int k = 17; k >= 3; k -= 2)
        sum = (1 - sum) * square / (k * (k + 1));
    /* 1 - x^2/2 + x^4/24 - ...: what 1 - half loses is added back */
    const double most = 1 - half;
    return most + (((1 - most) - half) + (half * sum - x * a.low));
}

static double sine_or_cosine(double x, int quadrants_ahead)
{
    if (!(fabs(x) <= 1e5))
        return (double)NAN;
    const angle a = reduce(x);
    const int quadrant = (a.quadrant + quadrants_ahead) & 3;
    const double value = quadrant & 1 ? cosine_of(a) : sine_of(a);
    return quadrant & 2 ? -value : value;
}

double agr_sin(double x)
{
    return sine_or_cosine(x, 0);
}

double agr_cos(double x)
{
    return sine_or_cosine(x, 1);
}

double agr_power(double base, int64_t n)
{
    AGR_ASSERT(n >= 0);
    double power = 1;
    for (; n > 0; n /= 2, base *= base)
        if (n % 2 == 1)
            power *= base;
    return power;
}
