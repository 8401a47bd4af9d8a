/* Variants of a run, as tables for people. */
#include "compare_variants_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* All but settings and long names fits into 80 columns. */
enum { LEAST_NAME_COLUMNS = 15 };

static int name_columns(const agr_variants *v)
{
    size_t most = LEAST_NAME_COLUMNS;
    for (int i = 0; i < v->n_variants; i++) {
        const size_t length = strlen(v->variant[i].population.name);
        most = length > most ? length : most;
    }
    return (int)most;
}

static void print_number(double value, int width)
{
    if (isnan(value))
        printf("%*s", width, "-");
    else
        printf("%*.4f", width, value);
}

/* ---- what was compared ---- */

static void print_judged(const agr_variants *v)
{
    const agr_evaluation *e = v->evaluation;
    printf("run         %s\njudged on   %s (%016llx), %lld %s samples\n", v->run,
           agr_dataset_path(e->dataset), (unsigned long long)agr_dataset_fingerprint(e->dataset),
           (long long)e->n_samples, agr_split_name(e->request.split));
}

static void print_variant(const agr_variant *variant, int columns)
{
    const agr_population *p = &variant->population;
    const double n_epochs = (double)variant->n_epochs;
    printf("    %-*s%9d", columns, p->name, p->n_members);
    printf("%9.1f", n_epochs / p->n_members);
    if (isnan(variant->rank_s))
        printf("%9s", "-");
    else
        printf("%9.3g", variant->rank_s / n_epochs);
    printf("%12lld  %s\n", (long long)variant->cost.n_parameters, p->settings);
}

static void print_costs(const agr_variants *v, const agr_varied_head *head, int columns)
{
    if (head->n > 1)
        printf("\n%s: %d variants, compared with %s", head->name, head->n,
               v->variant[head->against].population.name);
    else
        printf("\n%s: 1 variant", head->name);
    printf("\n    %-*s%9s%9s%9s%12s  %s\n", columns, "", "members", "epochs", "s/epoch",
           "parameters", "settings");
    for (int i = head->first; i < head->first + head->n; i++)
        print_variant(&v->variant[i], columns);
}

static void print_left_out(const agr_variants *v, const agr_varied_head *head)
{
    for (int i = head->first; i < head->first + head->n; i++) {
        const agr_variant *variant = &v->variant[i];
        if (variant->n_halved > 0)
            printf("    %s: %d members were ended by halving\n", variant->population.name,
                   variant->n_halved);
        if (variant->n_left_out > 0)
            printf("    %s: %d pairs, %d left out where a member is missing or was halved\n",
                   variant->population.name, variant->n_pairs, variant->n_left_out);
    }
}

/* ---- figures ---- */

static double half(const agr_audit_spread *spread)
{
    return (spread->high - spread->low) / 2;
}

static const char *verdict(const agr_audit_figure *figure, const agr_audit_spread *difference)
{
    if (isnan(difference->low))
        return "-";
    if (!agr_audit_spread_is_shown(difference))
        return "not shown";
    const bool is_more = difference->mean > 0;
    return is_more == (figure->metric->better == AGR_AUDIT_HIGHER) ? "better" : "worse";
}

static void print_figure_of(const agr_varied_head *head, const agr_variant *variant, int f,
                            bool is_compared, int columns)
{
    const agr_variant_figure *figure = &variant->figure[f];
    printf("    %-*s", columns, variant->population.name);
    print_number(figure->members.mean, 10);
    print_number(half(&figure->members), 9);
    print_number(figure->ensemble, 10);
    if (!is_compared) {
        printf("\n");
        return;
    }
    if (figure->difference.n > 0)
        printf("%+12.4f", figure->difference.mean);
    else
        printf("%12s", "-");
    print_number(half(&figure->difference), 9);
    printf("  %s\n", verdict(head->figure[f], &figure->difference));
}

static void print_figure(const agr_variants *v, const agr_varied_head *head, int f, int columns)
{
    const agr_audit_figure *figure = head->figure[f];
    const int room = columns + 4;
    printf("\n  %-*s%10s%9s%10s%12s%9s\n", room - 2, figure->name, "mean", "+-", "ensemble",
           head->n > 1 ? "difference" : "", head->n > 1 ? "+-" : "");
    for (int i = head->first; i < head->first + head->n; i++)
        print_figure_of(head, &v->variant[i], f, i != head->against, columns);
    printf("    %-*s", columns, "baseline");
    print_number(figure->baseline, 10);
    printf("\n");
}

/* ---- what to make of it ---- */

static bool are_trained_on(const agr_variants *v)
{
    for (int i = 0; i < v->n_variants; i++)
        for (int m = 0; m < v->variant[i].population.n_members; m++)
            if (agr_evaluated_use_of(v->evaluation,
                                     &v->evaluation->result[v->variant[i].population.member[m]]) ==
                AGR_EVALUATED_TRAINED)
                return true;
    return false;
}

static void print_notes(const agr_variants *v)
{
    printf("\nmean        of all members; +- is half of its 95 %% interval (Student's t)\n"
           "difference  of members of the same fold and replica, likewise: better or worse\n"
           "            where its interval leaves 0 out. It speaks of other seeds, not of\n"
           "            other images\n"
           "s/epoch     seconds of ranks that one member's epoch took\n");
    if (v->n_intervals > 0)
        printf("chance      %d differences have an interval, %d of them %s shown; where nothing\n"
               "            differs, one in 20 is shown all the same: %.1f of %d\n",
               v->n_intervals, v->n_shown, v->n_shown == 1 ? "is" : "are", v->n_intervals / 20.0,
               v->n_intervals);
    if (are_trained_on(v))
        printf("note        members were trained on some of these images, which flatters them:\n"
               "            --split test is sound\n");
}

void compare_print_variants(const agr_variants *v)
{
    const int columns = name_columns(v);
    print_judged(v);
    for (int h = 0; h < v->n_heads; h++) {
        print_costs(v, &v->head[h], columns);
        print_left_out(v, &v->head[h]);
        for (int f = 0; f < AGR_VARIANT_FIGURES; f++)
            print_figure(v, &v->head[h], f, columns);
    }
    print_notes(v);
}
