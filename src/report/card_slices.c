/* Card: for whom the model is good, and for whom less. */
#include "card_impl.h"

#include "gaps_impl.h"
#include "markdown_impl.h"
#include "words_impl.h"

#include <math.h>
#include <string.h>

static void add_interval(const agr_audit_slice *slice, agr_text *markdown)
{
    if (isnan(slice->low))
        markdown_cell(markdown, "%s", words_number(slice->figure.value).text);
    else
        markdown_cell(markdown, "%s (%s .. %s)", words_number(slice->figure.value).text,
                      words_number(slice->low).text, words_number(slice->high).text);
}

/* Which figures of all rows of a cell have a column. */
static bool is_chosen(const agr_audit_slice *slice)
{
    static const char *const chosen[] = {"mae", "bias", "cs", "accuracy", "macro_f1", "ece"};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        if (slice->figure.of < 0 && strcmp(slice->figure.metric->name, chosen[i]) == 0)
            return true;
    return false;
}

static void add_table(const agr_evaluation *e, const agr_evaluated_head *r, int table,
                      agr_text *markdown)
{
    const agr_audit_slices *slices = &r->slices[table];
    int n = 2;
    markdown_cell(markdown, "%s", e->slicing.table[table].name);
    markdown_cell(markdown, "images");
    for (int f = 0; f < slices->n_slices; f++)
        if (is_chosen(&slices->cell[0].slice[f])) {
            markdown_cell(markdown, "%s", slices->cell[0].slice[f].figure.name);
            n++;
        }
    markdown_row_end(markdown);
    for (int i = 0; i < n; i++)
        agr_text_add(markdown, i == 0 ? "|---" : "|---:");
    markdown_row_end(markdown);
    for (int c = 0; c < slices->n_cells; c++) {
        markdown_cell(markdown, "%s", e->slicing.table[table].cell[c]);
        markdown_cell(markdown, "%s", words_count(slices->cell[c].n).text);
        for (int f = 0; f < slices->n_slices; f++)
            if (is_chosen(&slices->cell[0].slice[f]))
                add_interval(&slices->cell[c].slice[f], markdown);
        markdown_row_end(markdown);
    }
    agr_text_add(markdown, "\n");
}

static void add_gaps(const agr_evaluation *e, const agr_evaluated_head *r, int table,
                     agr_text *markdown)
{
    static const char *const asked_for[] = {"demographic_parity", "equalized_odds"};
    const agr_audit_slices *slices = &r->slices[table];
    agr_text words = {0};
    gaps_say(e, r, table, gaps_first(r, table), &words);
    markdown_paragraph(markdown, "- ", "%s", words.failed ? "" : words.data);
    agr_text_release(&words);
    for (int g = 0; g < slices->n_gaps; g++)
        for (size_t i = 0; i < sizeof asked_for / sizeof *asked_for; i++)
            if (strcmp(slices->gap[g].name, asked_for[i]) == 0) {
                gaps_say(e, r, table, &slices->gap[g], &words);
                markdown_paragraph(markdown, "- ", "%s", words.failed ? "" : words.data);
                agr_text_release(&words);
            }
    agr_text_add(markdown, "\n");
}

agr_status card_slices(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_evaluation *e = of->e;
    agr_text_add(markdown, "## For whom it is good, and for whom less\n\n");
    markdown_paragraph(
        markdown, "",
        "Intervals hold at 95 %% for all groups of a table at once (bootstrap over "
        "groups of copies, %lld draws, seed %llu). A gap whose interval contains 0 is "
        "not shown at this size. Groups of fewer than %lld pictures have no interval "
        "and take no part.",
        (long long)e->bootstrap.n_draws, (unsigned long long)e->bootstrap.seed,
        (long long)e->request.slices.min_count);
    for (int i = 0; i < e->n_results; i++)
        for (int t = 0; t < e->slicing.n_tables; t++) {
            agr_text_add(markdown, "### ");
            markdown_words(markdown, "%s by %s", agr_evaluated_name(e, &e->result[i]),
                           e->slicing.table[t].name);
            agr_text_add(markdown, "\n\n");
            add_table(e, &e->result[i], t, markdown);
            add_gaps(e, &e->result[i], t, markdown);
        }
    return AGR_OK;
}
