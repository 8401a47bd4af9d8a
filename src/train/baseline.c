/* The best guess without looking, from labels alone. */
#include "baseline_impl.h"

#include <agr/base/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_squared_error(const agr_loss *loss)
{
    return strcmp(loss->kind->name, "mse") == 0 || strcmp(loss->kind->name, "expected_mse") == 0;
}

/* ---- the guess ---- */

typedef struct {
    double label, shown;
} shown_label;

static int compare_labels(const void *a, const void *b)
{
    const double x = ((const shown_label *)a)->label, y = ((const shown_label *)b)->label;
    return (x > y) - (x < y);
}

/* The smallest label that at least half of what is shown does not exceed. */
static agr_status median_of(const agr_label_column *column, const agr_training_set *set,
                            const agr_balance *balance, double *median, agr_error *err)
{
    double shown = 0, below = 0;
    int64_t n = 0;
    shown_label *all = malloc((size_t)set->n_train * sizeof *all);
    if (all == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (int64_t i = 0; i < set->n_train; i++) {
        const double label = (double)column->values[set->train_sample[i]];
        if (isnan(label))
            continue;
        all[n] = (shown_label){label, agr_balance_shown(balance, i)};
        shown += all[n++].shown;
    }
    qsort(all, (size_t)n, sizeof *all, compare_labels);
    *median = (double)NAN;
    for (int64_t i = 0; i < n && below < shown / 2; i++) {
        *median = all[i].label;
        below += all[i].shown;
    }
    free(all);
    return AGR_OK;
}

/* ---- what it reaches ---- */

/* balance NULL: each of these samples once. */
static double figure_of(const baseline *b, const agr_label_column *column, const int64_t *sample,
                        int64_t n, const agr_balance *balance)
{
    const bool squared = strcmp(b->figure, "loss") == 0;
    double sum = 0, shown = 0;
    for (int64_t i = 0; i < n; i++) {
        const double error = fabs((double)column->values[sample[i]] - b->guess);
        const double times = balance != NULL ? agr_balance_shown(balance, i) : 1;
        if (isnan(error))
            continue;
        sum += times * (squared ? error * error : error);
        shown += times;
    }
    return sum / shown;
}

agr_status baseline_of(const agr_network *network, int h, const agr_training_set *set,
                       const agr_balance *balance, baseline *out, agr_error *err)
{
    const agr_head *head = agr_network_head(network, h);
    *out = (baseline){.branch = agr_network_name(network), .head = head->name};
    if (!agr_loss_predicts_number(&head->loss))
        return AGR_OK;
    const agr_label_column *column = agr_training_set_column(set, head->target);
    out->figure = is_squared_error(&head->loss) ? "loss" : "mae";
    if (is_squared_error(&head->loss))
        out->guess = agr_balance_mean(balance, set, column);
    else
        AGR_TRY(median_of(column, set, balance, &out->guess, err));
    out->train = figure_of(out, column, set->train_sample, set->n_train, balance);
    out->validation = figure_of(out, column, set->validation_sample, set->n_validation, NULL);
    return AGR_OK;
}

/* ---- compared with a head ---- */

static double found(const baseline *guess, const agr_head_figures *figures)
{
    return strcmp(guess->figure, "loss") == 0 ? figures->loss : figures->metric;
}

static bool is_missed(const baseline *guess, double train, double validation)
{
    return train > guess->train && (isnan(validation) || validation > guess->validation);
}

void baseline_judge(baseline *guess, const agr_config *config, const agr_epoch_report *report,
                    int h)
{
    if (guess->figure == NULL || guess->is_said)
        return;
    const double train = found(guess, &report->train[h]);
    const double validation = found(guess, &report->validation[h]);
    if (!is_missed(guess, train, validation))
        return;
    agr_text text = {0};
    agr_text_add(&text, "%s %.4g (a guess of %.4g for every picture: %.4g)", guess->figure, train,
                 guess->guess, guess->train);
    if (!isnan(validation))
        agr_text_add(&text, ", of validation %.4g (%.4g)", validation, guess->validation);
    agr_log_warning("branch '%s': head '%s' was worse in epoch %lld than a guess that looks at no "
                    "picture: %s; a lower optimizer.lr (now %g)%s may help",
                    guess->branch, guess->head, (long long)report->epoch,
                    text.failed ? "" : text.data, config->optimizer.lr,
                    config->init.bias == AGR_BIAS_ZERO ? ", init.bias target_mean or -c quick"
                                                       : "");
    agr_text_release(&text);
    guess->is_said = true;
}
