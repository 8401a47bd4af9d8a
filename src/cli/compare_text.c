/* Runs side by side, as tables for people. */
#include "compare_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Two runs fit into 80 columns. */
enum { NAME_COLUMNS = 19, CELL_COLUMNS = 11 };

static void print_value(double value)
{
    if (isnan(value))
        printf("%*s", CELL_COLUMNS, "-");
    else if (value == 0 || (fabs(value) >= 1e-3 && fabs(value) < 1e6))
        printf("%*.4f", CELL_COLUMNS, value);
    else
        printf("%*.4g", CELL_COLUMNS, value);
}

static void print_letters(const agr_comparison *c, const char *title)
{
    printf("\n%-*s", NAME_COLUMNS + 4, title);
    for (int r = 0; r < c->runs->n; r++)
        printf("%*s", CELL_COLUMNS, agr_compared_letter(r));
}

/* ---- the runs ---- */

static void print_runs(const agr_comparison *c)
{
    const agr_evaluation *first = c->runs->run[0].evaluation;
    printf("judged on   %s (%016llx), %lld %s samples: the same for all runs\n",
           agr_dataset_path(first->dataset),
           (unsigned long long)agr_dataset_fingerprint(first->dataset), (long long)first->n_samples,
           agr_split_name(first->request.split));
    for (int r = 0; r < c->runs->n; r++)
        printf("%-11s %s%s\n", agr_compared_letter(r), c->run[r].path,
               c->run[r].trained_on_judged
                   ? ""
                   : "   (trained on another dataset: these samples may be among it)");
    print_letters(c, "costs");
    printf("\n    %-*s", NAME_COLUMNS, "parameters");
    for (int r = 0; r < c->runs->n; r++)
        printf("%*lld", CELL_COLUMNS, (long long)c->run[r].n_parameters);
    printf("\n    %-*s", NAME_COLUMNS, "multiply-adds/image");
    for (int r = 0; r < c->runs->n; r++)
        printf("%*.4g", CELL_COLUMNS, c->run[r].multiply_adds);
    printf("\n    %-*s", NAME_COLUMNS, "wall time, s");
    for (int r = 0; r < c->runs->n; r++)
        if (isnan(c->run[r].wall_s))
            printf("%*s", CELL_COLUMNS, "-");
        else
            printf("%*.1f", CELL_COLUMNS, c->run[r].wall_s);
    printf("\n");
}

/* ---- the terms ---- */

static void print_terms(const agr_comparison *c)
{
    printf("\nterms       %s\n", c->same_terms ? "equal: data, settings and networks are the same"
                                 : c->same_data
                                     ? "not equal: the same data, but settings or networks differ"
                                     : "not equal: trained on different data");
    for (int s = 0; s < c->n_settings; s++) {
        const agr_compared_setting *setting = &c->setting[s];
        printf("    %s%s%s\n", setting->is_network ? "network of " : "", setting->key,
               setting->bears_on_weights ? "" : "   (does not bear on the weights)");
        for (int r = 0; r < c->runs->n; r++)
            printf("        %s  %s\n", agr_compared_letter(r), setting->value[r].data);
    }
}

/* ---- the figures ---- */

static void print_values(const agr_comparison *c, const agr_compared_head *head,
                         const agr_audit_paired_figure *figure)
{
    const int winner = agr_compared_winner(head, figure);
    int m = 0;
    printf("    %-*s", NAME_COLUMNS, figure->name);
    for (int r = 0; r < c->runs->n; r++)
        print_value(m < head->n && head->run[m] == r ? figure->value[m++] : (double)NAN);
    print_value(figure->baseline);
    if (winner >= 0)
        printf("  %s is better\n", agr_compared_letter(winner));
    else
        printf("  not shown at this size\n");
}

static void print_pairs(const agr_compared_head *head, const agr_audit_paired_figure *figure)
{
    for (int i = 0; i < head->n; i++)
        for (int j = i + 1; j < head->n; j++) {
            const agr_audit_difference *d = &figure->pair[i][j];
            printf("    %-*s %s - %s  ", NAME_COLUMNS, figure->name,
                   agr_compared_letter(head->run[j]), agr_compared_letter(head->run[i]));
            print_value(d->difference);
            print_value(d->low);
            print_value(d->high);
            printf("  %s\n", d->shown ? "shown" : "not shown");
        }
}

static void print_head(const agr_comparison *c, const agr_compared_head *head)
{
    if (head->n < 2) {
        printf("\n%s: only %s has it\n", head->name, agr_compared_letter(head->run[0]));
        return;
    }
    print_letters(c, head->name);
    printf("%*s\n", CELL_COLUMNS, "baseline");
    for (int f = 0; f < head->paired.n_figures; f++)
        print_values(c, head, &head->paired.figure[f]);
    printf("\n    %-*s        %*s%*s%*s\n", NAME_COLUMNS, "difference", CELL_COLUMNS, "of figures",
           CELL_COLUMNS, "from", CELL_COLUMNS, "to");
    for (int f = 0; f < head->paired.n_figures; f++)
        print_pairs(head, &head->paired.figure[f]);
}

void compare_print_text(const agr_comparison *c)
{
    print_runs(c);
    print_terms(c);
    for (int h = 0; h < c->n_heads; h++)
        print_head(c, &c->head[h]);
}
