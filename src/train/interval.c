/* checkpoint.every: auto */
#include "interval_impl.h"

#include <math.h>

#define SHORTEST_S 60
#define LONGEST_S 1800
#define MOST_OF_THE_TIME 0.01

void write_cost_note(write_cost *cost, double seconds)
{
    cost->seconds[1] = cost->seconds[0] > 0 ? cost->seconds[0] : seconds;
    cost->seconds[0] = seconds;
}

double write_interval_s(double every_s, const write_cost *cost)
{
    if (!isnan(every_s))
        return every_s;
    const double wanted_s = fmin(cost->seconds[0], cost->seconds[1]) / MOST_OF_THE_TIME;
    return fmin(fmax(wanted_s, SHORTEST_S), LONGEST_S);
}
