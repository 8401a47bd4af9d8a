#include "session_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEAM_NAME_BYTES = 128 };

/* What a team must be able to do; the name is written to `name`. */
static agr_team_limits limits_of(const session *s, char name[TEAM_NAME_BYTES])
{
    agr_team_limits limits = {.name = name, .max_micro_batches = 1};
    size_t length = 0;
    for (int i = 0; i < s->n_trainees; i++) {
        const int64_t micro_batches = agr_trainee_max_micro_batches(s->trainee[i]);
        const int64_t width = agr_trainee_sum_width(s->trainee[i]);
        if (micro_batches > limits.max_micro_batches)
            limits.max_micro_batches = micro_batches;
        if (width > limits.max_width)
            limits.max_width = width;
        if (length < TEAM_NAME_BYTES)
            length += (size_t)snprintf(name + length, TEAM_NAME_BYTES - length, "%s%s",
                                       i > 0 ? "+" : "", agr_trainee_name(s->trainee[i]));
    }
    return limits;
}

static int threads_of(const session *s, int planned)
{
    const int wish = s->options->config->threads;
    return wish > 0 ? wish : planned > 0 ? planned : 1;
}

static agr_status create_trainees(session *s, int team_index, agr_error *err)
{
    const agr_placement_team *plan = &s->placement.team[team_index];
    s->team_index = team_index;
    for (int i = 0; i < plan->n_branches; i++) {
        AGR_TRY(
            agr_trainee_create(s->options->config, plan->branch[i], &s->set, &s->trainee[i], err));
        s->epoch_began_s[i] = agr_clock_s();
        s->n_trainees = i + 1;
    }
    return AGR_OK;
}

/* Plans the memory of the trainees for the team this rank has just entered. */
static agr_status settle_in(session *s, int threads, agr_error *err)
{
    threads = threads_of(s, threads);
    if (threads > s->cores.n_own)
        agr_cores_share_node(s->world);
    agr_status status = agr_pool_create(threads, &s->pool, err);
    for (int i = 0; i < s->n_trainees && status == AGR_OK; i++) {
        size_t bytes;
        status = agr_trainee_plan(s->trainee[i], s->team, s->pool, &bytes, err);
    }
    return agr_agree(agr_team_group(s->team), status, err);
}

static agr_status open_outboxes(session *s, agr_error *err)
{
    s->posted_s = agr_clock_s();
    for (int i = 0; i < s->n_trainees; i++) {
        if (session_leads(s) && s->outbox[i] == NULL)
            AGR_TRY(outbox_create(s->mailbox, s->registrar, s->trainee[i], &s->outbox[i], err));
    }
    return AGR_OK;
}

static agr_status close_outboxes(session *s, agr_error *err)
{
    agr_status status = AGR_OK;
    for (int i = 0; i < s->n_trainees; i++) {
        const agr_status closed = outbox_close(s->outbox[i], err);
        if (status == AGR_OK)
            status = closed;
        s->outbox[i] = NULL;
    }
    return status;
}

static void leave_team(session *s)
{
    agr_team_destroy(s->team);
    agr_pool_destroy(s->pool);
    s->team = NULL;
    s->pool = NULL;
}

static void drop_trainees(session *s)
{
    for (int i = 0; i < s->n_trainees; i++)
        agr_trainee_destroy(s->trainee[i]);
    s->n_trainees = 0;
}

void session_forget_team(session *s)
{
    agr_error ignored;
    close_outboxes(s, &ignored);
    leave_team(s);
    drop_trainees(s);
}

/* The leader's state as it is now, in every member's memory. Caller destroys. */
static agr_status broadcast_snapshot(session *s, agr_trainee *trainee, agr_snapshot **snapshot,
                                     agr_error *err)
{
    agr_group *group = agr_team_group(s->team);
    agr_status status =
        agr_snapshot_create(agr_trainee_state(trainee), agr_trainee_name(trainee), snapshot, err);
    AGR_TRY(agr_agree(group, status, err));
    agr_snapshot_take(*snapshot, agr_trainee_state(trainee));
    const size_t n_bytes = agr_snapshot_size_bytes(*snapshot);
    void *bytes = malloc(n_bytes);
    if (bytes == NULL) {
        agr_snapshot_destroy(*snapshot);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %.1f MiB", (double)n_bytes / 0x1p20);
    }
    memcpy(bytes, agr_snapshot_bytes(*snapshot), n_bytes);
    agr_snapshot_destroy(*snapshot);
    status = agr_group_broadcast(group, 0, bytes, n_bytes, err);
    if (status == AGR_OK)
        status = agr_snapshot_adopt(bytes, n_bytes, snapshot, err);
    if (status != AGR_OK)
        free(bytes);
    return status;
}

/* Everybody in the team gets the leader's state: joining is resuming. */
static agr_status share_trainee(session *s, agr_trainee *trainee, agr_error *err)
{
    agr_snapshot *snapshot;
    AGR_TRY(broadcast_snapshot(s, trainee, &snapshot, err));
    agr_status status = agr_snapshot_restore(snapshot, agr_trainee_state(trainee), err);
    if (status == AGR_OK)
        status = agr_trainee_restored(trainee, err);
    agr_snapshot_destroy(snapshot);
    return agr_agree(agr_team_group(s->team), status, err);
}

/* ---- where trainees begin ---- */

