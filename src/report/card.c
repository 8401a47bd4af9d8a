/* Puts a model card together. */
#include <agr/report/card.h>

#include "card_impl.h"
#include "markdown_impl.h"

static card_part *const parts[] = {card_model,  card_labels, card_data,    card_figures,
                                   card_slices, card_limits, card_identity};

static agr_status add_parts(const card *of, agr_text *markdown, agr_error *err)
{
    agr_text_add(markdown, "# Model card: ");
    markdown_words(markdown, "%s", of->run);
    agr_text_add(markdown, "\n\n");
    markdown_paragraph(markdown, "",
                       "Written by agr-mpi %s from the checkpoint and one evaluation. Every number "
                       "was measured or read from the files; what was not measured is not said.",
                       AGR_VERSION);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        AGR_TRY(parts[i](of, markdown, err));
    return markdown->failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}

agr_status agr_card_make(const agr_evaluation *e, const char *run, agr_text *markdown,
                         agr_error *err)
{
    agr_dataset_facts facts = {0};
    agr_status status = agr_dataset_facts_of(e->dataset, &facts, err);
    if (status == AGR_OK)
        status = add_parts(&(card){.e = e, .run = run, .facts = &facts}, markdown, err);
    agr_dataset_facts_release(&facts);
    return status;
}
