/* What the doctor found, a line each. */
#include "doctor_text.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_BYTES = 32 };

/* Three digits, whole where there are more. */
static void write_number(char text[NUMBER_BYTES], double value)
{
    snprintf(text, NUMBER_BYTES, value >= 999.5 ? "%.0f" : "%.3g", value);
}

/* ": 219 GFLOP/s", ": 96.2 to 219 GFLOP/s" */
static void print_measure(const agr_diagnosis_row *row)
{
    char least[NUMBER_BYTES], most[NUMBER_BYTES];
    if (row->finding.unit[0] == '\0')
        return;
    write_number(least, row->least);
    write_number(most, row->most);
    if (strcmp(least, most) == 0)
        printf(": %s %s", least, row->finding.unit);
    else
        printf(": %s to %s %s", least, most, row->finding.unit);
}

static void print_row(const agr_diagnosis_row *row)
{
    const agr_finding *finding = &row->finding;
    printf("%-8s %-13s %s", agr_health_name(finding->health), finding->subject, finding->text);
    print_measure(row);
    if (row->where[0] != '\0')
        printf(" (%s)", row->where);
    printf("\n");
    if (finding->health != AGR_HEALTH_OK && finding->remedy[0] != '\0')
        printf("%-8s %-13s -> %s\n", "", "", finding->remedy);
}

void doctor_print_text(const agr_diagnosis *d)
{
    for (int i = 0; i < d->n_rows; i++)
        print_row(&d->row[i]);
    const int n_warnings = d->count[AGR_HEALTH_WARNING], n_problems = d->count[AGR_HEALTH_PROBLEM];
    printf("%d rank%s on %d host%s: %d ok, %d warning%s, %d problem%s\n", d->n_ranks,
           d->n_ranks == 1 ? "" : "s", d->n_hosts, d->n_hosts == 1 ? "" : "s",
           d->count[AGR_HEALTH_OK], n_warnings, n_warnings == 1 ? "" : "s", n_problems,
           n_problems == 1 ? "" : "s");
}
