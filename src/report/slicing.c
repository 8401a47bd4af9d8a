/* From what people write to tables of slices: columns, their bins, their cells. */
#include <agr/report/slicing.h>

#include <agr/base/parse.h>
#include <agr/base/text.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the files of one call share. */
typedef struct {
    const agr_dataset *dataset;
    const agr_audit_bins *bins; /* of numbers without bins of their own */
    const int64_t *sample;
    int64_t n_samples;
} reading;

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "out of memory");
}

/* ---- columns ---- */

static agr_status unknown_column(const agr_dataset *dataset, const char *name, agr_error *err)
{
    agr_text there = {0};
    agr_nearest nearest = {.word = name};
    for (int i = 0; i < agr_dataset_n_labels(dataset); i++) {
        const char *candidate = agr_dataset_label(dataset, i)->name;
        agr_text_add(&there, "%s%s", i > 0 ? ", " : "", candidate);
        agr_nearest_offer(&nearest, candidate);
    }
    agr_error_set(err, AGR_USAGE, "dataset '%s' has no label '%s': expected one of %s",
                  agr_dataset_path(dataset), name, there.data != NULL ? there.data : "none");
    agr_text_release(&there);
    return nearest.found != NULL ? agr_error_hint(err, "did you mean '%s'?", nearest.found)
                                 : AGR_USAGE;
}

