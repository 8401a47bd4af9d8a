/* Card: the data, its faults and its licence. */
#include "card_impl.h"

#include "markdown_impl.h"
#include "verdicts_impl.h"
#include "words_impl.h"

static void add_classes(const agr_label_facts *label, agr_text *markdown)
{
    markdown_table_begin(markdown, "lnn", "class|pictures|share");
    for (int c = 0; c < label->classes.n_classes; c++) {
        markdown_cell(markdown, "%s", label->column->classes[c]);
        markdown_cell(markdown, "%s", words_count(label->classes.count[c]).text);
        markdown_cell(markdown, "%s",
                      words_share((double)label->classes.count[c] / (double)label->classes.n).text);
        markdown_row_end(markdown);
    }
    agr_text_add(markdown, "\n");
}

static void add_label(const agr_label_facts *label, agr_text *markdown)
{
    const agr_number_statistics *number = &label->number;
    agr_text_add(markdown, "**");
    markdown_words(markdown, "%s", label->column->name);
    agr_text_add(markdown, "**: ");
    if (label->has_classes) {
        markdown_paragraph(markdown, "", "%s labelled pictures.",
                           words_count(label->classes.n).text);
        add_classes(label, markdown);
        return;
    }
    markdown_paragraph(markdown, "",
                       "%s labelled pictures, from %g to %g; median %g, the middle half from %g to "
                       "%g, mean %.2f.",
                       words_count(number->n).text, number->min, number->max, number->median,
                       number->lower_quartile, number->upper_quartile, number->mean);
}

static void add_licence(const agr_dataset *dataset, agr_text *markdown)
{
    const char *source = agr_dataset_attribute(dataset, "source");
    const char *licence = agr_dataset_attribute(dataset, "license");
    agr_text_add(markdown, "### Licence of the data\n\n");
    if (source != NULL)
        markdown_words(markdown, "The dataset names its source: %s. ", source);
    else
        markdown_words(markdown, "The dataset names no source. ");
    if (licence != NULL)
        markdown_paragraph(markdown, "", "It names its licence: %s.", licence);
    else
        markdown_paragraph(
            markdown, "",
            "It names no licence: ask the source before model or data are passed on.");
}

static void add_set(const card *of, agr_text *markdown)
{
    const agr_dataset_facts *facts = of->facts;
    const agr_dataset *dataset = facts->dataset;
    markdown_paragraph(
        markdown, "", "%s: %s pictures; %s to train, %s to validate, %s to test. %s",
        agr_dataset_path(dataset), words_count(agr_dataset_count(dataset)).text,
        words_count(facts->n_part[AGR_SPLIT_TRAIN]).text,
        words_count(facts->n_part[AGR_SPLIT_VALIDATION]).text,
        words_count(facts->n_part[AGR_SPLIT_TEST]).text,
        agr_evaluation_is_trained_on(of->e)
            ? "It is the dataset that the model was trained on."
            : "It is not the dataset that the model was trained on, which was not at hand.");
    const char *split = agr_dataset_attribute(dataset, "split_from"),
               *seed = agr_dataset_attribute(dataset, "seed");
    if (split != NULL && seed != NULL)
        markdown_paragraph(markdown, "", "The division into parts: %s; seed %s.", split, seed);
}

agr_status card_data(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_dataset_facts *facts = of->facts;
    agr_text copies = {0};
    agr_text_add(markdown, "## Data\n\n");
    add_set(of, markdown);
    for (int i = 0; i < facts->n_labels; i++)
        add_label(&facts->label[i], markdown);
    agr_text_add(markdown, "### Faults of the data\n\n");
    verdict_of_copies(facts, &copies);
    markdown_paragraph(markdown, "- ", "%s", copies.failed ? "" : copies.data);
    markdown->failed = markdown->failed || copies.failed;
    agr_text_release(&copies);
    for (int i = 0; i < facts->n_warnings; i++)
        markdown_paragraph(markdown, "- ", "%s", facts->warning[i]);
    agr_text_add(markdown, "\n");
    add_licence(facts->dataset, markdown);
    return AGR_OK;
}
