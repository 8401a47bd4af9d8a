/* From what people write to tables of slices. */
#include <agr/report/slicing.h>

#include <agr/audit/slices.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)AGR_CELLS_MAX <= (int)AGR_AUDIT_MAX_CELLS, "every table can be judged");

/* What the tables of one call share. */
typedef struct {
    agr_training_set set;       /* columns only */
    const agr_audit_bins *bins; /* of numbers without bins of their own */
    const int64_t *sample;
    int64_t n_samples;
} reading;

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

static agr_status keep_table(const agr_slicing_table *table, agr_slicing *slicing, agr_error *err)
{
    if (table->n_cells == 0)
        return agr_error_set(err, AGR_INPUT, "'%s': no sample that is judged lies in a cell",
                             table->name);
    for (int t = 0; t < slicing->n_tables; t++)
        if (strcmp(slicing->table[t].name, table->name) == 0)
            return agr_error_set(err, AGR_USAGE, "expected a table by '%s' once", table->name);
    slicing->table[slicing->n_tables++] = *table;
    return AGR_OK;
}

static agr_status read_table(const reading *r, const char *word, agr_slicing *slicing,
                             agr_error *err)
{
    agr_slicing_table table;
    if (slicing->n_tables == AGR_SLICING_MAX_TABLES)
        return agr_error_set(err, AGR_USAGE, "expected at most %d tables", AGR_SLICING_MAX_TABLES);
    agr_status status =
        agr_cells_read(word, &r->set, r->bins, r->sample, r->n_samples, &table, err);
    if (status == AGR_OK)
        status = keep_table(&table, slicing, err);
    if (status != AGR_OK)
        agr_cells_release(&table);
    return status;
}

static bool means_all(const char *text, const agr_dataset *dataset)
{
    return strcmp(text, AGR_SLICING_ALL) == 0 && agr_dataset_find_label(dataset, text) == NULL;
}

/* Every column that a judged sample has a label of, by itself. */
static agr_status read_all(const reading *r, agr_slicing *slicing, agr_error *err)
{
    for (int i = 0; i < r->set.n_labels && slicing->n_tables < AGR_SLICING_MAX_TABLES; i++) {
        agr_slicing_table *table = &slicing->table[slicing->n_tables];
        const agr_status status =
            agr_cells_of_column(&r->set.label[i], r->bins, r->sample, r->n_samples, table, err);
        if (status == AGR_OK && table->n_cells > 0)
            slicing->n_tables++;
        else
            agr_cells_release(table);
        AGR_TRY(status);
    }
    return AGR_OK;
}

agr_status agr_slicing_read(const char *text, const agr_dataset *dataset,
                            const agr_audit_bins *bins, const int64_t *sample, int64_t n_samples,
                            agr_slicing *slicing, agr_error *err)
{
    reading r = {.bins = bins, .sample = sample, .n_samples = n_samples};
    *slicing = (agr_slicing){0};
    AGR_TRY(agr_training_set_of_columns(dataset, &r.set, err));
    slicing->table = calloc(AGR_SLICING_MAX_TABLES, sizeof *slicing->table);
    char *copy = strdup(text);
    agr_status status = slicing->table != NULL && copy != NULL
                            ? AGR_OK
                            : agr_error_set(err, AGR_MEMORY, "out of memory");
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
    for (int t = 0; t < slicing->n_tables; t++)
        agr_cells_release(&slicing->table[t]);
    free(slicing->table);
    *slicing = (agr_slicing){0};
}
