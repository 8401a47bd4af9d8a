/* A position as named numbers, and in words. */
#include <agr/train/position.h>

#include <agr/train/history.h>

#include <math.h>
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
        {"adam_step", AGR_VALUE_INT64, 1, &p->optimiser.step},
        {"schedule_step", AGR_VALUE_INT64, 1, &p->optimiser.schedule_step},
        {"learning_rate", AGR_VALUE_DOUBLE, 1, &p->learning_rate},
        {"ending", AGR_VALUE_INT64, 1, &p->ending},
        {"best_epoch", AGR_VALUE_INT64, 1, &p->best_epoch},
        {"epochs_since_best", AGR_VALUE_INT64, 1, &p->epochs_since_best},
        {"best_value", AGR_VALUE_DOUBLE, 1, &p->best_value},
        {"train_sums", AGR_VALUE_DOUBLE, n_sums, p->train},
        {"validation_sums", AGR_VALUE_DOUBLE, n_sums, p->validation},
        {"reductions", AGR_VALUE_INT64, 1, &p->optimiser.reductions},
    };
    for (int i = 0; i < AGR_POSITION_N_VALUES; i++) {
        value[i] = (agr_value){.type = row[i].type, .count = row[i].count, .data = row[i].data};
        snprintf(value[i].name, sizeof value[i].name, "%s", row[i].name);
    }
    value[AGR_POSITION_N_VALUES - 1].is_optional = true;
}

static agr_status check_counts(const agr_position *p, agr_error *err)
{
    const int64_t most_steps = INT64_C(1) << 53; /* exact in the double of a schedule */
    const struct {
        const char *name;
        int64_t value, least, most;
    } row[] = {
        {"epoch", p->epoch, 0, INT32_MAX},
        {"phase", p->phase, AGR_PHASE_TRAIN, AGR_PHASE_ENDED},
        {"step", p->step, 0, most_steps},
        {"train_steps", p->train_steps, 0, most_steps},
        {"batch_size", p->batch_size, 0, INT32_MAX},
        {"adam_step", p->optimiser.step, 0, most_steps},
        {"schedule_step", p->optimiser.schedule_step, 0, most_steps},
        {"reductions", p->optimiser.reductions, 0, INT32_MAX},
        {"ending", p->ending, AGR_BRANCH_RUNNING, AGR_BRANCH_HALVED},
        {"best_epoch", p->best_epoch, 0, p->epoch},
        {"epochs_since_best", p->epochs_since_best, 0, p->epoch},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].value < row[i].least || row[i].value > row[i].most)
            return agr_error_set(err, AGR_INPUT, "%s: expected %lld to %lld, found %lld",
                                 row[i].name, (long long)row[i].least, (long long)row[i].most,
                                 (long long)row[i].value);
    return AGR_OK;
}

static agr_status check_sums(const char *name, const agr_head_sums *sums, agr_error *err)
{
    for (int i = 0; i < AGR_MAX_HEADS * AGR_SUM_COUNT; i++) {
        const double sum = sums[i / AGR_SUM_COUNT].sum[i % AGR_SUM_COUNT];
        if (!isfinite(sum))
            return agr_error_set(err, AGR_INPUT, "%s: expected finite numbers, found %g", name,
                                 sum);
    }
    return AGR_OK;
}

agr_status agr_position_check(const agr_position *p, agr_error *err)
{
    AGR_TRY(check_counts(p, err));
    if (!isfinite(p->learning_rate) || p->learning_rate < 0)
        return agr_error_set(err, AGR_INPUT,
                             "learning_rate: expected a finite number from 0, found %g",
                             p->learning_rate);
    if (isnan(p->best_value))
        return agr_error_set(err, AGR_INPUT, "best_value: expected a number, found nan");
    AGR_TRY(check_sums("train_sums", p->train, err));
    return check_sums("validation_sums", p->validation, err);
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
