/**
 * A model card in Markdown (Mitchell et al. 2019, "Model Cards for Model Reporting"): what a
 * checkpoint is, how good, for whom, and what it must not be used for. Nothing stands in it that was
 * not measured or read from the files.
 */
#ifndef AGR_REPORT_CARD_H
#define AGR_REPORT_CARD_H

#include <agr/base/text.h>
#include <agr/report/evaluation.h>

/** Appends the card of a finished evaluation. run: as it was named. Not collective: on rank 0. The
 * same run gives the same bytes. AGR_MEMORY, or as agr_checkpoint_digest(). */
agr_status agr_card_make(const agr_evaluation *e, const char *run, agr_text *markdown,
                         agr_error *err);

#endif
