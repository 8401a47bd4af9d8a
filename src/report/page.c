/* Puts a page together: sections in their order, for each run. */
#include <agr/report/page.h>

#include "html_impl.h"
#include "page_impl.h"

#include <stdlib.h>

#include <agr/base/file.h>

static const struct {
    const char *id, *title;
    page_section *add;
} sections[] = {
    {"summary", "Summary", section_summary},
    {"slices", "For whom", section_slices},
    {"answers", "What was said", section_answers},
    {"training", "Training", section_training},
    {"figures", "All figures", section_figures},
    {"data", "Data", section_data},
    {"branches", "Branches", section_branches},
    {"configuration", "Configuration", section_configuration},
    {"identity", "Fingerprints", section_identity},
};

enum { N_SECTIONS = sizeof sections / sizeof *sections };

static bool all_judged(const agr_judged_runs *runs)
{
    for (int r = 0; r < runs->n; r++)
        if (!runs->run[r].judged)
            return false;
    return true;
}

static void add_contents(const agr_judged_runs *runs, agr_text *html)
{
    agr_text_add(html, "<nav>\n");
    if (runs->n > 1 && all_judged(runs))
        agr_text_add(html, "<a href=\"#comparison-0\">Side by side</a>\n");
    for (int r = 0; r < runs->n; r++) {
        if (runs->n > 1) {
            agr_text_add(html, "<b>");
            html_words(html, "%s", runs->run[r].path);
            agr_text_add(html, "</b>\n");
        }
        for (int s = 0; s < N_SECTIONS; s++)
            agr_text_add(html, "<a href=\"#%s-%d\">%s</a>\n", sections[s].id, r + 1,
                         sections[s].title);
    }
    agr_text_add(html, "</nav>\n");
}

/* NULL where the run is a checkpoint alone, or its folder is damaged. */
static agr_run_record *read_record(const char *path)
{
    agr_error ignored;
    if (!agr_run_record_exists(path))
        return NULL;
    agr_run_record *record = calloc(1, sizeof *record);
    if (record == NULL || agr_run_record_read(path, record, &ignored) == AGR_OK)
        return record;
    agr_run_record_release(record);
    free(record);
    return NULL;
}

static agr_status add_run(const agr_judged_run *judged, int number, agr_text *html, agr_error *err)
{
    agr_dataset_facts facts = {0};
    agr_run_record *record = read_record(judged->path);
    const page_run run = {.number = number,
                          .path = judged->path,
                          .e = judged->evaluation,
                          .judged = judged->judged,
                          .why_not = judged->why_not,
                          .record = record,
                          .facts = &facts};
    const agr_status status =
        judged->judged ? agr_dataset_facts_of(judged->evaluation->dataset, &facts, err) : AGR_OK;
    for (int s = 0; s < N_SECTIONS && status == AGR_OK; s++)
        sections[s].add(&run, html);
    agr_dataset_facts_release(&facts);
    if (record != NULL)
        agr_run_record_release(record);
    free(record);
    return status;
}

static agr_status add_comparison(const agr_judged_runs *runs, agr_text *html, agr_error *err)
{
    agr_comparison *c = calloc(1, sizeof *c);
    if (c == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    const agr_status status = agr_comparison_make(runs, c, err);
    if (status == AGR_OK)
        section_comparison(c, html);
    agr_comparison_release(c);
    free(c);
    return status;
}

agr_status agr_page_make(const agr_judged_runs *runs, agr_text *html, agr_error *err)
{
    const char *title = runs->n == 1 ? runs->run[0].path : "Runs side by side";
    html_begin(html, title);
    agr_text_add(html, "<h1>");
    html_words(html, "%s", title);
    agr_text_add(html, "</h1>\n");
    add_contents(runs, html);
    if (runs->n > 1 && all_judged(runs))
        AGR_TRY(add_comparison(runs, html, err));
    else if (runs->n > 1)
        html_paragraph(html, "missing", "Not side by side: not all of the runs could be judged.");
    for (int r = 0; r < runs->n; r++) {
        if (runs->n > 1) {
            agr_text_add(html, "<h1 class=\"run\">");
            html_words(html, "%s", runs->run[r].path);
            agr_text_add(html, "</h1>\n");
        }
        AGR_TRY(add_run(&runs->run[r], r + 1, html, err));
    }
    html_end(html);
    return html->failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}
