/* Section: how it was trained: curves, and who trained what when. */
#include "page_impl.h"

#include "html_impl.h"
#include "words_impl.h"

#include <agr/report/plots.h>

static void add_words(const agr_run_record *record, agr_text *html)
{
    html_paragraph(html, "lead",
                   "The run has %s, after %s of training in %d start%s, the last on %d "
                   "rank%s. %s",
                   agr_run_state_name(record->state), words_duration(record->trained_s).text,
                   record->n_starts, record->n_starts == 1 ? "" : "s", record->n_ranks,
                   record->n_ranks == 1 ? "" : "s", record->placement);
}

static void add_curves(const agr_run_record *record, agr_text *html)
{
    int n_drawn = 0;
    html_figures_begin(html);
    for (int b = 0; b < record->n_branches; b++) {
        if (record->branch[b].n_epochs == 0)
            continue;
        n_drawn++;
        html_figure_begin(html);
        agr_plot_branch(record, b, html);
        html_figure_end(html, "%s", "");
    }
    if (record->n_totals > 0) {
        html_figure_begin(html);
        agr_plot_total(record, html);
        html_figure_end(html, "%s", "");
    }
    html_figures_end(html);
    if (n_drawn == 0)
        html_paragraph(html, "missing", "No curves: no epoch is complete yet.");
}

static void add_teams(const agr_run_record *record, agr_text *html)
{
    if (record->n_spans == 0) {
        html_paragraph(html, "missing",
                       "Who trained what when is not known: the run's events.jsonl "
                       "does not tell.");
        return;
    }
    html_heading(html, "Teams over time");
    html_figure_begin(html);
    agr_plot_teams(record, html);
    html_figure_end(html, "%s",
                    "Seconds of training; the time between a stop and a resume does not "
                    "count.");
}

void section_training(const page_run *run, agr_text *html)
{
    html_section_begin(html, "training", run->number, "How it was trained");
    if (run->record == NULL) {
        html_paragraph(html, "missing",
                       "Not told: %s is a checkpoint without the folder of its run.", run->path);
    } else {
        add_words(run->record, html);
        add_curves(run->record, html);
        add_teams(run->record, html);
    }
    html_section_end(html);
}