static agr_status read_bins(const reading *r, const char *text, agr_slicing_factor *factor,
                            agr_error *err)
{
    if (text == NULL) {
        factor->bins = *r->bins;
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

static agr_status read_factor(const reading *r, char *word, agr_slicing_table *table,
                              agr_error *err)
{
    char *bins = strchr(word, ':');
    if (bins != NULL)
        *bins++ = '\0';
    if (table->n_factors == AGR_SLICING_MAX_FACTORS)
        return agr_error_set(err, AGR_USAGE, "expected at most %d columns in a table",
                             AGR_SLICING_MAX_FACTORS);
    agr_slicing_factor *factor = &table->factor[table->n_factors];
    factor->column = agr_dataset_find_label(r->dataset, word);
    if (factor->column == NULL)
        return unknown_column(r->dataset, word, err);
    for (int f = 0; f < table->n_factors; f++)
        if (table->factor[f].column == factor->column)
            return agr_error_set(err, AGR_USAGE, "expected '%s' once in a table", word);
    factor->in_bins = factor->column->kind != AGR_LABEL_CLASS;
    const size_t length = strlen(table->name);
    snprintf(table->name + length, sizeof table->name - length, "%s%s",
             table->n_factors > 0 ? "*" : "", word);
    table->n_factors++;
    return read_bins(r, bins, factor, err);
}

/* ---- cells ---- */

static int n_levels(const agr_slicing_factor *factor)
{
    return factor->in_bins ? factor->bins.n : factor->column->n_classes;
}

static int level_of(const agr_slicing_factor *factor, int64_t sample)
{
    const double value = (double)factor->column->values[sample];
    if (factor->in_bins)
        return agr_audit_bins_find(&factor->bins, value);
    return isnan(value) ? -1 : (int)value;
}

/* A number for each crossing: classes and bins in their order, the first column slowest. */
static int64_t crossing_of(const agr_slicing_table *table, int64_t sample)
{
    int64_t crossing = 0;
    for (int f = 0; f < table->n_factors; f++) {
        const int level = level_of(&table->factor[f], sample);
        if (level < 0)
            return -1;
        crossing = crossing * n_levels(&table->factor[f]) + level;
    }
    return crossing;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void name_cell(const agr_slicing_table *table, int64_t crossing, agr_text *name)
{
    int level[AGR_SLICING_MAX_FACTORS];
    for (int f = table->n_factors - 1; f >= 0; f--) {
        level[f] = (int)(crossing % n_levels(&table->factor[f]));
        crossing /= n_levels(&table->factor[f]);
    }
    for (int f = 0; f < table->n_factors; f++) {
        const agr_slicing_factor *factor = &table->factor[f];
        agr_text_add(name, "%s%s", f > 0 ? "*" : "",
                     factor->in_bins ? factor->bins.bin[level[f]].name
                                     : factor->column->classes[level[f]]);
    }
}

static agr_status name_cells(agr_slicing_table *table, const int64_t *crossing, int n,
                             agr_error *err)
{
    table->cell = calloc((size_t)n + 1, sizeof *table->cell);
    if (table->cell == NULL)
        return no_memory(err);
    for (; table->n_cells < n; table->n_cells++) {
        agr_text name = {0};
        name_cell(table, crossing[table->n_cells], &name);
        if (name.failed)
            return no_memory(err);
        table->cell[table->n_cells] = name.data;
    }
    return AGR_OK;
}

/* Which crossings are there, each once, ascending; returns how many. */
static int64_t find_crossings(const reading *r, const agr_slicing_table *table, int64_t *crossing)
{
    int64_t n = 0, n_different = 0;
    for (int64_t i = 0; i < r->n_samples; i++) {
        crossing[n] = crossing_of(table, r->sample[i]);
        n += crossing[n] >= 0;
    }
    qsort(crossing, (size_t)n, sizeof *crossing, ascending);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || crossing[i] != crossing[i - 1])
            crossing[n_different++] = crossing[i];
    return n_different;
}

static agr_status divide(const reading *r, agr_slicing_table *table, int64_t *crossing,
                         agr_error *err)
{
    const int64_t n = find_crossings(r, table, crossing);
    if (n == 0)
        return agr_error_set(err, AGR_INPUT, "'%s': no sample that is judged lies in a cell",
                             table->name);
    if (n > AGR_AUDIT_MAX_CELLS)
        return agr_error_set(err, AGR_USAGE, "'%s': expected at most %d cells, found %lld",
                             table->name, AGR_AUDIT_MAX_CELLS, (long long)n);
    AGR_TRY(name_cells(table, crossing, (int)n, err));
    for (int64_t i = 0; i < r->n_samples; i++) {
        const int64_t of = crossing_of(table, r->sample[i]);
        const int64_t *found = bsearch(&of, crossing, (size_t)n, sizeof of, ascending);
        table->cell_of[i] = found != NULL ? (int32_t)(found - crossing) : -1;
    }
    return AGR_OK;
}

static agr_status divide_samples(const reading *r, agr_slicing_table *table, agr_error *err)
{
    int64_t *crossing = malloc(((size_t)r->n_samples + 1) * sizeof *crossing);
    table->cell_of = malloc(((size_t)r->n_samples + 1) * sizeof *table->cell_of);
    const agr_status status = crossing != NULL && table->cell_of != NULL
                                  ? divide(r, table, crossing, err)
                                  : no_memory(err);
    free(crossing);
    return status;
}

static bool has_cells(const reading *r, const agr_slicing_table *table)
{
    for (int64_t i = 0; i < r->n_samples; i++)
        if (crossing_of(table, r->sample[i]) >= 0)
            return true;
    return false;
}

/* ---- tables ---- */

/* Ends the table that begins here: a comma before a digit belongs to its bins. Returns what follows,
 * NULL at the end. */
static char *cut_table(char *text)
{
    bool in_bins = false;
    for (; *text != '\0'; text++) {
        if (*text == ':')
            in_bins = true;
        if (*text == '*')
            in_bins = false;
        if (*text == ',' && !(in_bins && isdigit((unsigned char)text[1]))) {
            *text = '\0';
            return text + 1;
        }
    }
    return NULL;
}

static agr_status read_table(const reading *r, char *word, agr_slicing *slicing, agr_error *err)
{
    if (slicing->n_tables == AGR_SLICING_MAX_TABLES)
        return agr_error_set(err, AGR_USAGE, "expected at most %d tables", AGR_SLICING_MAX_TABLES);
    agr_slicing_table *table = &slicing->table[slicing->n_tables++];
    for (char *next = word; word != NULL; word = next) {
        next = strchr(word, '*');
        if (next != NULL)
            *next++ = '\0';
        AGR_TRY(read_factor(r, word, table, err));
    }
    for (int t = 0; t < slicing->n_tables - 1; t++)
        if (strcmp(slicing->table[t].name, table->name) == 0)
            return agr_error_set(err, AGR_USAGE, "expected a table by '%s' once", table->name);
    return divide_samples(r, table, err);
}

static bool means_all(const char *text, const agr_dataset *dataset)
{
    return strcmp(text, AGR_SLICING_ALL) == 0 && agr_dataset_find_label(dataset, text) == NULL;
}

/* Every column that a judged sample has a label of, by itself. */
static agr_status read_all(const reading *r, agr_slicing *slicing, agr_error *err)
{
    for (int i = 0; i < agr_dataset_n_labels(r->dataset); i++) {
        const agr_label_column *column = agr_dataset_label(r->dataset, i);
        if (slicing->n_tables == AGR_SLICING_MAX_TABLES)
            return AGR_OK;
        agr_slicing_table *table = &slicing->table[slicing->n_tables];
        table->n_factors = 1;
        table->factor[0] = (agr_slicing_factor){
            .column = column, .in_bins = column->kind != AGR_LABEL_CLASS, .bins = *r->bins};
        snprintf(table->name, sizeof table->name, "%s", column->name);
        if (!has_cells(r, table))
            continue;
        slicing->n_tables++;
        AGR_TRY(divide_samples(r, table, err));
    }
    return AGR_OK;
}

agr_status agr_slicing_read(const char *text, const agr_dataset *dataset,
                            const agr_audit_bins *bins, const int64_t *sample, int64_t n_samples,
                            agr_slicing *slicing, agr_error *err)
{
    const reading r = {dataset, bins, sample, n_samples};
    *slicing = (agr_slicing){0};
    slicing->table = calloc(AGR_SLICING_MAX_TABLES, sizeof *slicing->table);
    char *copy = strdup(text);
    agr_status status = slicing->table != NULL && copy != NULL ? AGR_OK : no_memory(err);
    if (status == AGR_OK && means_all(text, dataset)) {
        free(copy);
        return read_all(&r, slicing, err);
    }
    for (char *word = copy, *next; status == AGR_OK && word != NULL; word = next) {
        next = cut_table(word);
        status = read_table(&r, word, slicing, err);
    }
    free(copy);
    return status;
}

void agr_slicing_release(agr_slicing *slicing)
{
    for (int t = 0; t < slicing->n_tables; t++) {
        agr_slicing_table *table = &slicing->table[t];
        for (int c = 0; c < table->n_cells; c++)
            free(table->cell[c]);
        free(table->cell);
        free(table->cell_of);
    }
    free(slicing->table);
    *slicing = (agr_slicing){0};
}
