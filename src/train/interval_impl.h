/* How often checkpoints are written. */
#ifndef AGR_TRAIN_INTERVAL_IMPL_H
#define AGR_TRAIN_INTERVAL_IMPL_H

/* What writing took, the last two times; all zero: nothing yet. */
typedef struct {
    double seconds[2];
} write_cost;

void write_cost_note(write_cost *cost, double seconds);

/* Seconds from the beginning of one write to that of the next. every_s as configured (checkpoint.every);
 * NaN, auto: a minute, or a hundred times what a write takes, half an hour at most. Of two writes the faster
 * one counts: a file system that hung for once is no reason to keep less. */
double write_interval_s(double every_s, const write_cost *cost);

#endif
