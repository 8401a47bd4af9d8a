/* Mean, deviation and interval of a few values. */
#include <agr/audit/spread.h>

#include <math.h>

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

agr_audit_spread agr_audit_spread_of(const double *value, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += value[i];
    agr_audit_spread spread = {n, sum / n, (double)NAN, (double)NAN, (double)NAN};
    if (n < 2)
        return spread;
    for (int i = 0; i < n; i++)
        squares += (value[i] - spread.mean) * (value[i] - spread.mean);
    spread.deviation = sqrt(squares / (n - 1));
    const double half = agr_audit_student_t(n - 1) * spread.deviation / sqrt(n);
    spread.low = spread.mean - half;
    spread.high = spread.mean + half;
    return spread;
}
