/* Time that passes, and sleeping. */
#include <agr/base/clock.h>

#include <time.h>

double agr_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double agr_clock_wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void agr_clock_sleep_s(double duration_s)
{
    struct timespec duration;
    duration.tv_sec = (time_t)duration_s;
    duration.tv_nsec = (long)((duration_s - (double)duration.tv_sec) * 1e9);
    nanosleep(&duration, NULL);
}
