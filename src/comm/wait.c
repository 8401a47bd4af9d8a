/* The one wait: tests, polls, rests, and books the time. */
#include "comm_impl.h"

#include <agr/base/clock.h>

#include <string.h>

/* Rests between two tests. Three ranks on two cores, measured: yielding costs 29 % of a step,
 * sleeping 6 %. */
#define SPIN_S 2e-3 /* how long a rank with a core of its own tests without a rest */
#define EXCHANGE_SLEEP_S 50e-6
#define IDLE_SLEEP_S 1e-3
#define LONG_IDLE_SLEEP_S 5e-3 /* eleven idle ranks cost 7 % of a core, and 15 % at 1 ms */
#define PATIENCE_S 1.0         /* what lasts longer than this will last */

static void rest(const wait_state *state, agr_wait_kind kind, double waited_s)
{
    if (kind != AGR_WAIT_EXCHANGE && waited_s > PATIENCE_S)
        agr_clock_sleep_s(LONG_IDLE_SLEEP_S);
    else if (kind == AGR_WAIT_IDLE)
        agr_clock_sleep_s(IDLE_SLEEP_S);
    else if (!state->may_spin || waited_s > SPIN_S)
        agr_clock_sleep_s(EXCHANGE_SLEEP_S);
}

static agr_status poll_once(agr_world *world, agr_error *err)
{
    for (int i = 0; i < world->wait.n_polls; i++)
        AGR_TRY(world->wait.poll[i].poll(world->wait.poll[i].context, err));
    return AGR_OK;
}

static agr_status wait_for_it(agr_world *world, agr_wait_kind kind, const char *what,
                              agr_wait_test *test, void *context, double begin_s, agr_error *err)
{
    wait_state *state = &world->wait;
    const bool watched = state->alarm != NULL;
    double alarm_s = state->alarm_period_s;
    for (;;) {
        bool done = false;
        AGR_TRY(test(context, &done, err));
        if (done)
            return AGR_OK;
        AGR_TRY(poll_once(world, err));
        const double waited_s = agr_clock_s() - begin_s;
        if (watched && waited_s >= alarm_s) {
            state->alarm(state->alarm_context, what, waited_s);
            alarm_s = waited_s + state->alarm_period_s;
        }
        rest(state, kind, waited_s);
    }
}

agr_status agr_wait(agr_world *world, agr_wait_kind kind, const char *what, agr_wait_test *test,
                    void *context, agr_error *err)
{
    wait_state *state = &world->wait;
    AGR_ASSERT(!state->inside);
    state->inside = true;
    const double begin_s = agr_clock_s();
    const agr_status status = wait_for_it(world, kind, what, test, context, begin_s, err);
    state->waiting_s[kind] += agr_clock_s() - begin_s;
    state->inside = false;
    return status;
}

typedef struct {
    MPI_Request *request;
    int n_requests;
} request_list;

static agr_status test_requests(void *context, bool *done, agr_error *err)
{
    const request_list *list = context;
    int all = 0;
    AGR_TRY(agr_mpi_check(MPI_Testall(list->n_requests, list->request, &all, MPI_STATUSES_IGNORE),
                          "exchanging messages", err));
    *done = all != 0;
    return AGR_OK;
}

agr_status agr_wait_requests(agr_world *world, agr_wait_kind kind, const char *what,
                             MPI_Request *request, int n_requests, agr_error *err)
{
    request_list list = {request, n_requests};
    return agr_wait(world, kind, what, test_requests, &list, err);
}

void agr_wait_add_poll(agr_world *world, agr_wait_poll *poll, void *context)
{
    wait_state *state = &world->wait;
    AGR_ASSERT(state->n_polls < WAIT_MAX_POLLS);
    state->poll[state->n_polls].poll = poll;
    state->poll[state->n_polls++].context = context;
}

void agr_wait_remove_poll(agr_world *world, agr_wait_poll *poll, void *context)
{
    wait_state *state = &world->wait;
    for (int i = 0; i < state->n_polls; i++) {
        if (state->poll[i].poll != poll || state->poll[i].context != context)
            continue;
        memmove(&state->poll[i], &state->poll[i + 1],
                (size_t)(state->n_polls - i - 1) * sizeof state->poll[0]);
        state->n_polls--;
        return;
    }
}

void agr_wait_set_watchdog(agr_world *world, double period_s, agr_wait_alarm *alarm, void *context)
{
    world->wait.alarm_period_s = period_s;
    world->wait.alarm = period_s > 0 ? alarm : NULL;
    world->wait.alarm_context = context;
}

agr_wait_times agr_wait_read_times(const agr_world *world)
{
    agr_wait_times times = {.elapsed_s = agr_clock_s() - world->wait.since_s};
    memcpy(times.waiting_s, world->wait.waiting_s, sizeof times.waiting_s);
    return times;
}

void agr_wait_reset_times(agr_world *world)
{
    world->wait.since_s = agr_clock_s();
    memset(world->wait.waiting_s, 0, sizeof world->wait.waiting_s);
}

void agr_wait_allow_spinning(agr_world *world, bool allowed)
{
    world->wait.may_spin = allowed;
}
