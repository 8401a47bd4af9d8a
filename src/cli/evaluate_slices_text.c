/* Slices as tables for people, within 80 columns: which cells there are, which gaps are shown. */
#include "evaluate_slices_text.h"

#include "columns.h"

#include <agr/audit/simultaneous.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL_COLUMNS = 18,
    FIGURE_COLUMNS = 26,
    GAP_COLUMNS = 19,
    DIFFERENCE_COLUMNS = 24,
    BETWEEN_COLUMNS = 24, /* beside the numbers */
    WIDE_COLUMNS = 54,    /* of a line of its own */
    MAX_CLASSES = 12,     /* whose gaps are told here: more are for --json and --csv */
    WORDS_BYTES = 640
};

/* Places after the point that three numbers of this size have room for; below 0: they have none, and
 * as many digits are left. */
static int places_for(double most)
{
    if (most >= 10)
        return most < 1000 ? 1 : -3;
    return most >= 0.01 || most == 0 ? 3 : -2;
}

/* "5.120 [4.921, 5.334]"; what has no interval has no brackets. */
static void write_interval(char words[WORDS_BYTES], double value, double low, double high)
{
    const int places = places_for(fmax(fabs(value), fmax(fabs(low), fabs(high))));
    const double number[] = {value, low, high};
    const char *const before[] = {"", " [", ", "};
    const int n = isnan(low) ? 1 : 3;
    int length = 0;
    for (int i = 0; i < n; i++)
        length += snprintf(words + length, WORDS_BYTES - (size_t)length,
                           places < 0 ? "%s%.*g" : "%s%.*f", before[i], abs(places), number[i]);
    snprintf(words + length, WORDS_BYTES - (size_t)length, "%s", n > 1 ? "]" : "");
    if (isnan(value))
        snprintf(words, WORDS_BYTES, "-");
}

static void print_interval(double value, double low, double high, int columns)
{
    char words[WORDS_BYTES];
    write_interval(words, value, low, high);
    cli_print_left(words, columns > 0 ? columns : cli_columns(words));
}

/* ---- cells ---- */

/* Two figures fit: the first, and the one that says in which direction numbers are off. */
static int second_figure(const agr_audit_slices *slices)
{
    const agr_audit_slice *slice = slices->cell[0].slice;
    for (int f = 0; f < slices->n_slices && slice[f].figure.of < 0; f++)
        if (slice[f].figure.metric->better == AGR_AUDIT_NEAR_ZERO)
            return f;
    return 1;
}

static void print_cell(const char *name, const agr_audit_cell *cell, const int figure[2])
{
    printf("    ");
    cli_print_left(name, CELL_COLUMNS - 1);
    printf(" %6lld", (long long)cell->n);
    for (int i = 0; i < 2; i++) {
        const agr_audit_slice *slice = &cell->slice[figure[i]];
        printf("  ");
        print_interval(slice->figure.value, slice->low, slice->high,
                       i == 0 ? FIGURE_COLUMNS - 2 : 0);
    }
    printf("\n");
}

static const agr_audit_equal_cell *find_equal_cell(const agr_audit_slices *slices, const char *name)
{
    for (int i = 0; i < slices->n_equal_cells; i++)
        if (strcmp(slices->equal_cell[i].name, name) == 0)
            return &slices->equal_cell[i];
    return NULL;
}

/* The mean over cells, of the two figures those that are means. */
static void print_equal_cells(const agr_audit_slices *slices, const int figure[2])
{
    const agr_audit_equal_cell *mean[2];
    for (int i = 0; i < 2; i++)
        mean[i] = find_equal_cell(slices, slices->cell[0].slice[figure[i]].figure.name);
    if (mean[0] == NULL)
        return;
    printf("    %-*s  ", CELL_COLUMNS + 6, "equal cells");
    print_interval(mean[0]->value, mean[0]->low, mean[0]->high,
                   mean[1] != NULL ? FIGURE_COLUMNS : 0);
    if (mean[1] != NULL)
        print_interval(mean[1]->value, mean[1]->low, mean[1]->high, 0);
    printf("\n");
}

static void print_cells(const agr_slicing_table *table, const agr_audit_slices *slices)
{
    const int figure[2] = {0, second_figure(slices)};
    printf("    %-*s%6s", CELL_COLUMNS, "cell", "n");
    for (int i = 0; i < 2; i++)
        printf("  %-*s", i == 0 ? FIGURE_COLUMNS - 2 : 0,
               slices->cell[0].slice[figure[i]].figure.name);
    printf("\n");
    for (int c = 0; c < slices->n_cells; c++)
        print_cell(table->cell[c], &slices->cell[c], figure);
    print_equal_cells(slices, figure);
}

/* ---- gaps ---- */

static bool is_by_itself(const agr_evaluation *e, const agr_evaluated_head *r,
                         const agr_slicing_table *table)
{
    for (int f = 0; f < table->n_factors; f++)
        if (table->factor[f].column == agr_evaluated_labels(e, r))
            return true;
    return false;
}

/* Of classes only what is made of their rates; and where cells are cut by what is predicted, these say
 * only that. */
