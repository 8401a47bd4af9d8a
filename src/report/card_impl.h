/* What the parts of a model card tell of, and the parts. */
#ifndef AGR_REPORT_CARD_IMPL_H
#define AGR_REPORT_CARD_IMPL_H

#include <agr/base/text.h>
#include <agr/report/dataset_facts.h>
#include <agr/report/evaluation.h>

typedef struct {
    const agr_evaluation *e;
    const char *run;                /* as it was named */
    const agr_dataset_facts *facts; /* of the dataset judged on */
} card;

/** Each adds one part with its heading. */
typedef agr_status card_part(const card *of, agr_text *markdown, agr_error *err);

card_part card_model;
card_part card_labels;
card_part card_data;
card_part card_figures;
card_part card_slices;
card_part card_limits;
card_part card_identity;

#endif
