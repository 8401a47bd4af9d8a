/* Populations as tables: the mean of a figure, how far the members lie apart, the ensemble. */
#include "evaluate_population_text.h"

#include "evaluate_slices_text.h"

#include <math.h>
#include <stdio.h>

static void print_number(double value, int width)
{
    if (isnan(value))
        printf("%*s", width, "-");
    else
        printf("%*.4f", width, value);
}

static void print_figure(const agr_evaluation *e, const agr_population *p, int index)
{
    const agr_audit_figure *figure = &p->ensemble.judgement.figure[index];
    const agr_audit_spread spread = agr_population_spread(e, p, index);
    printf("    %-18s", figure->name);
    print_number(spread.mean, 9);
    print_number(spread.deviation, 8);
    print_number(spread.low, 9);
    print_number(spread.high, 9);
    print_number(figure->value, 10);
    print_number(figure->baseline, 9);
    printf("\n");
}

static void print_population(const agr_evaluation *e, const agr_population *p)
{
    const agr_audit_judgement *ensemble = &p->ensemble.judgement;
    printf("\n%-10s %d members, %lld samples%s%s\n", p->name, p->n_members, (long long)ensemble->n,
           p->settings[0] != '\0' ? ", " : "", p->settings);
    printf("    %-18s%9s%8s%18s%10s%9s\n", "", "mean", "sd", "95 % interval", "ensemble",
           "baseline");
    for (int i = 0; i < ensemble->n_figures && ensemble->figure[i].of < 0; i++)
        print_figure(e, p, i);
    if (p->ensemble.slices != NULL)
        printf("\n    slices: of the ensemble\n");
    evaluate_print_slices(e, &p->ensemble);
}

void evaluate_print_populations(const agr_evaluation *e)
{
    for (int p = 0; p < e->populations.n; p++)
        print_population(e, &e->populations.item[p]);
    if (e->populations.n == 0)
        return;
    printf(
        e->request.out_of_fold
            ? "\n    mean, sd and interval (Student's t) over the members, each on the fold that "
              "it\n"
              "    was not trained on; ensemble: of every image, the mean of what these members "
              "say.\n"
              "    Each member by itself: --json, --csv\n"
            : "\n    mean and sd over the members; interval: of the mean (Student's t), it speaks\n"
              "    of other seeds, not of other images; ensemble: the mean of what all say.\n"
              "    Each member by itself: --json, --csv, or --branches NAME\n");
}
