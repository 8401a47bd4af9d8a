/* Section: every figure, of all images and of each class or bin. */
#include "page_impl.h"

#include "html_impl.h"
#include "parts_impl.h"
#include "words_impl.h"

static void add_all(const agr_evaluated_head *r, agr_text *html)
{
    html_table_begin(html, "lnnll", "figure|value|baseline|better|");
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of >= 0)
            continue;
        html_row_begin(html);
        html_cell(html, 'l', "%s", figure->name);
        html_cell(html, 'N', "%s", words_number(figure->value).text);
        html_cell(html, 'f', "%s", words_number(figure->baseline).text);
        html_cell(html, 'F', "%s", agr_audit_better_name(figure->metric->better));
        html_cell(html, 'F', "%s", figure->metric->unit);
        html_row_end(html);
    }
    html_table_end(html);
}

static void add_part_head(const agr_audit_figure *begin, const agr_audit_figure *end,
                          const char *what, agr_text *html)
{
    html_table_open(html);
    html_head(html, 'l', "%s", what);
    html_head(html, 'n', "images");
    for (; begin < end; begin++) {
        if (!parts_shows(begin))
            continue;
        html_head(html, 'n', "%s", begin->name);
        html_head(html, 'n', "baseline");
    }
    html_table_body(html);
}

static void add_parts(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    const agr_audit_figure *f = parts_begin(r),
                           *last = r->judgement.figure + r->judgement.n_figures;
    if (f == last)
        return;
    add_part_head(f, parts_end(r, f), agr_evaluated_has_classes(r) ? "class" : "bin", html);
    while (f < last) {
        char room[AGR_EVALUATED_NAME_BYTES];
        const agr_audit_figure *end = parts_end(r, f);
        html_row_begin(html);
        html_cell(html, 'l', "%s", agr_evaluated_part(e, r, f->of, room));
        html_cell(html, 'n', "%s", words_count(f->n).text);
        for (; f < end; f++) {
            if (!parts_shows(f))
                continue;
            html_cell(html, 'N', "%s", words_number(f->value).text);
            html_cell(html, 'f', "%s", words_number(f->baseline).text);
        }
        html_row_end(html);
    }
    html_table_end(html);
}

void section_figures(const page_run *run, agr_text *html)
{
    const agr_evaluation *e = run->e;
    html_section_begin(html, "figures", run->number, "All figures");
    if (!run->judged)
        page_missing(run, html);
    for (int i = 0; run->judged && i < e->n_results; i++) {
        const agr_evaluated_head *r = &e->result[i];
        html_heading(html, "%s", agr_evaluated_name(e, r));
        html_paragraph(html, "note", "%s images, branch %s, slot %s (epoch %lld), loss %s",
                       words_count(r->judgement.n).text, r->model->name, r->model->slot,
                       (long long)r->model->epoch, words_number(agr_evaluated_loss(r)).text);
        add_all(r, html);
        add_parts(e, r, html);
    }
    html_section_end(html);
}