static bool is_told(const agr_evaluation *e, const agr_evaluated_head *r,
                    const agr_slicing_table *table, const agr_audit_gap *gap)
{
    if (gap->of < 0)
        return true;
    const bool is_parity = strcmp(gap->name, "demographic_parity") == 0;
    return (is_parity || gap->metric == NULL) && r->judgement.n_classes <= MAX_CLASSES &&
           !is_by_itself(e, r, table);
}

static void print_gap_name(const agr_evaluation *e, const agr_evaluated_head *r,
                           const agr_audit_gap *gap)
{
    char words[WORDS_BYTES], room[AGR_EVALUATED_NAME_BYTES];
    if (gap->of < 0)
        snprintf(words, sizeof words, "%s", gap->name);
    else
        snprintf(words, sizeof words, "%s %s", gap->metric == NULL ? "odds" : "parity",
                 agr_evaluated_class(e, r, gap->of, room));
    printf("    ");
    cli_print_left(words, GAP_COLUMNS - 1);
    printf(" ");
}

/* Under the head line, or where there is room for long names. */
static void print_between(const agr_slicing_table *table, const agr_audit_pair *pair,
                          int64_t n_more)
{
    char words[WORDS_BYTES];
    const int length = snprintf(words, sizeof words, "%s > %s", table->cell[pair->cell[0]],
                                table->cell[pair->cell[1]]);
    if (n_more > 0 && length < WORDS_BYTES)
        snprintf(words + length, sizeof words - (size_t)length, " and %lld more",
                 (long long)n_more);
    const int columns = cli_columns(words);
    if (columns > BETWEEN_COLUMNS)
        printf("\n%*s", 80 - WIDE_COLUMNS, "");
    else
        printf("  ");
    cli_print_left(words, columns > WIDE_COLUMNS ? WIDE_COLUMNS : columns);
    printf("\n");
}

/* Where the largest difference is not shown another may be, between cells of more images. */
static void print_clearest(const agr_slicing_table *table, const agr_audit_gap *gap)
{
    const agr_audit_pair *pair = &gap->clearest;
    printf("    %*s", GAP_COLUMNS, "but shown:  ");
    print_interval(pair->difference, pair->low, pair->high, DIFFERENCE_COLUMNS);
    printf("%7s", "-");
    print_between(table, pair, gap->n_shown - 1);
}

static void print_gap(const agr_evaluation *e, const agr_evaluated_head *r,
                      const agr_slicing_table *table, const agr_audit_gap *gap)
{
    const agr_audit_pair *pair = &gap->largest;
    print_gap_name(e, r, gap);
    print_interval(pair->difference, pair->low, pair->high, DIFFERENCE_COLUMNS);
    const double told = pair->shown ? gap->ratio : pair->needed_n;
    if (isnan(told))
        printf("%7s", "-");
    else
        printf(pair->shown || told >= 1e6 ? "%7.3g" : "%7.0f", told);
    print_between(table, pair, 0);
    if (!pair->shown && gap->clearest.shown)
        print_clearest(table, gap);
}

static void print_gaps(const agr_evaluation *e, const agr_evaluated_head *r, int t, bool shown)
{
    const agr_slicing_table *table = &e->slicing.table[t];
    int n = 0;
    for (int g = 0; g < r->slices[t].n_gaps; g++) {
        const agr_audit_gap *gap = &r->slices[t].gap[g];
        if (gap->largest.shown != shown || !is_told(e, r, table, gap))
            continue;
        if (n++ == 0)
            printf("    %-*s%7s  between\n", GAP_COLUMNS + DIFFERENCE_COLUMNS,
                   shown ? "gaps shown" : "gaps not shown at this size",
                   shown ? "ratio" : "needs n");
        print_gap(e, r, table, gap);
    }
}

/* ---- tables ---- */

void evaluate_print_slices(const agr_evaluation *e, const agr_evaluated_head *r)
{
    for (int t = 0; t < e->slicing.n_tables; t++) {
        const agr_audit_slices *slices = &r->slices[t];
        printf("\n    by %s: %d cells, %d of them compared", e->slicing.table[t].name,
               slices->n_cells, slices->n_compared);
        if (slices->n_outside > 0)
            printf("; %lld images in none", (long long)slices->n_outside);
        printf("\n");
        print_cells(&e->slicing.table[t], slices);
        print_gaps(e, r, t, true);
        print_gaps(e, r, t, false);
    }
}

void evaluate_explain_slices(const agr_evaluation *e)
{
    if (e->slicing.n_tables == 0)
        return;
    printf("\nslices     %.0f %% intervals that hold for all cells of a table at once, and for\n"
           "           all pairs of cells; %lld draws of %lld pictures (copies are one),\n"
           "           seed %llu; figures of fewer than %lld pictures are not compared.\n"
           "           A gap is the largest difference of two cells. Where its interval\n"
           "           holds 0 it is not shown: n images in each cell would show one of that\n"
           "           size. Of a class: parity is the demographic parity difference, odds\n"
           "           the equalized odds difference.\n",
           100 * AGR_AUDIT_LEVEL, (long long)e->bootstrap.n_draws, (long long)e->bootstrap.n_groups,
           (unsigned long long)e->bootstrap.seed, (long long)e->request.slices.min_count);
}
