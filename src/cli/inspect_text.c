/* What was gathered about a dataset, as text with bars. */
#include "columns.h"
#include "inspect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where and how bars are drawn. */
typedef struct {
    int columns;
    bool blocks;
} canvas;

/* A bar `share` of n_cells long, in eighths of a character where the terminal has such. */
static void print_bar(const canvas *on, int n_cells, double share)
{
    static const char *const eighth[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const int n_eighths = (int)(8 * n_cells * share + 0.5);
    const int n_full = on->blocks ? n_eighths / 8 : (n_eighths + 4) / 8;
    for (int i = 0; i < n_full; i++)
        fputs(on->blocks ? "█" : "#", stdout);
    if (on->blocks)
        fputs(eighth[n_eighths % 8], stdout);
}

/* "  name  count  share  bar" */
static void print_row(const canvas *on, const char *name, int name_width, int64_t count, int64_t n,
                      int64_t most)
{
    enum { NUMBERS = 21 };
    const int n_cells = on->columns - name_width - NUMBERS;
    printf("  %s%*s %8lld %5.1f %% ", name, name_width - cli_columns(name), "", (long long)count,
           n > 0 ? 100 * (double)count / (double)n : 0.0);
    if (n_cells > 0)
        print_bar(on, n_cells, most > 0 ? (double)count / (double)most : 0);
    putchar('\n');
}

static void print_classes(const canvas *on, const agr_label_facts *label)
{
    const agr_class_statistics *classes = &label->classes;
    int width = 8;
    for (int c = 0; c < classes->n_classes; c++) {
        const int n = cli_columns(label->column->classes[c]);
        width = n > width ? n : width;
    }
    for (int c = 0; c < classes->n_classes; c++)
        print_row(on, label->column->classes[c], width, classes->count[c], classes->n,
                  classes->count[classes->largest]);
}

static void print_numbers(const canvas *on, const agr_dataset *dataset,
                          const agr_label_facts *label)
{
    enum { BINS = 16 };
    agr_histogram histogram;
    agr_histogram_of(label->column->values, NULL, agr_dataset_count(dataset), &label->number, BINS,
                     &histogram);
    int64_t most = 0;
    for (int b = 0; b < histogram.n_bins; b++)
        most = histogram.count[b] > most ? histogram.count[b] : most;
    for (int b = 0; b < histogram.n_bins; b++) {
        const double low = histogram.low + b * histogram.width;
        char name[48];
        if (label->number.whole && histogram.width == 1)
            snprintf(name, sizeof name, "%g", low);
        else
            snprintf(name, sizeof name, "%g-%g", low,
                     low + histogram.width - (label->number.whole ? 1 : 0));
        print_row(on, name, 8, histogram.count[b], label->number.n, most);
    }
}

static void print_label(const canvas *on, const agr_dataset *dataset, const agr_label_facts *label)
{
    const agr_number_statistics *number = &label->number;
    const int64_t n_missing = label->has_classes ? label->classes.n_missing : number->n_missing;
    if (label->has_classes)
        printf("\n%s: %d classes, %lld labels", label->column->name, label->classes.n_classes,
               (long long)label->classes.n);
    else
        printf("\n%s: %s, %lld labels", label->column->name,
               label->column->kind == AGR_LABEL_UNKNOWN ? "numbers or class indices" : "numbers",
               (long long)number->n);
    if (n_missing > 0)
        printf(", %lld without", (long long)n_missing);
    if (!label->has_classes && number->n > 0)
        printf("; %g to %g, mean %.1f, median %g", number->min, number->max, number->mean,
               number->median);
    putchar('\n');
    if (label->has_classes)
        print_classes(on, label);
    else
        print_numbers(on, dataset, label);
}

static void print_baselines(const agr_dataset_facts *all)
{
    printf("\nbaselines: the best guess without looking, from the training part\n");
    for (int i = 0; i < all->n_labels; i++) {
        const agr_label_facts *label = &all->label[i];
        const agr_baseline *baseline = &label->baseline;
        if (!baseline->possible)
            printf("  %-12s no labels to guess from\n", label->column->name);
        else if (label->has_classes)
            printf("  %-12s always '%s': accuracy %.3f on %lld %s pictures\n", label->column->name,
                   label->column->classes[(int)baseline->guess], baseline->score,
                   (long long)baseline->n, agr_split_name(baseline->part));
        else
            printf("  %-12s always %g: mean absolute error %.2f on %lld %s pictures\n",
                   label->column->name, baseline->guess, baseline->score, (long long)baseline->n,
                   agr_split_name(baseline->part));
    }
}

static void print_copies(const agr_dataset_facts *all)
{
    const agr_copies_report *copies = &all->copies;
    if (!copies->known) {
        printf("copies       unknown: the file has no content hashes\n");
        return;
    }
    printf("copies       %lld groups of equal files, %lld pictures beyond the first of each, %lld "
           "groups with "
           "different labels\n",
           (long long)copies->n_groups, (long long)copies->n_copies,
           (long long)copies->n_conflicts);
    for (int i = 0; i < copies->n_listed; i++)
        printf("             %s, %s\n", agr_dataset_name(all->dataset, copies->listed[i][0]),
               agr_dataset_name(all->dataset, copies->listed[i][1]));
    if (copies->n_conflicts > copies->n_listed)
        printf("             and %lld more\n", (long long)(copies->n_conflicts - copies->n_listed));
}

void inspect_print_dataset(const agr_dataset_facts *all, int columns, bool blocks)
{
    const canvas on = {columns, blocks};
    const agr_dataset *dataset = all->dataset;
    const int64_t n = agr_dataset_count(dataset);
    printf("dataset      %s: %lld pictures of %lldx%lld\n", agr_dataset_path(dataset), (long long)n,
           (long long)agr_dataset_height(dataset), (long long)agr_dataset_width(dataset));
    printf("split       ");
    for (int part = 0; part < AGR_SPLIT_COUNT; part++)
        printf("%s %lld %s (%.1f %%)", part > 0 ? "," : "", (long long)all->n_part[part],
               agr_split_name((agr_split)part), 100 * (double)all->n_part[part] / (double)n);
    printf("\nfingerprint  %016llx\n", (unsigned long long)agr_dataset_fingerprint(dataset));
    print_copies(all);
    for (int i = 0; i < all->n_labels; i++)
        print_label(&on, dataset, &all->label[i]);
    print_baselines(all);
    if (all->n_warnings > 0)
        printf("\nwarnings\n");
    for (int i = 0; i < all->n_warnings; i++)
        printf("  %s\n", all->warning[i]);
}
