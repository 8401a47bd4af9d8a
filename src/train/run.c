/* A training run from set-up to end, as one rank sees it. */
#include <agr/train/run.h>

#include "crew_impl.h"
#include "utilisation_impl.h"

#include <agr/base/clock.h>
#include <agr/kernels/isa.h>
#include <agr/train/classes.h>
#include <agr/train/costs.h>
#include <agr/train/labels.h>
#include <agr/train/same_file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_GAIN_TO_SAY 1.5 /* in speed */

/* One rank's part in a run. */
typedef struct {
    const agr_run_options *options;
    agr_world *world;
    agr_cores cores;
    agr_training_set set;
    agr_placement_input input;
    agr_placement placement;
    char resume_from[AGR_PATH_BYTES]; /* "" when this run starts */
    rank_mail mail;
    crew crew;
    agr_run_folder *folder; /* rank 0's, as its books */
    registrar *registrar;
} session;

static agr_status live(session *s, agr_error *err)
{
    AGR_TRY(crew_form(&s->crew, err));
    for (;;) {
        switch (s->mail.standing) {
        case RANK_MEMBER:
        case RANK_LEADER:
        case RANK_OFFERED:
            AGR_TRY(crew_take_turn(&s->crew, err));
            break;
        case RANK_CALLED:
            AGR_TRY(crew_join(&s->crew, err));
            break;
        case RANK_IDLE:
            AGR_TRY(mail_wait_for_work(&s->mail, err));
            break;
        case RANK_DISMISSED:
            return AGR_OK;
        }
    }
}

/* ---- set-up and end ---- */

static agr_status prepare_rank(session *s, agr_error *err)
{
    AGR_TRY(agr_training_set_from(s->options->dataset, &s->set, err));
    if (s->options->config->n_branches > MAX_BRANCHES)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d branches, found %d",
                             MAX_BRANCHES, s->options->config->n_branches);
    return AGR_OK;
}

/* The checkpoint to start from holds all branches: better said now than by one team's leader. */
static agr_status check_init(const session *s, agr_error *err)
{
    const agr_config *config = s->options->config;
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(s->options->init, &checkpoint, err));
    agr_status status = AGR_OK;
    for (int b = 0; b < config->n_branches && status == AGR_OK; b++) {
        int branch, slot;
        status = agr_checkpoint_find_branch(checkpoint, config->branch[b].name, &branch, err);
        if (status == AGR_OK)
            status = agr_checkpoint_find_slot(checkpoint, branch, "latest", &slot, err);
        if (status == AGR_OK)
            status = agr_check_branch_classes(agr_checkpoint_branch_at(checkpoint, branch), &s->set,
                                              err);
    }
    agr_checkpoint_close(checkpoint);
    return status;
}

static agr_status open_books(session *s, agr_error *err)
{
    bool resumes;
    const agr_run_options *options = s->options;
    AGR_TRY(agr_check_training(options->config, &s->set, err)); /* before a folder is made */
    if (options->init != NULL)
        AGR_TRY(check_init(s, err));
    AGR_TRY(agr_run_folder_open(options->folder, options->resume, &s->folder, &resumes,
                                s->resume_from, err));
    if (!resumes)
        s->resume_from[0] = '\0';
    return registrar_create(options, &s->set, s->folder, s->mail.mailbox,
                            resumes ? s->resume_from : NULL, &s->registrar, err);
}

/* What the planner must know: measured by rank 0, which has nothing better to do yet. */
static agr_status measure_branches(session *s, agr_error *err)
{
    for (int b = 0; b < s->input.n_branches; b++) {
        s->input.branch[b].images_left = registrar_images_left(s->registrar, b);
        s->input.branch[b].image_ms = s->input.branch[b].images_left > 0 ? 0 : 1;
    }
    return agr_measure_branches(s->options->config, &s->set, s->input.branch, err);
}

static void say_links(session *s, bool is_given)
{
    agr_text inside = {0}, between = {0};
    const agr_links *links = &s->input.links;
    const bool has_several = agr_world_size(s->world) > agr_world_ranks_per_node(s->world);
    agr_link_add(&links->inside, &inside);
    agr_link_add(&links->between, &between);
    if (!inside.failed && !between.failed)
        registrar_say(s->registrar, "network%s: %s inside a host%s%s", is_given ? " as given" : "",
                      inside.data, has_several ? ", between hosts " : "",
                      has_several ? between.data : "");
    agr_text_release(&inside);
    agr_text_release(&between);
}

static agr_status find_links(session *s, agr_error *err)
{
    bool is_given;
    agr_group *world = agr_world_group(s->world);
    AGR_TRY(
        agr_agree(world, agr_links_from(s->options->config, &s->input.links, &is_given, err), err));
    if (agr_group_size(world) == 1)
        return AGR_OK;
    if (!is_given)
        AGR_TRY(agr_links_measure(s->world, &s->input.links, err));
    if (s->registrar != NULL)
        say_links(s, is_given);
    return AGR_OK;
}

