/* Making, changing and ending the team that this rank is in. */
#include "crew_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEAM_NAME_BYTES = 128 };

/* What a team must be able to do; the name is written to `name`. */
static agr_team_limits limits_of(const crew *c, char name[TEAM_NAME_BYTES])
{
    agr_team_limits limits = {.name = name, .max_micro_batches = 1};
    size_t length = 0;
    for (int i = 0; i < c->n_trainees; i++) {
        const int64_t micro_batches = agr_trainee_max_micro_batches(c->trainee[i]);
        const int64_t width = agr_trainee_sum_width(c->trainee[i]);
        if (micro_batches > limits.max_micro_batches)
            limits.max_micro_batches = micro_batches;
        if (width > limits.max_width)
            limits.max_width = width;
        if (length < TEAM_NAME_BYTES)
            length += (size_t)snprintf(name + length, TEAM_NAME_BYTES - length, "%s%s",
                                       i > 0 ? "+" : "", agr_trainee_name(c->trainee[i]));
    }
    return limits;
}

static int threads_of(const crew *c, int planned)
{
    const int wish = c->plan.options->config->threads;
    return wish > 0 ? wish : planned > 0 ? planned : 1;
}

static agr_status create_trainees(crew *c, int team_index, agr_error *err)
{
    const agr_placement_team *plan = &c->plan.placement->team[team_index];
    for (int i = 0; i < plan->n_branches; i++) {
        AGR_TRY(agr_trainee_create(c->plan.options->config, plan->branch[i], c->plan.set,
                                   &c->trainee[i], err));
        c->epoch_began_s[i] = agr_clock_s();
        c->images_per_s[i] = 0;
        c->n_trainees = i + 1;
    }
    c->has_trained = true;
    return AGR_OK;
}

/* Plans the memory of the trainees for the team this rank has just entered. */
static agr_status settle_in(crew *c, int threads, agr_error *err)
{
    threads = threads_of(c, threads);
    if (threads > c->plan.cores->n_own)
        agr_cores_share_node(c->plan.world);
    agr_status status = agr_pool_create(threads, &c->pool, err);
    if (status == AGR_OK)
        status = agr_trainees_plan(c->trainee, c->n_trainees, c->team, c->pool, &c->room, err);
    return agr_agree(agr_team_group(c->team), status, err);
}

static archive *archive_here(const crew *c)
{
    return c->mail->registrar != NULL ? registrar_archive(c->mail->registrar) : NULL;
}

static agr_status open_outboxes(crew *c, agr_error *err)
{
    c->posted_s = agr_clock_s();
    for (int i = 0; i < c->n_trainees; i++) {
        if (mail_leads(c->mail) && c->outbox[i] == NULL)
            AGR_TRY(outbox_create(c->mail->mailbox, archive_here(c), c->trainee[i], &c->outbox[i],
                                  err));
    }
    return AGR_OK;
}

static agr_status close_outboxes(crew *c, agr_error *err)
{
    agr_status status = AGR_OK;
    for (int i = 0; i < c->n_trainees; i++) {
        const agr_status closed = outbox_close(c->outbox[i], err);
        if (status == AGR_OK)
            status = closed;
        c->outbox[i] = NULL;
    }
    return status;
}

static void leave_team(crew *c)
{
    agr_team_destroy(c->team);
    agr_pool_destroy(c->pool);
    c->team = NULL;
    c->pool = NULL;
}

static void drop_trainees(crew *c)
{
    for (int i = 0; i < c->n_trainees; i++)
        agr_trainee_destroy(c->trainee[i]);
    agr_trainee_room_release(&c->room);
    c->n_trainees = 0;
}

void crew_forget(crew *c)
{
    agr_error ignored;
    close_outboxes(c, &ignored);
    leave_team(c);
    drop_trainees(c);
}

/* The leader's state as it is now, in every member's memory. Caller destroys. */
static agr_status broadcast_snapshot(crew *c, agr_trainee *trainee, agr_snapshot **snapshot,
                                     agr_error *err)
{
    agr_group *group = agr_team_group(c->team);
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

/* This team's pace says nothing about what was done before it. */
static void mark_paces(crew *c)
{
    for (int i = 0; i < c->n_trainees; i++)
        c->paced_from[i] =
            (pace_mark){.at_s = agr_clock_s(), .n_done = agr_trainee_pace(c->trainee[i]).n_done};
}

/* Everybody in the team gets the leader's state: joining is resuming. */
static agr_status share_trainee(crew *c, agr_trainee *trainee, agr_error *err)
{
    agr_snapshot *snapshot;
    AGR_TRY(broadcast_snapshot(c, trainee, &snapshot, err));
    agr_status status = agr_snapshot_restore(snapshot, agr_trainee_state(trainee), err);
    if (status == AGR_OK)
        status = agr_trainee_restored(trainee, err);
    agr_snapshot_destroy(snapshot);
    return agr_agree(agr_team_group(c->team), status, err);
}

/* ---- where trainees begin ---- */

static agr_status read_latest(agr_trainee *trainee, const char *path, unsigned parts, bool *found,
                              agr_error *err)
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
    return status;
}

