/* Cells of training samples, from words and labels, and what an epoch then shows. */
#include <agr/train/balance.h>

#include <agr/audit/bins.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FACTORS = 8, MAX_CROSSED = 1 << 20 };

static const char key[] = "balance.by";

/* One of the crossed labels. */
typedef struct {
    const agr_label_column *column;
    agr_audit_bins bins; /* of a number */
    int n_levels;
} factor;

typedef struct {
    const agr_config *config;
    const agr_training_set *set;
    int n;
    factor factor[MAX_FACTORS];
    int32_t n_crossed; /* product of all levels */
} crossing;

/* ---- from words ---- */

static agr_status unknown_label(const crossing *x, const char *name, agr_error *err)
{
    agr_error known;
    const agr_label_column *column;
    agr_training_set_require(x->set, name, &column, &known);
    const agr_status fault =
        agr_config_fail(x->config, key, err, "expected labels of the dataset, found '%s'", name);
    if (known.hint[0] != '\0')
        agr_error_hint(err, "%s", known.hint);
    return fault;
}

static agr_status read_bins(const crossing *x, factor *f, const char *bins, agr_error *err)
{
    agr_error fault;
    if (f->column->kind == AGR_LABEL_CLASS)
        return agr_config_fail(x->config, key, err, "expected no bins of '%s', which has classes",
                               f->column->name);
    if (agr_audit_bins_parse(bins, &f->bins, &fault) != AGR_OK)
        return agr_config_fail(x->config, key, err, "label '%s': %s", f->column->name, fault.text);
    f->n_levels = f->bins.n;
    return AGR_OK;
}

/* word: "age:0-9,10-19" or "race"; its colon is overwritten. */
static agr_status read_factor(crossing *x, char *word, agr_error *err)
{
    char *colon = strchr(word, ':');
    if (colon != NULL)
        *colon = '\0';
    if (x->n == MAX_FACTORS)
        return agr_config_fail(x->config, key, err, "expected at most %d labels", MAX_FACTORS);
    factor *f = &x->factor[x->n];
    f->column = agr_training_set_column(x->set, word);
    if (f->column == NULL)
        return unknown_label(x, word, err);
    for (int i = 0; i < x->n; i++)
        if (x->factor[i].column == f->column)
            return agr_config_fail(x->config, key, err,
                                   "expected each label once, found '%s' twice", word);
    x->n++;
    f->n_levels = f->column->n_classes;
    if (colon != NULL)
        return read_bins(x, f, colon + 1, err);
    if (f->column->kind == AGR_LABEL_NUMBER)
        return read_bins(x, f, AGR_AUDIT_DEFAULT_BINS, err);
    if (f->column->kind == AGR_LABEL_CLASS)
        return AGR_OK;
    return agr_config_fail(x->config, key, err,
                           "label '%s': expected bins, as the file does not say what it holds",
                           word);
}

static agr_status read_crossing(crossing *x, agr_error *err)
{
    char words[AGR_CONFIG_TEXT_BYTES];
    int64_t n_crossed = 1;
    snprintf(words, sizeof words, "%s", x->config->balance.by);
    for (char *word = words, *star = words; star != NULL; word = star + 1) {
        star = strchr(word, '*');
        if (star != NULL)
            *star = '\0';
        AGR_TRY(read_factor(x, word, err));
        n_crossed *= x->factor[x->n - 1].n_levels;
        if (n_crossed > MAX_CROSSED)
            return agr_config_fail(x->config, key, err, "expected at most %d cells", MAX_CROSSED);
    }
    x->n_crossed = (int32_t)n_crossed;
    return AGR_OK;
}

/* ---- cells ---- */

static int level_of(const factor *f, float value)
{
    if (isnan(value))
        return -1;
    return f->bins.n > 0 ? agr_audit_bins_find(&f->bins, (double)value) : (int)value;
}

/* Which of all crossed cells, with samples or without; -1: in none. */
static int32_t crossed_cell(const crossing *x, int64_t sample)
{
    int32_t cell = 0;
    for (int i = 0; i < x->n; i++) {
        const int level = level_of(&x->factor[i], x->factor[i].column->values[sample]);
        if (level < 0)
            return -1;
        cell = cell * x->factor[i].n_levels + level;
    }
    return cell;
}

