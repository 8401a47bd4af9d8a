/* Two steps of a small training, whose bits are the same on every machine that is well. */
#include "probe_impl.h"

#include <agr/kernels/isa.h>
#include <agr/store/digest.h>
#include <agr/train/network_state.h>
#include <agr/train/stand_in.h>
#include <agr/train/step.h>
#include <inttypes.h>

/* Pictures as small as the built-in networks take them; of these the second branch, the cheaper sort. */
enum { SIDE = 32, BATCH = 4, STEPS = 2, BRANCH = 1 };

/* docs/reproducibility.md publishes it, and a test compares. */
#define PUBLISHED UINT64_C(0x042d2c95f5003925)

static agr_status take_steps(const agr_step *step, const agr_stand_in *s, agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS] = {0};
    agr_update update;
    for (int i = 0; i < STEPS; i++) {
        const agr_batch batch = {.sample = s->sample + i * BATCH, .n_samples = BATCH};
        AGR_TRY(agr_step_train(step, &batch, sums, &update, err));
    }
    return AGR_OK;
}

static agr_status digest_state(agr_network *network, const agr_optimiser *optimiser,
                               uint64_t *digest, agr_error *err)
{
    agr_network_state state;
    AGR_TRY(agr_network_state_create(network, optimiser, &state, err));
    agr_network_state_point(&state, network);
    *digest = agr_state_digest(&state.all, AGR_PART_WEIGHTS | AGR_PART_OPTIMIZER);
    agr_network_state_release(&state);
    return AGR_OK;
}

static agr_status train(agr_step *step, const agr_config *config, const agr_stand_in *s,
                        uint64_t *digest, agr_error *err)
{
    agr_optimiser_state optimiser_state = {0};
    const agr_optimiser optimiser = agr_optimiser_from_config(config, STEPS);
    const agr_network_plan_options plan = {.max_images = BATCH,
                                           .micro_batch = config->data.micro_batch,
                                           .n_parts = 1,
                                           .training = true,
                                           .n_slots = optimiser.kind->n_slots};
    step->optimiser = &optimiser;
    step->optimiser_state = &optimiser_state;
    AGR_TRY(agr_network_plan(step->network, &plan, NULL, err));
    agr_network_initialise(step->network, (uint64_t)config->seed);
    AGR_TRY(agr_feed_create(config, &s->set, step->network, &step->feed, err));
    AGR_TRY(agr_feed_plan(step->feed, NULL, err));
    AGR_TRY(take_steps(step, s, err));
    return digest_state(step->network, &optimiser, digest, err);
}

static agr_status train_branch(agr_config *config, uint64_t *digest, agr_error *err)
{
    agr_stand_in s;
    agr_step step = {.reducer = agr_reducer_local()};
    AGR_TRY(agr_stand_in_create(config, STEPS * BATCH, SIDE, SIDE, &s, err));
    const agr_network_options options =
        agr_network_options_from(config, (agr_extent){SIDE, SIDE, 3});
    agr_status status = agr_network_create(&config->branch[BRANCH], &options, &step.network, err);
    if (status == AGR_OK)
        status = train(&step, config, &s, digest, err);
    agr_feed_destroy(step.feed);
    agr_network_destroy(step.network);
    agr_stand_in_release(&s);
    return status;
}

static agr_status train_seed(uint64_t *digest, agr_error *err)
{
    static agr_config config;
    agr_isa isa;
    AGR_TRY(agr_isa_choose(&isa, err));
    agr_kernels_select(isa);
    AGR_TRY(agr_config_load(&config, NULL, NULL, 0, err));
    const agr_status status = train_branch(&config, digest, err);
    agr_config_release(&config);
    return status;
}

/* Whatever the user's configuration is: this one has a published digest. */
void probe_digest(const agr_doctor_options *options, agr_findings *findings)
{
    uint64_t digest = 0;
    agr_error err = {0};
    (void)options;
    if (train_seed(&digest, &err) != AGR_OK) {
        agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text);
        return;
    }
    const bool is_right = digest == PUBLISHED;
    agr_finding *finding =
        agr_findings_add(findings, is_right ? AGR_HEALTH_OK : AGR_HEALTH_PROBLEM,
                         "digest %016" PRIx64 "%s of %d steps", digest,
                         is_right ? ", the published one," : " is not the published one", STEPS);
    agr_finding_remedy(finding, "this build or this machine computes other bits than all others: "
                                "look at the compiler's options and at the machine's memory");
}
