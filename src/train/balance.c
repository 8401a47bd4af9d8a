/* How often an epoch shows each training sample, by its cell. */
#include <agr/train/balance.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char key[] = "balance.by";

/* The complaint of who reads cells, with the user's file and line. */
static agr_status refuse(const agr_config *config, agr_status status, agr_error *err)
{
    const agr_error why = *err;
    if (status != AGR_USAGE)
        return status;
    const agr_status fault = agr_config_fail(config, key, err, "%s", why.text);
    return why.hint[0] != '\0' ? agr_error_hint(err, "%s", why.hint) : fault;
}

static agr_status count_samples(const agr_config *config, const agr_training_set *set,
                                agr_balance *balance, agr_error *err)
{
    const agr_cells *cells = &balance->cells;
    if (cells->n_cells == 0)
        return agr_config_fail(config, key, err,
                               "expected training pictures with these labels, found none");
    balance->size = calloc((size_t)cells->n_cells, sizeof *balance->size);
    if (balance->size == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (int64_t i = 0; i < set->n_train; i++) {
        if (cells->cell_of[i] < 0)
            continue;
        balance->size[cells->cell_of[i]]++;
        balance->n_inside++;
    }
    return AGR_OK;
}

agr_status agr_balance_create(const agr_config *config, const agr_training_set *set,
                              agr_balance *balance, agr_error *err)
{
    agr_audit_bins bins;
    *balance = (agr_balance){0};
    if (strcmp(config->balance.by, "none") == 0)
        return AGR_OK;
    AGR_TRY(agr_audit_bins_parse(AGR_AUDIT_DEFAULT_BINS, &bins, err));
    agr_status status = agr_cells_read(config->balance.by, set, &bins, set->train_sample,
                                       set->n_train, &balance->cells, err);
    status =
        status == AGR_OK ? count_samples(config, set, balance, err) : refuse(config, status, err);
    if (status != AGR_OK)
        agr_balance_release(balance);
    return status;
}

void agr_balance_release(agr_balance *balance)
{
    agr_cells_release(&balance->cells);
    free(balance->size);
    *balance = (agr_balance){0};
}

/* ---- what an epoch shows ---- */

/* Places that each cell has in an epoch, on average. */
static double places_of_a_cell(const agr_balance *balance)
{
    return (double)balance->n_inside / balance->cells.n_cells;
}

double agr_balance_shown(const agr_balance *balance, int64_t i)
{
    if (balance->cells.n_cells == 0 || balance->cells.cell_of[i] < 0)
        return 1;
    return places_of_a_cell(balance) / (double)balance->size[balance->cells.cell_of[i]];
}

void agr_balance_describe(const agr_balance *balance, agr_text *text)
{
    int smallest = 0, largest = 0;
    for (int c = 1; c < balance->cells.n_cells; c++) {
        smallest = balance->size[c] < balance->size[smallest] ? c : smallest;
        largest = balance->size[c] > balance->size[largest] ? c : largest;
    }
    const double places = places_of_a_cell(balance);
    agr_text_add(text,
                 "%d cells of %lld to %lld training pictures, each has %.1f places in an epoch; a "
                 "picture of %s %.2g times",
                 balance->cells.n_cells, (long long)balance->size[smallest],
                 (long long)balance->size[largest], places, balance->cells.cell[smallest],
                 places / (double)balance->size[smallest]);
}

void agr_balance_show_classes(const agr_balance *balance, const agr_training_set *set,
                              const agr_label_column *column, int64_t n_classes, double *shown)
{
    memset(shown, 0, (size_t)n_classes * sizeof *shown);
    for (int64_t i = 0; i < set->n_train; i++) {
        const float value = column->values[set->train_sample[i]];
        if (value >= 0 && value < (float)n_classes)
            shown[(int64_t)value] += agr_balance_shown(balance, i);
    }
}

double agr_balance_mean(const agr_balance *balance, const agr_training_set *set,
                        const agr_label_column *column)
{
    double sum = 0, shown = 0;
    for (int64_t i = 0; i < set->n_train; i++) {
        const float value = column->values[set->train_sample[i]];
        if (isnan(value))
            continue;
        sum += agr_balance_shown(balance, i) * (double)value;
        shown += agr_balance_shown(balance, i);
    }
    return sum / shown;
}

void agr_balance_count_above(const agr_balance *balance, const agr_training_set *set,
                             const agr_label_column *column, double number, double *n_above,
                             double *n)
{
    *n_above = *n = 0;
    for (int64_t i = 0; i < set->n_train; i++) {
        const double value = (double)column->values[set->train_sample[i]];
        const double shown = isnan(value) ? 0 : agr_balance_shown(balance, i);
        *n += shown;
        *n_above += value > number ? shown : 0;
    }
}
