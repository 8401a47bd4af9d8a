/* Card: what the model is, and what its labels mean. */
#include "card_impl.h"

#include "markdown_impl.h"
#include "words_impl.h"

static void add_branch(const agr_model *model, agr_text *markdown)
{
    const agr_layer_cost cost = agr_network_total_cost(model->network);
    agr_text heads = {0};
    for (int h = 0; h < agr_network_n_heads(model->network); h++)
        agr_text_add(&heads, "%s%s", h > 0 ? ", " : "",
                     agr_network_head(model->network, h)->target);
    markdown->failed = markdown->failed || heads.failed;
    markdown_cell(markdown, "%s", model->name);
    markdown_cell(markdown, "%s", heads.failed ? "" : heads.data);
    markdown_cell(markdown, "%s", words_count(agr_network_n_layers(model->network)).text);
    markdown_cell(markdown, "%s", words_count(cost.n_parameters).text);
    markdown_cell(markdown, "%s", words_large(cost.multiply_adds).text);
    markdown_cell(markdown, "%s", model->slot);
    markdown_cell(markdown, "%lld", (long long)model->epoch);
    markdown_row_end(markdown);
    agr_text_release(&heads);
}

agr_status card_model(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_models *models = &of->e->models;
    agr_text_add(markdown, "## The model\n\n");
    markdown_paragraph(
        markdown, "",
        "%d image branch%s, trained by %s. Input: RGB pictures of %lldx%lld, 8 bits a "
        "channel, brought to that size by the method '%s'.",
        models->n_models, models->n_models == 1 ? "" : "es, independent of each other",
        agr_checkpoint_about(models->checkpoint)->versions,
        (long long)models->preprocessing.input.height, (long long)models->preprocessing.input.width,
        agr_resize_method_name(models->preprocessing.resize));
    markdown_table_begin(markdown, "llnnnln",
                         "branch|predicts|layers|parameters|multiply-adds an image|slot|epochs");
    for (int m = 0; m < models->n_models; m++)
        add_branch(&models->model[m], markdown);
    agr_text_add(markdown, "\n");
    return AGR_OK;
}

/* ---- labels ---- */

static void add_head(const agr_checkpoint_head *head, agr_text *markdown)
{
    agr_text_add(markdown, "- **");
    markdown_words(markdown, "%s", head->target);
    agr_text_add(markdown, "**: ");
    if (head->n_classes > 0) {
        markdown_words(markdown, "one of %d classes: ", head->n_classes);
        for (int c = 0; c < head->n_classes; c++)
            markdown_words(markdown, "%s%s", c > 0 ? ", " : "", head->classes[c]);
    } else if (head->label_min <= head->label_max) {
        markdown_words(markdown, "a number; trained on %g to %g", head->label_min, head->label_max);
    } else {
        markdown_words(markdown, "a number");
    }
    agr_text_add(markdown, "\n");
}

agr_status card_labels(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_models *models = &of->e->models;
    const char *from = agr_dataset_attribute(of->e->dataset, "labels_from");
    agr_text_add(markdown, "## What the labels mean\n\n");
    for (int m = 0; m < models->n_models; m++)
        for (int h = 0; h < models->model[m].about->n_heads; h++)
            add_head(&models->model[m].about->heads[h], markdown);
    agr_text_add(markdown, "\n");
    if (from != NULL)
        markdown_words(markdown, "The dataset took its labels from: %s. ", from);
    markdown_paragraph(
        markdown, "",
        "The words are the dataset's. It does not say who chose them for a picture, "
        "nor by which definition; a prediction says which of these words the dataset "
        "would use.");
    return AGR_OK;
}
