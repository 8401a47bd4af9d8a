/* From words to label columns, and from their labels to the cells of samples. */
#include <agr/train/cells.h>

#include <agr/base/parse.h>
#include <agr/base/text.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const int64_t *id;
    int64_t n;
} samples;

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "out of memory");
}

/* ---- columns ---- */

static agr_status unknown_column(const agr_training_set *set, const char *name, agr_error *err)
{
    agr_text there = {0};
    agr_nearest nearest = {.word = name};
    for (int i = 0; i < set->n_labels; i++) {
        const char *candidate = set->label[i].name;
        agr_text_add(&there, "%s%s", i > 0 ? ", " : "", candidate);
        agr_nearest_offer(&nearest, candidate);
    }
    agr_error_set(err, AGR_USAGE, "dataset '%s' has no label '%s': expected one of %s",
                  set->dataset != NULL ? agr_dataset_path(set->dataset) : "", name,
                  there.data != NULL ? there.data : "none");
    agr_text_release(&there);
    return nearest.found != NULL ? agr_error_hint(err, "did you mean '%s'?", nearest.found)
                                 : AGR_USAGE;
}

static agr_status read_bins(const agr_audit_bins *usual, const char *text, agr_cells_factor *factor,
                            agr_error *err)
{
    if (text == NULL) {
        factor->bins = *usual;
        return AGR_OK;
    }
    if (!factor->in_bins)
        return agr_error_set(err, AGR_USAGE,
                             "label '%s': expected no bins of what has classes, found '%s'",
                             factor->column->name, text);
    if (agr_audit_bins_parse(text, &factor->bins, err) != AGR_OK)
        return agr_error_context(err, "label '%s'", factor->column->name);
    return AGR_OK;
}

static agr_status read_factor(const agr_training_set *set, const agr_audit_bins *usual, char *word,
                              agr_cells *cells, agr_error *err)
{
    char *bins = strchr(word, ':');
    if (bins != NULL)
        *bins++ = '\0';
    if (cells->n_factors == AGR_CELLS_MAX_FACTORS)
        return agr_error_set(err, AGR_USAGE, "expected at most %d columns in a table",
                             AGR_CELLS_MAX_FACTORS);
    agr_cells_factor *factor = &cells->factor[cells->n_factors];
    factor->column = agr_training_set_column(set, word);
    if (factor->column == NULL)
        return unknown_column(set, word, err);
    for (int f = 0; f < cells->n_factors; f++)
        if (cells->factor[f].column == factor->column)
            return agr_error_set(err, AGR_USAGE, "expected '%s' once in a table", word);
    factor->in_bins = factor->column->kind != AGR_LABEL_CLASS;
    const size_t length = strlen(cells->name);
    snprintf(cells->name + length, sizeof cells->name - length, "%s%s",
             cells->n_factors > 0 ? "*" : "", word);
    cells->n_factors++;
    return read_bins(usual, bins, factor, err);
}

/* ---- cells ---- */

static int n_levels(const agr_cells_factor *factor)
{
    return factor->in_bins ? factor->bins.n : factor->column->n_classes;
}

static int level_of(const agr_cells_factor *factor, int64_t sample)
{
    const double value = (double)factor->column->values[sample];
    if (factor->in_bins)
        return agr_audit_bins_find(&factor->bins, value);
    return isnan(value) ? -1 : (int)value;
}

