/* The examination: children first, then MPI, then one diagnosis. */
#include <agr/doctor/doctor.h>

#include "guard_impl.h"
#include "probe_impl.h"

#include <agr/base/clock.h>
#include <agr/base/cpu.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Until which part of the whole time the stages may last. */
#define PART_OF_FILES 0.35
#define PART_OF_PROCESSOR 0.6
#define PART_OF_CHILD 0.1

enum { MAX_PROBES = 32 };

typedef struct {
    const agr_doctor_options *options;
    double begin_s;
    agr_rank_findings self;
    doctor_child child[MAX_PROBES]; /* at the place of its probe; pid 0: none */
    doctor_child shared;
} examination;

static bool looks_here(const examination *e, const probe *p)
{
    switch (p->scope) {
    case AGR_SCOPE_RUN:
        return e->options->speaks;
    case AGR_SCOPE_HOST:
        return doctor_local_rank() == 0;
    default:
        /* Ranks that share a core would only measure each other. */
        return p->stage != PROBE_PROCESSOR || doctor_local_rank() < agr_cpu_online();
    }
}

/* ---- children ---- */

typedef struct {
    const agr_doctor_options *options;
    probe_alone *look;
} errand;

static void run_errand(const void *context, int question, agr_findings *findings)
{
    const errand *e = context;
    (void)question;
    e->look(e->options, findings);
}

static void start_child(examination *e, int place)
{
    const errand work = {e->options, doctor_probes[place].alone};
    if (doctor_child_start(&e->child[place], run_errand, &work) == 0)
        return;
    agr_findings found = {0};
    agr_finding *finding =
        agr_findings_add(&found, AGR_HEALTH_PROBLEM, "no process could be started to look at it");
    agr_finding_remedy(finding, "raise ulimit -u, or give the job more memory");
    doctor_guard_note(place, &found);
    e->child[place].pid = 0;
}

static void note_late(int place, double waited_s)
{
    agr_findings found = {0};
    agr_finding *finding =
        agr_findings_add(&found, AGR_HEALTH_PROBLEM, "no answer within %.1f s", waited_s);
    agr_finding_remedy(finding,
                       "what it asks is stuck or very slow (a file system that does not answer, a "
                       "command that hangs), or the machine is loaded: --deadline gives more time");
    doctor_guard_note(place, &found);
}

/* What uses only the processor is not stuck: it shares it with too many. */
static void note_no_time(int place)
{
    agr_findings found = {0};
    agr_finding *finding =
        agr_findings_add(&found, AGR_HEALTH_WARNING, "there was no time to look at it");
    agr_finding_remedy(finding, "the machine is loaded: fewer ranks, or more time: --deadline");
    doctor_guard_note(place, &found);
}

static void note_death(int place, int killer)
{
    agr_findings found = {0};
    agr_finding *finding =
        killer != 0
            ? agr_findings_add(&found, AGR_HEALTH_PROBLEM, "looking at it ended in: %s",
                               strsignal(killer))
            : agr_findings_add(&found, AGR_HEALTH_PROBLEM, "looking at it ended without an answer");
    agr_finding_remedy(finding, "a run would end like this: out of memory, an instruction that "
                                "this machine does not know, or a broken library");
    doctor_guard_note(place, &found);
}

static void finish_child(examination *e, int place, double part)
{
    doctor_child *child = &e->child[place];
    if (child->pid <= 0)
        return;
    switch (doctor_child_finish(child, e->begin_s + part * e->options->deadline_s)) {
    case CHILD_ANSWERED:
        doctor_guard_note(place, &child->findings);
        break;
    case CHILD_LATE:
        if (doctor_probes[place].stage == PROBE_PROCESSOR)
            note_no_time(place);
        else
            note_late(place, agr_clock_s() - child->begin_s);
        break;
    case CHILD_DIED:
        note_death(place, child->signal);
        break;
    }
}

static void look_alone(examination *e)
{
    for (int i = 0; i < doctor_n_probes; i++)
        if (doctor_probes[i].stage == PROBE_FILES && looks_here(e, &doctor_probes[i]))
            start_child(e, i);
    for (int i = 0; i < doctor_n_probes; i++)
        if (doctor_probes[i].stage == PROBE_FILES)
            finish_child(e, i, PART_OF_FILES);
    for (int i = 0; i < doctor_n_probes; i++)
        if (doctor_probes[i].stage == PROBE_PROCESSOR && looks_here(e, &doctor_probes[i])) {
            start_child(e, i);
            finish_child(e, i, PART_OF_PROCESSOR);
        }
}

/* ---- together ---- */

static void number_hosts(probe_gathering *g, const agr_gathered *names)
{
    for (int r = 0; r < names->n_parts; r++) {
        int same = 0;
        while (strcmp(names->bytes + names->begin[same], names->bytes + names->begin[r]) != 0)
            same++;
        g->host[r] = same == r ? g->n_hosts : g->host[same];
        if (same == r)
            g->first[g->n_hosts++] = r;
    }
}

static agr_status gather_hosts(probe_gathering *g, agr_error *err)
{
    const int size = agr_world_size(g->world);
    const char *name = agr_world_host(g->world);
    g->host = calloc((size_t)size, sizeof *g->host);
    g->first = calloc((size_t)size, sizeof *g->first);
    const bool has_room = g->host != NULL && g->first != NULL;
    AGR_TRY(agr_agree(agr_world_group(g->world),
                      has_room ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot list the hosts"),
                      err));
    agr_gathered names;
    AGR_TRY(agr_group_gather_all(agr_world_group(g->world), name, strlen(name) + 1, &names, err));
    number_hosts(g, &names);
    agr_gathered_release(&names);
    return AGR_OK;
}

