/* A position as named numbers, and in words. */
#include <agr/train/position.h>

#include <stdio.h>

void agr_position_name_values(agr_position *p, int n_heads, agr_value value[AGR_POSITION_N_VALUES])
{
    const int32_t n_sums = n_heads * AGR_SUM_COUNT;
    const struct {
        const char *name;
        agr_value_type type;
        int32_t count;
        void *data;
    } row[AGR_POSITION_N_VALUES] = {
        {"epoch", AGR_VALUE_INT64, 1, &p->epoch},
        {"phase", AGR_VALUE_INT64, 1, &p->phase},
        {"step", AGR_VALUE_INT64, 1, &p->step},
        {"train_steps", AGR_VALUE_INT64, 1, &p->train_steps},
        {"batch_size", AGR_VALUE_INT64, 1, &p->batch_size},
        {"adam_step", AGR_VALUE_INT64, 1, &p->optimiser.adam_step},
        {"schedule_step", AGR_VALUE_INT64, 1, &p->optimiser.schedule_step},
        {"learning_rate", AGR_VALUE_DOUBLE, 1, &p->learning_rate},
        {"ending", AGR_VALUE_INT64, 1, &p->ending},
        {"best_epoch", AGR_VALUE_INT64, 1, &p->best_epoch},
        {"epochs_since_best", AGR_VALUE_INT64, 1, &p->epochs_since_best},
        {"best_value", AGR_VALUE_DOUBLE, 1, &p->best_value},
        {"train_sums", AGR_VALUE_DOUBLE, n_sums, p->train},
        {"validation_sums", AGR_VALUE_DOUBLE, n_sums, p->validation},
    };
    for (int i = 0; i < AGR_POSITION_N_VALUES; i++) {
        value[i] = (agr_value){.type = row[i].type, .count = row[i].count, .data = row[i].data};
        snprintf(value[i].name, sizeof value[i].name, "%s", row[i].name);
    }
}

bool agr_position_is_valid(const agr_position *p)
{
    return p->epoch >= 0 && p->phase >= AGR_PHASE_TRAIN && p->phase <= AGR_PHASE_ENDED &&
           p->step >= 0 && p->train_steps >= 0 && p->optimiser.adam_step >= 0 &&
           p->optimiser.schedule_step >= 0;
}

void agr_position_describe(const agr_state *state, agr_text *text)
{
    const long long epoch = agr_state_int64(state, "epoch", 0);
    const long long step = agr_state_int64(state, "step", 0);
    const int64_t phase = agr_state_int64(state, "phase", AGR_PHASE_TRAIN);
    if (phase == AGR_PHASE_ENDED)
        agr_text_add(text, "ended after epoch %lld", epoch);
    else
        agr_text_add(text, "epoch %lld, %s %lld", epoch + 1,
                     phase == AGR_PHASE_VALIDATE ? "validation batch" : "step", step + 1);
}