static void describe_cell(const crossing *x, int32_t cell, char words[AGR_BALANCE_WORDS_BYTES])
{
    int level[MAX_FACTORS];
    size_t length = 0;
    for (int i = x->n - 1; i >= 0; i--) {
        level[i] = cell % x->factor[i].n_levels;
        cell /= x->factor[i].n_levels;
    }
    for (int i = 0; i < x->n && length < AGR_BALANCE_WORDS_BYTES; i++) {
        const factor *f = &x->factor[i];
        const char *name =
            f->bins.n > 0 ? f->bins.bin[level[i]].name : f->column->classes[level[i]];
        length += (size_t)snprintf(words + length, AGR_BALANCE_WORDS_BYTES - length, "%s%s %s",
                                   i > 0 ? ", " : "", f->column->name, name);
    }
}

/* Numbers the crossed cells that have samples; count [n_crossed] becomes their number, -1: none. */
static void number_cells(const crossing *x, agr_balance *balance, int64_t *count)
{
    int64_t least = INT64_MAX;
    for (int32_t c = 0; c < x->n_crossed; c++) {
        const int64_t size = count[c];
        count[c] = size > 0 ? balance->n_cells : -1;
        if (size == 0)
            continue;
        if (size < least)
            describe_cell(x, c, balance->smallest);
        least = size < least ? size : least;
        balance->size[balance->n_cells++] = size;
        balance->n_inside += size;
    }
}

static agr_status fill_cells(const crossing *x, agr_balance *balance, agr_error *err)
{
    const agr_training_set *set = x->set;
    int64_t *count = calloc((size_t)x->n_crossed, sizeof *count);
    balance->cell = calloc((size_t)set->n_train, sizeof *balance->cell);
    balance->size = calloc((size_t)x->n_crossed, sizeof *balance->size);
    if (count == NULL || balance->cell == NULL || balance->size == NULL) {
        free(count);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    }
    for (int64_t i = 0; i < set->n_train; i++) {
        balance->cell[i] = crossed_cell(x, set->train_sample[i]);
        if (balance->cell[i] >= 0)
            count[balance->cell[i]]++;
    }
    number_cells(x, balance, count);
    for (int64_t i = 0; i < set->n_train; i++)
        if (balance->cell[i] >= 0)
            balance->cell[i] = (int32_t)count[balance->cell[i]];
    free(count);
    if (balance->n_cells > 0)
        return AGR_OK;
    return agr_config_fail(x->config, key, err,
                           "expected training pictures with these labels, found none");
}

agr_status agr_balance_create(const agr_config *config, const agr_training_set *set,
                              agr_balance *balance, agr_error *err)
{
    *balance = (agr_balance){0};
    if (strcmp(config->balance.by, "none") == 0)
        return AGR_OK;
    crossing x = {.config = config, .set = set};
    agr_status status = read_crossing(&x, err);
    if (status == AGR_OK)
        status = fill_cells(&x, balance, err);
    if (status != AGR_OK)
        agr_balance_release(balance);
    return status;
}

void agr_balance_release(agr_balance *balance)
{
    free(balance->cell);
    free(balance->size);
    *balance = (agr_balance){0};
}

/* ---- what an epoch shows ---- */

/* Places that each cell has in an epoch, on average. */
static double places_of_a_cell(const agr_balance *balance)
{
    return (double)balance->n_inside / balance->n_cells;
}

double agr_balance_shown(const agr_balance *balance, int64_t i)
{
    if (balance->n_cells == 0 || balance->cell[i] < 0)
        return 1;
    return places_of_a_cell(balance) / (double)balance->size[balance->cell[i]];
}

void agr_balance_describe(const agr_balance *balance, agr_text *text)
{
    int64_t least = INT64_MAX, most = 0;
    for (int32_t c = 0; c < balance->n_cells; c++) {
        least = balance->size[c] < least ? balance->size[c] : least;
        most = balance->size[c] > most ? balance->size[c] : most;
    }
    agr_text_add(text,
                 "%d cells of %lld to %lld training pictures, each has %.1f places in an epoch; a "
                 "picture of "
                 "%s %.2g times",
                 balance->n_cells, (long long)least, (long long)most, places_of_a_cell(balance),
                 balance->smallest, places_of_a_cell(balance) / (double)least);
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