/* A number for each crossing: classes and bins in their order, the first column slowest. */
static int64_t crossing_of(const agr_cells *cells, int64_t sample)
{
    int64_t crossing = 0;
    for (int f = 0; f < cells->n_factors; f++) {
        const int level = level_of(&cells->factor[f], sample);
        if (level < 0)
            return -1;
        crossing = crossing * n_levels(&cells->factor[f]) + level;
    }
    return crossing;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void name_cell(const agr_cells *cells, int64_t crossing, agr_text *name)
{
    int level[AGR_CELLS_MAX_FACTORS];
    for (int f = cells->n_factors - 1; f >= 0; f--) {
        level[f] = (int)(crossing % n_levels(&cells->factor[f]));
        crossing /= n_levels(&cells->factor[f]);
    }
    for (int f = 0; f < cells->n_factors; f++) {
        const agr_cells_factor *factor = &cells->factor[f];
        agr_text_add(name, "%s%s", f > 0 ? "*" : "",
                     factor->in_bins ? factor->bins.bin[level[f]].name
                                     : factor->column->classes[level[f]]);
    }
}

static agr_status name_cells(agr_cells *cells, const int64_t *crossing, int n, agr_error *err)
{
    cells->cell = calloc((size_t)n + 1, sizeof *cells->cell);
    if (cells->cell == NULL)
        return no_memory(err);
    for (; cells->n_cells < n; cells->n_cells++) {
        agr_text name = {0};
        name_cell(cells, crossing[cells->n_cells], &name);
        if (name.failed)
            return no_memory(err);
        cells->cell[cells->n_cells] = name.data;
    }
    return AGR_OK;
}

/* Which crossings are there, each once, ascending; returns how many. */
static int64_t find_crossings(const samples *s, const agr_cells *cells, int64_t *crossing)
{
    int64_t n = 0, n_different = 0;
    for (int64_t i = 0; i < s->n; i++) {
        crossing[n] = crossing_of(cells, s->id[i]);
        n += crossing[n] >= 0;
    }
    qsort(crossing, (size_t)n, sizeof *crossing, ascending);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || crossing[i] != crossing[i - 1])
            crossing[n_different++] = crossing[i];
    return n_different;
}

static agr_status divide(const samples *s, agr_cells *cells, int64_t *crossing, agr_error *err)
{
    const int64_t n = find_crossings(s, cells, crossing);
    if (n > AGR_CELLS_MAX)
        return agr_error_set(err, AGR_USAGE, "'%s': expected at most %d cells, found %lld",
                             cells->name, AGR_CELLS_MAX, (long long)n);
    AGR_TRY(name_cells(cells, crossing, (int)n, err));
    for (int64_t i = 0; i < s->n; i++) {
        const int64_t of = crossing_of(cells, s->id[i]);
        const int64_t *found = bsearch(&of, crossing, (size_t)n, sizeof of, ascending);
        cells->cell_of[i] = found != NULL ? (int32_t)(found - crossing) : -1;
    }
    return AGR_OK;
}

static agr_status divide_samples(const samples *s, agr_cells *cells, agr_error *err)
{
    int64_t *crossing = malloc(((size_t)s->n + 1) * sizeof *crossing);
    cells->cell_of = malloc(((size_t)s->n + 1) * sizeof *cells->cell_of);
    const agr_status status = crossing != NULL && cells->cell_of != NULL
                                  ? divide(s, cells, crossing, err)
                                  : no_memory(err);
    free(crossing);
    return status;
}

/* ---- from words ---- */

static agr_status read_factors(const char *text, const agr_training_set *set,
                               const agr_audit_bins *usual, agr_cells *cells, agr_error *err)
{
    char *copy = strdup(text);
    agr_status status = copy != NULL ? AGR_OK : no_memory(err);
    for (char *word = copy, *next; status == AGR_OK && word != NULL; word = next) {
        next = strchr(word, '*');
        if (next != NULL)
            *next++ = '\0';
        status = read_factor(set, usual, word, cells, err);
    }
    free(copy);
    return status;
}

agr_status agr_cells_read(const char *text, const agr_training_set *set, const agr_audit_bins *bins,
                          const int64_t *sample, int64_t n_samples, agr_cells *cells,
                          agr_error *err)
{
    *cells = (agr_cells){0};
    AGR_TRY(read_factors(text, set, bins, cells, err));
    return divide_samples(&(samples){sample, n_samples}, cells, err);
}

agr_status agr_cells_of_column(const agr_label_column *column, const agr_audit_bins *bins,
                               const int64_t *sample, int64_t n_samples, agr_cells *cells,
                               agr_error *err)
{
    *cells = (agr_cells){
        .n_factors = 1,
        .factor = {{.column = column, .in_bins = column->kind != AGR_LABEL_CLASS, .bins = *bins}}};
    snprintf(cells->name, sizeof cells->name, "%s", column->name);
    return divide_samples(&(samples){sample, n_samples}, cells, err);
}

void agr_cells_release(agr_cells *cells)
{
    for (int c = 0; c < cells->n_cells; c++)
        free(cells->cell[c]);
    free(cells->cell);
    free(cells->cell_of);
    *cells = (agr_cells){0};
}
