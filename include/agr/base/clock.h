/** Time. */
#ifndef AGR_BASE_CLOCK_H
#define AGR_BASE_CLOCK_H

/** Seconds of a clock that never goes back (CLOCK_MONOTONIC).
 * Comparable within one machine only. */
double agr_clock_s(void);

/** Seconds since 1970, by this machine's calendar. */
double agr_clock_wall_s(void);

/** Sleeps at least this long unless a signal comes. */
void agr_clock_sleep_s(double duration_s);

#endif