static agr_status look_together(probe_gathering *g, agr_error *err)
{
    AGR_TRY(gather_hosts(g, err));
    for (int i = 0; i < doctor_n_probes; i++) {
        static agr_findings found;
        if (doctor_probes[i].stage != PROBE_TOGETHER)
            continue;
        found.n = 0;
        doctor_guard_doing(i, doctor_probes[i].subject);
        AGR_TRY(doctor_probes[i].together(g, &found, err));
        doctor_guard_note(i, &found);
    }
    return AGR_OK;
}

/* What each rank found, on rank 0, as it was before it travelled. */
static agr_status unpack(const agr_gathered *all, agr_diagnosis *diagnosis, agr_error *err)
{
    agr_rank_findings *rank = calloc((size_t)all->n_parts, sizeof *rank);
    if (rank == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot hold the findings of %d ranks", all->n_parts);
    for (int r = 0; r < all->n_parts; r++)
        memcpy(&rank[r], all->bytes + all->begin[r], all->begin[r + 1] - all->begin[r]);
    const agr_status status = agr_diagnosis_make(rank, all->n_parts, diagnosis, err);
    free(rank);
    return status;
}

static agr_status conclude(examination *e, agr_world *world, agr_diagnosis *diagnosis,
                           int *n_problems, agr_error *err)
{
    agr_gathered all;
    agr_group *group = agr_world_group(world);
    const size_t n_bytes = offsetof(agr_rank_findings, findings.item) +
                           (size_t)e->self.findings.n * sizeof e->self.findings.item[0];
    doctor_guard_doing(doctor_n_probes - 1, "the gathering of what was found");
    AGR_TRY(agr_group_gather(group, 0, &e->self, n_bytes, &all, err));
    const bool is_first = agr_world_rank(world) == 0;
    const agr_status status = is_first ? unpack(&all, diagnosis, err) : AGR_OK;
    agr_gathered_release(&all);
    AGR_TRY(agr_agree(group, status, err));
    *n_problems = is_first ? diagnosis->count[AGR_HEALTH_PROBLEM] : 0;
    return agr_group_broadcast(group, 0, n_problems, sizeof *n_problems, err);
}

/* ---- a process alone ---- */

static agr_status conclude_alone(examination *e, agr_diagnosis *diagnosis, int *n_problems,
                                 agr_error *err)
{
    *n_problems = 1;
    if (!e->options->speaks)
        return AGR_OK;
    AGR_TRY(agr_diagnosis_make(&e->self, 1, diagnosis, err));
    *n_problems = diagnosis->count[AGR_HEALTH_PROBLEM];
    return AGR_OK;
}

static int place_of(const char *subject)
{
    int place = 0;
    while (strcmp(doctor_probes[place].subject, subject) != 0)
        place++;
    return place;
}

static void note_error(int place, const agr_error *err)
{
    agr_findings found = {0};
    agr_finding *finding = agr_findings_add(&found, AGR_HEALTH_PROBLEM, "%s", err->text);
    agr_finding_remedy(finding, "%s", err->hint);
    doctor_guard_note(place, &found);
}

/* ---- the whole ---- */

static bool has_left_marker(const examination *e)
{
    const agr_findings *found = &e->child[place_of("run folder")].findings;
    for (int i = 0; i < found->n; i++)
        if (found->item[i].health == AGR_HEALTH_PROBLEM)
            return false;
    return e->options->speaks && found->n > 0;
}

static agr_status look_with_mpi(examination *e, probe_gathering *g, agr_diagnosis *diagnosis,
                                int *n_problems, agr_error *err)
{
    doctor_guard_doing(place_of("mpi"), "starting MPI");
    if (agr_world_start(&g->world, err) != AGR_OK) {
        note_error(place_of("mpi"), err);
        return conclude_alone(e, diagnosis, n_problems, err);
    }
    snprintf(e->self.host, sizeof e->self.host, "%s", agr_world_host(g->world));
    const agr_status status = look_together(g, err);
    free(g->host);
    free(g->first);
    AGR_TRY(status);
    return conclude(e, g->world, diagnosis, n_problems, err);
}

static agr_status look(examination *e, agr_world **world, agr_diagnosis *diagnosis, int *n_problems,
                       agr_error *err)
{
    const agr_doctor_options *o = e->options;
    probe_gathering g = {.options = o, .child_s = o->deadline_s * PART_OF_CHILD};
    doctor_marker_choose(o);
    look_alone(e);
    g.has_marker = has_left_marker(e);
    if (doctor_local_rank() == 0 && doctor_child_start(&e->shared, doctor_look_for_marker, o) == 0)
        g.shared = &e->shared;
    const agr_status status = doctor_launcher_is_lost()
                                  ? conclude_alone(e, diagnosis, n_problems, err)
                                  : look_with_mpi(e, &g, diagnosis, n_problems, err);
    if (g.shared != NULL)
        (void)doctor_child_finish(g.shared, agr_clock_s() + g.child_s);
    *world = g.world;
    return status;
}

agr_status agr_doctor_run(const agr_doctor_options *options, agr_world **world,
                          agr_diagnosis *diagnosis, int *n_problems, agr_error *err)
{
    static examination e;
    AGR_ASSERT(doctor_n_probes <= MAX_PROBES);
    e.options = options;
    e.begin_s = agr_clock_s();
    *world = NULL;
    *diagnosis = (agr_diagnosis){0};
    *n_problems = 0;
    if (gethostname(e.self.host, sizeof e.self.host - 1) != 0)
        snprintf(e.self.host, sizeof e.self.host, "this host");
    AGR_TRY(doctor_guard_start(options, &e.self, err));
    const agr_status status = look(&e, world, diagnosis, n_problems, err);
    doctor_guard_stop();
    return status;
}
