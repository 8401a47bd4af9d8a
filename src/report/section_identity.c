/* Section: the numbers by which runs and datasets are told apart, and how to get the same again. */
#include "page_impl.h"

#include "html_impl.h"
#include "words_impl.h"

#include <agr/base/file.h>
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

static void add_reproduction(const page_run *run, agr_text *html)
{
    const agr_config *config = &run->e->models.config;
    if (!agr_path_is_folder(run->path))
        return;
    html_paragraph(html, NULL, "The same bits again, on any number of ranks and threads:");
    agr_text_add(html, "<pre class=\"code\">");
    html_words(html, "agr-mpi train --config %s/config.yaml --data %s --run AGAIN", run->path,
               config->data.path);
    agr_text_add(html, "<br/>");
    html_words(html, "agr-mpi inspect AGAIN --digest");
    agr_text_add(html, "</pre>\n");
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
    add_reproduction(run, html);
    html_section_end(html);
}