static agr_status plan_teams(session *s, agr_error *err)
{
    const agr_config *config = s->options->config;
    agr_group *world = agr_world_group(s->world);
    s->input = (agr_placement_input){.n_branches = config->n_branches,
                                     .n_ranks = agr_world_size(s->world),
                                     .ranks_per_node = agr_world_ranks_per_node(s->world),
                                     .cores_per_node = config->comm.cores_per_node > 0
                                                           ? config->comm.cores_per_node
                                                           : s->cores.n_node_smallest,
                                     .threads = config->threads};
    agr_list_branches(config, &s->input);
    AGR_TRY(find_links(s, err));
    const agr_status measured = s->registrar != NULL ? measure_branches(s, err) : AGR_OK;
    AGR_TRY(agr_agree(world, measured, err));
    AGR_TRY(agr_group_broadcast(world, 0, &s->input, sizeof s->input, err));
    const char *wish = config->comm.placement;
    const bool by_hand = wish[0] != '\0' && strcmp(wish, "auto") != 0;
    const agr_status planned = by_hand ? agr_placement_parse(wish, &s->input, &s->placement, err)
                                       : agr_placement_plan(&s->input, &s->placement, err);
    AGR_TRY(agr_agree(world, planned, err));
    const agr_status begun = s->registrar != NULL
                                 ? registrar_begin(s->registrar, &s->input, &s->placement, err)
                                 : AGR_OK;
    return agr_agree(world, begun, err);
}

/* A run that begins in float32 where bfloat16 would take half the time. */
static void say_what_is_faster(session *s)
{
    const agr_config *config = s->options->config;
    const double gain = agr_kernels_bf16_gain(agr_kernels_isa());
    if (gain >= LEAST_GAIN_TO_SAY && config->compute.precision == AGR_PRECISION_FP32 &&
        config->compute.gemm == AGR_GEMM_OWN && s->resume_from[0] == '\0')
        registrar_say(
            s->registrar,
            "this processor multiplies bfloat16 on a unit of its own: with "
            "compute.precision=bf16 the tutorial's largest network trained %.1f times as fast "
            "(docs/precision.md)",
            gain);
}

/* The first line of a run: mpirun -np 1 binds to one core, and nobody would notice. */
static void say_what_is_used(session *s)
{
    char cores[128];
    const int n_ranks = agr_world_size(s->world);
    const bool is_bf16 = s->options->config->compute.precision == AGR_PRECISION_BF16;
    agr_cores_describe(&s->cores, cores, sizeof cores);
    registrar_say(s->registrar, "%d rank%s, using %s, kernels %s%s", n_ranks,
                  n_ranks > 1 ? "s" : "", cores, agr_kernels_description(),
                  is_bf16 ? ", bf16" : "");
    say_what_is_faster(s);
}

static agr_status set_up(session *s, agr_error *err)
{
    agr_group *world = agr_world_group(s->world);
    if (agr_world_size(s->world) > AGR_TEAM_MAX_RANKS) {
        agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d ranks, found %d",
                      AGR_TEAM_MAX_RANKS, agr_world_size(s->world));
        return agr_error_hint(err,
                              "fewer ranks with more threads each; see 'plan' for useful counts");
    }
    AGR_TRY(agr_agree(world, prepare_rank(s, err), err));
    AGR_TRY(agr_cores_gather(s->world, &s->cores, err));
    AGR_TRY(mail_open(&s->mail, s->options, s->world, err));
    const agr_status opened = agr_world_rank(s->world) == 0 ? open_books(s, err) : AGR_OK;
    AGR_TRY(agr_agree(world, opened, err));
    if (s->registrar != NULL) {
        mail_keep_books(&s->mail, s->registrar);
        say_what_is_used(s);
    }
    AGR_TRY(agr_group_broadcast(world, 0, s->resume_from, sizeof s->resume_from, err));
    if (s->resume_from[0] != '\0')
        AGR_TRY(agr_check_same_file(s->world, s->resume_from, err));
    else if (s->options->init != NULL)
        AGR_TRY(agr_check_same_file(s->world, s->options->init, err));
    return plan_teams(s, err);
}

static agr_status end(session *s, agr_error *err)
{
    if (s->registrar != NULL)
        registrar_say_best(s->registrar);
    if (agr_world_size(s->world) > 1)
        AGR_TRY(utilisation_say(s->world, s->crew.has_trained, s->registrar, err));
    const agr_status verdict = s->registrar != NULL ? registrar_verdict(s->registrar, err) : AGR_OK;
    if (s->folder != NULL)
        agr_run_folder_event(s->folder, verdict == AGR_OK ? "end" : "stopped", NULL);
    return agr_agree(agr_world_group(s->world), verdict, err);
}

static void release(session *s)
{
    crew_forget(&s->crew);
    mail_close(&s->mail);
    registrar_destroy(s->registrar);
    agr_run_folder_close(s->folder);
    free(s);
}

agr_status agr_run_train(agr_world *world, const agr_run_options *options, agr_error *err)
{
    session *s = calloc(1, sizeof *s);
    AGR_ASSERT(s != NULL);
    s->options = options;
    s->world = world;
    s->crew.mail = &s->mail;
    s->crew.plan = (crew_plan){.options = options,
                               .world = world,
                               .cores = &s->cores,
                               .set = &s->set,
                               .input = &s->input,
                               .placement = &s->placement,
                               .resume_from = s->resume_from};
    agr_status status = set_up(s, err);
    if (status == AGR_OK) {
        status = live(s, err);
        /* From here on others may wait for this rank: it cannot leave alone. */
        if (status != AGR_OK && agr_world_size(world) > 1)
            agr_world_abort(world, err);
        if (status == AGR_OK)
            status = end(s, err);
    }
    release(s);
    return status;
}
