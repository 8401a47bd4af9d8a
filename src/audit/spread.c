/* Mean, deviation and interval of a few values. */
#include <agr/audit/spread.h>

#include <math.h>
#include <stddef.h>

/* Fisher's expansion around the normal quantile is exact to 4 decimals where the table ends. */
double agr_audit_student_t(int degrees)
{
    static const double table[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469,
                                   2.3646,  2.3060, 2.2622, 2.2281, 2.2010, 2.1788};
    const int n = (int)(sizeof table / sizeof table[0]);
    if (degrees <= n)
        return table[degrees - 1];
    const double z = 1.959963985, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, v = degrees;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v);
}

/* Values are second[i] - first[i]; first NULL: second[i]. */
static double value_at(const double *first, const double *second, int i)
{
    return first != NULL ? second[i] - first[i] : second[i];
}

static agr_audit_spread spread_of(const double *first, const double *second, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += value_at(first, second, i);
    agr_audit_spread spread = {n, n > 0 ? sum / n : (double)NAN, (double)NAN, (double)NAN,
                               (double)NAN};
    if (n < 2)
        return spread;
    for (int i = 0; i < n; i++) {
        const double apart = value_at(first, second, i) - spread.mean;
        squares += apart * apart;
    }
    spread.deviation = sqrt(squares / (n - 1));
    const double half = agr_audit_student_t(n - 1) * spread.deviation / sqrt(n);
    spread.low = spread.mean - half;
    spread.high = spread.mean + half;
    return spread;
}

agr_audit_spread agr_audit_spread_of(const double *value, int n)
{
    return spread_of(NULL, value, n);
}

agr_audit_spread agr_audit_spread_of_pairs(const double *first, const double *second, int n)
{
    return spread_of(first, second, n);
}

/* Equal differences of rounded numbers are equal to a few last places only. */
bool agr_audit_spread_is_shown(const agr_audit_spread *spread)
{
    return spread->deviation > 1e-12 * fabs(spread->mean) && (spread->low > 0 || spread->high < 0);
}
