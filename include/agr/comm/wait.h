/**
 * The one wait: every wait of a rank, for a message, for an exchange or for work, is this function.
 *
 * It tests, lets whoever registered do a little work (the mailbox receives, the gradient exchange
 * moves), and rests between tests as the machine allows: with a core of its own a rank spins
 * briefly; ranks that share cores sleep 50 us between tests, because a spinning waiter takes the
 * core from the very rank it waits for; a rank without work sleeps 1 ms. The time is booked, and a
 * wait that lasts too long is reported (agr_wait_set_watchdog).
 */
#ifndef AGR_COMM_WAIT_H
#define AGR_COMM_WAIT_H

#include <agr/base/error.h>
#include <agr/comm/world.h>
#include <stdbool.h>

typedef enum {
    AGR_WAIT_EXCHANGE, /* for other ranks inside a step: short, every microsecond counts */
    AGR_WAIT_PHASE,    /* for other ranks between steps (set-up, epoch ends) */
    AGR_WAIT_IDLE,     /* for work to come */
    AGR_WAIT_KINDS
} agr_wait_kind;

/** Says in *done whether the wait is over. Called often: cheap, and never waits itself. */
typedef agr_status agr_wait_test(void *context, bool *done, agr_error *err);

/** A little work to do whenever this rank waits. Never waits itself. */
typedef agr_status agr_wait_poll(void *context, agr_error *err);

/** A wait has lasted: `what` (static text, "the gradient sum of team 'age'"), since waited_s.
 * Called from inside the wait, once every watchdog period. */
typedef void agr_wait_alarm(void *context, const char *what, double waited_s);

/** Returns when test() says done, or with the first failure of test() or of a poll. `what` is the
 * object of "waiting for ..." in reports; borrowed during the call. Must not be called from a test
 * or poll. Not collective. */
agr_status agr_wait(agr_world *world, agr_wait_kind kind, const char *what, agr_wait_test *test,
                    void *context, agr_error *err);

/** Adds a poll (at most 8); remove it with the same two values. */
void agr_wait_add_poll(agr_world *world, agr_wait_poll *poll, void *context);
void agr_wait_remove_poll(agr_world *world, agr_wait_poll *poll, void *context);

/** Calls `alarm` when a wait has lasted period_s, and again every period_s. NULL or period_s <= 0
 * turns it off. The mailbox sets it (mailbox.h). */
void agr_wait_set_watchdog(agr_world *world, double period_s, agr_wait_alarm *alarm, void *context);

/** Seconds this rank spent in each kind of wait since the start or the last agr_wait_reset_times().
 * What is left of the elapsed time is computing. */
typedef struct {
    double elapsed_s;
    double waiting_s[AGR_WAIT_KINDS];
} agr_wait_times;

agr_wait_times agr_wait_read_times(const agr_world *world);
void agr_wait_reset_times(agr_world *world);

/** elapsed - all waits. */
static inline double agr_wait_computing_s(const agr_wait_times *times)
{
    double computing_s = times->elapsed_s;
    for (int kind = 0; kind < AGR_WAIT_KINDS; kind++)
        computing_s -= times->waiting_s[kind];
    return computing_s;
}

/** Tells the wait whether every rank of the node has a core of its own (then it may spin). Set from
 * the affinity masks by agr_cores_gather(); false until then for more than one rank. */
void agr_wait_allow_spinning(agr_world *world, bool allowed);

#endif
