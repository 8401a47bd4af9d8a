/* Card: the figures, each beside the guess that does not look. */
#include "card_impl.h"

#include "markdown_impl.h"
#include "parts_impl.h"
#include "verdicts_impl.h"
#include "words_impl.h"

static void add_all(const agr_evaluated_head *r, agr_text *markdown)
{
    markdown_table_begin(markdown, "lnnl", "figure|value|baseline|better");
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of >= 0)
            continue;
        markdown_cell(markdown, "%s", figure->name);
        markdown_cell(markdown, "%s", words_number(figure->value).text);
        markdown_cell(markdown, "%s", words_number(figure->baseline).text);
        markdown_cell(markdown, "%s", agr_audit_better_name(figure->metric->better));
        markdown_row_end(markdown);
    }
    agr_text_add(markdown, "\n");
}

static void add_parts_head(const agr_evaluated_head *r, const agr_audit_figure *f,
                           agr_text *markdown)
{
    const agr_audit_figure *end = parts_end(r, f);
    int n = 2;
    markdown_cell(markdown, "%s", agr_evaluated_has_classes(r) ? "class" : "bin");
    markdown_cell(markdown, "images");
    for (; f < end; f++)
        if (parts_shows(f)) {
            markdown_cell(markdown, "%s (baseline)", f->name);
            n++;
        }
    markdown_row_end(markdown);
    for (int i = 0; i < n; i++)
        agr_text_add(markdown, i == 0 ? "|---" : "|---:");
    markdown_row_end(markdown);
}

static void add_parts(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    const agr_audit_figure *f = parts_begin(r),
                           *last = r->judgement.figure + r->judgement.n_figures;
    if (f == last)
        return;
    add_parts_head(r, f, markdown);
    while (f < last) {
        char room[AGR_EVALUATED_NAME_BYTES];
        const agr_audit_figure *end = parts_end(r, f);
        markdown_cell(markdown, "%s", agr_evaluated_part(e, r, f->of, room));
        markdown_cell(markdown, "%s", words_count(f->n).text);
        for (; f < end; f++)
            if (parts_shows(f))
                markdown_cell(markdown, "%s (%s)", words_number(f->value).text,
                              words_number(f->baseline).text);
        markdown_row_end(markdown);
    }
    agr_text_add(markdown, "\n");
}

static void add_sentences(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    agr_text words = {0};
    verdict_of_head(e, r, &words);
    verdict_of_confidence(e, r, &words);
    markdown_paragraph(markdown, "", "%s", words.failed ? "" : words.data);
    markdown->failed = markdown->failed || words.failed;
    agr_text_release(&words);
}

agr_status card_figures(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_evaluation *e = of->e;
    agr_text images = {0};
    verdict_of_images(e, &images);
    agr_text_add(markdown, "## How good it is\n\n");
    markdown_paragraph(
        markdown, "",
        "Judged on %s %s images. %s The baseline is the best guess that does not look "
        "at the picture: the median or the most frequent class of the training part.",
        words_count(e->n_samples).text, agr_split_name(e->request.split),
        images.failed ? "" : images.data);
    markdown->failed = markdown->failed || images.failed;
    agr_text_release(&images);
    for (int i = 0; i < e->n_results; i++) {
        agr_text_add(markdown, "### ");
        markdown_words(markdown, "%s", agr_evaluated_name(e, &e->result[i]));
        agr_text_add(markdown, "\n\n");
        add_sentences(e, &e->result[i], markdown);
        add_all(&e->result[i], markdown);
        add_parts(e, &e->result[i], markdown);
    }
    return AGR_OK;
}
