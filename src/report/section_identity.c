/* Section: the numbers by which runs and datasets are told apart, and how to get the same again. */
#include "page_impl.h"

#include "commands_impl.h"
#include "html_impl.h"
#include "words_impl.h"

#include <agr/store/digest.h>

static void add_row(agr_text *html, const char *what, const char *words)
{
    html_row_begin(html);
    html_cell(html, 'l', "%s", what);
    html_cell(html, 'c', "%s", words);
    html_row_end(html);
}

static void add_datasets(const agr_checkpoint_info *about, agr_text *html)
{
    if (about->n_datasets == 0)
        add_row(html, "trained on", words_hash(about->dataset_fingerprint).text);
    for (int i = 0; i < about->n_datasets; i++) {
        const agr_checkpoint_dataset *dataset = &about->datasets[i];
        html_row_begin(html);
        html_cell(html, 'l', "%s", i == 0 ? "trained on" : "then on");
        html_cell(html, 'c', "%s %s%s%s", words_hash(dataset->fingerprint).text, dataset->path,
                  i == 0 ? "" : ", from epochs on ", i == 0 ? "" : dataset->since);
        html_row_end(html);
    }
}

static void add_digests(agr_checkpoint *checkpoint, agr_text *html)
{
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        uint64_t digest;
        agr_error err;
        const agr_status status = agr_checkpoint_digest(checkpoint, b, &digest, &err);
        html_row_begin(html);
        html_cell(html, 'l', "digest of %s", agr_checkpoint_branch_at(checkpoint, b)->name);
        html_cell(html, 'c', "%s", status == AGR_OK ? words_hash(digest).text : err.text);
        html_row_end(html);
    }
}

static void add_commands(const page_run *run, agr_text *html)
{
    agr_text lines = {0};
    commands_to_train(run->e, run->path, &lines);
    html->failed = html->failed || lines.failed;
    if (lines.length > 0) {
        html_paragraph(html, NULL, "The same bits again, on any number of ranks and threads:");
        html_code(html, lines.data);
    }
    agr_text_release(&lines);
}

void section_identity(const page_run *run, agr_text *html)
{
    agr_checkpoint *checkpoint = run->e->models.checkpoint;
    const agr_checkpoint_info *about = agr_checkpoint_about(checkpoint);
    html_section_begin(html, "identity", run->number, "Fingerprints and digests");
    html_table_begin(html, "ll", "|");
    add_row(html, "checkpoint", agr_checkpoint_path(checkpoint));
    add_row(html, "made by", about->versions);
    add_row(html, "kernels", about->kernel_set);
    html_row_begin(html);
    html_cell(html, 'l', "seed");
    html_cell(html, 'c', "%llu", (unsigned long long)about->seed);
    html_row_end(html);
    add_datasets(about, html);
    if (run->judged) {
        html_row_begin(html);
        html_cell(html, 'l', "judged on");
        html_cell(html, 'c', "%s %s", words_hash(agr_dataset_fingerprint(run->e->dataset)).text,
                  agr_dataset_path(run->e->dataset));
        html_row_end(html);
    }
    add_digests(checkpoint, html);
    html_table_end(html);
    add_commands(run, html);
    html_section_end(html);
}