static agr_status read_latest(session *s, agr_trainee *trainee, const char *path, unsigned parts,
                              bool *found, agr_error *err)
{
    agr_checkpoint *checkpoint;
    int branch, slot;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status =
        agr_checkpoint_find_branch(checkpoint, agr_trainee_name(trainee), &branch, err);
    if (status == AGR_OK)
        status = agr_checkpoint_find_slot(checkpoint, branch, "latest", &slot, err);
    *found = status == AGR_OK;
    if (status == AGR_OK)
        status =
            agr_checkpoint_read(checkpoint, branch, slot, agr_trainee_state(trainee), parts, err);
    agr_checkpoint_close(checkpoint);
    (void)s;
    return status;
}

static agr_status resume_trainee(session *s, agr_trainee *trainee, agr_error *err)
{
    bool found;
    const unsigned parts =
        AGR_PARTS_ALL & ~(s->options->reset_optimiser ? (unsigned)AGR_PART_OPTIMIZER : 0);
    const agr_status status = read_latest(s, trainee, s->resume_from, parts, &found, err);
    if (status == AGR_NOT_FOUND && !found) {
        agr_log_warning("%s: it starts anew", err->text);
        return AGR_OK;
    }
    AGR_TRY(status);
    if (s->options->reset_optimiser)
        agr_trainee_reset_optimiser(trainee);
    if (s->options->restart_schedule)
        agr_trainee_restart_schedule(trainee);
    return AGR_OK;
}

static agr_status start_trainee(session *s, agr_trainee *trainee, agr_error *err)
{
    bool found;
    agr_trainee_initialise(trainee);
    if (s->resume_from[0] != '\0')
        return resume_trainee(s, trainee, err);
    if (s->options->init != NULL)
        return read_latest(s, trainee, s->options->init, AGR_PART_WEIGHTS, &found, err);
    return AGR_OK;
}

static agr_status start_trainees(session *s, agr_error *err)
{
    for (int i = 0; i < s->n_trainees; i++) {
        const agr_status mine = session_leads(s) ? start_trainee(s, s->trainee[i], err) : AGR_OK;
        AGR_TRY(agr_agree(agr_team_group(s->team), mine, err));
        AGR_TRY(share_trainee(s, s->trainee[i], err));
    }
    return open_outboxes(s, err);
}

agr_status session_form_first_team(session *s, agr_error *err)
{
    const int me = agr_world_rank(s->world);
    for (int t = 0; t < s->placement.n_teams; t++) {
        const agr_placement_team *plan = &s->placement.team[t];
        int member[AGR_TEAM_MAX_RANKS], computing[AGR_TEAM_MAX_RANKS];
        for (int i = 0; i < plan->n_ranks; i++)
            member[i] = plan->first_rank + i;
        const int n =
            agr_placement_computing(&s->input, member, plan->n_ranks, &plan->layout, computing);
        for (int i = 0; i < n; i++) {
            if (computing[i] != me)
                continue;
            AGR_TRY(create_trainees(s, t, err));
            char name[TEAM_NAME_BYTES];
            const agr_team_limits limits = limits_of(s, name);
            AGR_TRY(agr_team_create(s->world, computing, n, t, &limits, &s->team, err));
            AGR_TRY(settle_in(s, plan->layout.threads, err));
            return start_trainees(s, err);
        }
    }
    return AGR_OK;
}

agr_status session_post(session *s, bool write_soon, agr_error *err)
{
    if (!session_leads(s))
        return AGR_OK;
    s->posted_s = agr_clock_s();
    for (int i = 0; i < s->n_trainees; i++)
        AGR_TRY(outbox_post(s->outbox[i], write_soon, err));
    return AGR_OK;
}

agr_status session_end_team(session *s, int kind, agr_error *err)
{
    const int32_t team = s->team_index;
    AGR_TRY(session_post(s, true, err));
    if (session_leads(s)) {
        if (s->is_invited)
            AGR_TRY(session_refuse(s, &s->invitation, err));
        s->is_invited = false;
        AGR_TRY(agr_mailbox_send(s->mailbox, 0, kind, &team, sizeof team, err));
    }
    AGR_TRY(close_outboxes(s, err));
    leave_team(s);
    drop_trainees(s);
    return AGR_OK;
}

/* In a team that has changed: everybody goes on from the leader's state. */
static agr_status go_on_together(session *s, int threads, agr_error *err)
{
    AGR_TRY(settle_in(s, threads, err));
    for (int i = 0; i < s->n_trainees; i++)
        AGR_TRY(share_trainee(s, s->trainee[i], err));
    return open_outboxes(s, err);
}

agr_status session_change_team(session *s, agr_error *err)
{
    char name[TEAM_NAME_BYTES];
    const agr_team_limits limits = limits_of(s, name);
    AGR_TRY(session_post(s, true, err));
    s->is_invited = false;
    AGR_TRY(agr_team_admit(s->world, s->mailbox, &s->team, &s->invitation, &limits, err));
    agr_pool_destroy(s->pool);
    s->pool = NULL;
    if (s->team != NULL)
        return go_on_together(s, s->invitation.threads, err);
    drop_trainees(s);
    return AGR_OK;
}

agr_status session_join_team(session *s, agr_error *err)
{
    char name[TEAM_NAME_BYTES];
    s->is_invited = false;
    AGR_TRY(create_trainees(s, s->invitation.team, err));
    const agr_team_limits limits = limits_of(s, name);
    AGR_TRY(agr_team_join(s->world, &s->invitation, &limits, &s->team, err));
    return go_on_together(s, s->invitation.threads, err);
}