static agr_status resume_trainee(crew *c, agr_trainee *trainee, agr_error *err)
{
    bool found;
    const unsigned parts =
        c->plan.options->reset_optimiser ? AGR_PART_WEIGHTS | AGR_PART_VALUES : AGR_PARTS_ALL;
    const agr_status status = read_latest(trainee, c->plan.resume_from, parts, &found, err);
    if (status == AGR_NOT_FOUND && !found) {
        agr_log_warning("%s: it starts anew", err->text);
        return AGR_OK;
    }
    AGR_TRY(status);
    if (c->plan.options->reset_optimiser)
        agr_trainee_reset_optimiser(trainee);
    if (c->plan.options->restart_schedule)
        agr_trainee_restart_schedule(trainee);
    return AGR_OK;
}

static agr_status start_trainee(crew *c, agr_trainee *trainee, agr_error *err)
{
    bool found;
    agr_trainee_initialise(trainee);
    if (c->plan.resume_from[0] != '\0')
        return resume_trainee(c, trainee, err);
    if (c->plan.options->init == NULL)
        return AGR_OK;
    AGR_TRY(read_latest(trainee, c->plan.options->init, AGR_PART_WEIGHTS, &found, err));
    agr_trainee_reset_optimiser(trainee);
    return AGR_OK;
}

static agr_status start_trainees(crew *c, agr_error *err)
{
    for (int i = 0; i < c->n_trainees; i++) {
        const agr_status mine = mail_leads(c->mail) ? start_trainee(c, c->trainee[i], err) : AGR_OK;
        AGR_TRY(agr_agree(agr_team_group(c->team), mine, err));
        AGR_TRY(share_trainee(c, c->trainee[i], err));
    }
    mark_paces(c);
    return open_outboxes(c, err);
}

agr_status crew_form(crew *c, agr_error *err)
{
    const int me = agr_world_rank(c->plan.world);
    for (int t = 0; t < c->plan.placement->n_teams; t++) {
        const agr_placement_team *plan = &c->plan.placement->team[t];
        int member[AGR_TEAM_MAX_RANKS], computing[AGR_TEAM_MAX_RANKS];
        for (int i = 0; i < plan->n_ranks; i++)
            member[i] = plan->first_rank + i;
        const int n =
            agr_placement_computing(c->plan.input, member, plan->n_ranks, &plan->layout, computing);
        for (int i = 0; i < n; i++) {
            if (computing[i] != me)
                continue;
            AGR_TRY(create_trainees(c, t, err));
            char name[TEAM_NAME_BYTES];
            const agr_team_limits limits = limits_of(c, name);
            AGR_TRY(agr_team_create(c->plan.world, computing, n, t, &limits, &c->team, err));
            mail_enter_team(c->mail, t, agr_team_rank(c->team) == 0);
            AGR_TRY(settle_in(c, plan->layout.threads, err));
            return start_trainees(c, err);
        }
    }
    return AGR_OK;
}

agr_status crew_post(crew *c, bool write_soon, agr_error *err)
{
    if (!mail_leads(c->mail))
        return AGR_OK;
    c->posted_s = agr_clock_s();
    for (int i = 0; i < c->n_trainees; i++)
        AGR_TRY(outbox_post(c->outbox[i], write_soon, err));
    write_cost_note(&c->post_cost, 2 * (agr_clock_s() - c->posted_s));
    return AGR_OK;
}

agr_status crew_end(crew *c, int kind, agr_error *err)
{
    const bool leads = mail_leads(c->mail);
    const int32_t team = c->mail->team;
    AGR_TRY(crew_post(c, true, err));
    AGR_TRY(mail_leave_team(c->mail, err));
    if (leads)
        AGR_TRY(agr_mailbox_send(c->mail->mailbox, 0, kind, &team, sizeof team, err));
    AGR_TRY(close_outboxes(c, err));
    leave_team(c);
    drop_trainees(c);
    return AGR_OK;
}

agr_status crew_share_verdicts(crew *c, agr_error *err)
{
    if (mail_leads(c->mail)) {
        c->verdicts = c->mail->verdicts;
        c->mail->has_verdicts = false;
    }
    return agr_group_broadcast(agr_team_group(c->team), 0, &c->verdicts, sizeof c->verdicts, err);
}

/* In a team that has changed: everybody goes on from the leader's state. */
static agr_status go_on_together(crew *c, int threads, agr_error *err)
{
    AGR_TRY(settle_in(c, threads, err));
    for (int i = 0; i < c->n_trainees; i++)
        AGR_TRY(share_trainee(c, c->trainee[i], err));
    AGR_TRY(crew_share_verdicts(c, err));
    mark_paces(c);
    return open_outboxes(c, err);
}

agr_status crew_change(crew *c, agr_error *err)
{
    char name[TEAM_NAME_BYTES];
    agr_invitation *invitation = &c->mail->invitation;
    const agr_team_limits limits = limits_of(c, name);
    AGR_TRY(crew_post(c, true, err));
    mail_grow_team(c->mail);
    AGR_TRY(agr_team_admit(c->plan.world, c->mail->mailbox, &c->team, invitation, &limits, err));
    agr_pool_destroy(c->pool);
    c->pool = NULL;
    if (c->team != NULL)
        return go_on_together(c, invitation->threads, err);
    drop_trainees(c);
    return mail_leave_team(c->mail, err);
}

agr_status crew_join(crew *c, agr_error *err)
{
    char name[TEAM_NAME_BYTES];
    const agr_invitation *invitation = &c->mail->invitation;
    AGR_TRY(create_trainees(c, invitation->team, err));
    const agr_team_limits limits = limits_of(c, name);
    AGR_TRY(agr_team_join(c->plan.world, invitation, &limits, &c->team, err));
    mail_enter_team(c->mail, invitation->team, agr_team_rank(c->team) == 0);
    return go_on_together(c, invitation->threads, err);
}
