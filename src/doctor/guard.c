/* A thread that waits for the end of the examination, and speaks when that does not come. */
#include "guard_impl.h"

#include "probe_impl.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Of the whole time. Rank 0 speaks first: a launcher ends all ranks when one has ended. */
#define PART_OF_SPEAKER 0.9

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    bool runs, is_over;
    const agr_doctor_options *options;
    agr_rank_findings *self;
    int place;
    const char *doing;
} guard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void stamp(agr_finding *finding, int place)
{
    finding->place = place;
    finding->scope = doctor_probes[place].scope;
    snprintf(finding->subject, sizeof finding->subject, "%s", doctor_probes[place].subject);
}

static struct timespec moment(double in_s)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    const double second = (double)at.tv_sec + (double)at.tv_nsec * 1e-9 + in_s;
    at.tv_sec = (time_t)second;
    at.tv_nsec = (long)((second - (double)at.tv_sec) * 1e9);
    return at;
}

static void add_what_is_stuck(void)
{
    agr_findings *all = &guard.self->findings;
    if (all->n == AGR_MAX_FINDINGS)
        all->n--;
    agr_finding *finding = agr_findings_add(
        all, AGR_HEALTH_PROBLEM, "%s did not end in the %.3g s that all of this may take",
        guard.doing, guard.options->deadline_s * PART_OF_SPEAKER);
    agr_finding_remedy(finding,
                       "is every host up, and does the network between them let MPI through? name "
                       "the interface: mpirun --mca btl_tcp_if_include eth0; or more time: "
                       "--deadline");
    stamp(finding, guard.place);
}

static void *watch(void *unused)
{
    (void)unused;
    const double part = guard.options->speaks ? PART_OF_SPEAKER : 1;
    const struct timespec end = moment(guard.options->deadline_s * part);
    int waited = 0;
    pthread_mutex_lock(&guard.lock);
    while (!guard.is_over && waited == 0)
        waited = pthread_cond_timedwait(&guard.ended, &guard.lock, &end);
    if (!guard.is_over) {
        agr_diagnosis diagnosis = {0};
        agr_error err;
        add_what_is_stuck();
        (void)agr_diagnosis_make(guard.self, 1, &diagnosis, &err);
        guard.options->expired(&diagnosis);
    }
    pthread_mutex_unlock(&guard.lock);
    return NULL;
}

agr_status doctor_guard_start(const agr_doctor_options *options, agr_rank_findings *self,
                              agr_error *err)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&guard.ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    guard.options = options;
    guard.self = self;
    guard.doing = "the first probe";
    const int failed = pthread_create(&guard.thread, NULL, watch, NULL);
    if (failed != 0)
        return agr_error_set_errno(err, AGR_MEMORY, failed, "cannot start a thread");
    guard.runs = true;
    return AGR_OK;
}

void doctor_guard_doing(int place, const char *what)
{
    pthread_mutex_lock(&guard.lock);
    guard.place = place;
    guard.doing = what;
    pthread_mutex_unlock(&guard.lock);
}

void doctor_guard_note(int place, const agr_findings *findings)
{
    pthread_mutex_lock(&guard.lock);
    agr_findings *all = &guard.self->findings;
    for (int i = 0; i < findings->n && all->n < AGR_MAX_FINDINGS; i++) {
        all->item[all->n] = findings->item[i];
        stamp(&all->item[all->n++], place);
    }
    pthread_mutex_unlock(&guard.lock);
}

void doctor_guard_stop(void)
{
    if (!guard.runs)
        return;
    pthread_mutex_lock(&guard.lock);
    guard.is_over = true;
    pthread_cond_signal(&guard.ended);
    pthread_mutex_unlock(&guard.lock);
    pthread_join(guard.thread, NULL);
    guard.runs = false;
}
