/* Sentences written from figures: what pages and cards say in words. */
#ifndef AGR_REPORT_VERDICTS_IMPL_H
#define AGR_REPORT_VERDICTS_IMPL_H

#include <agr/base/text.h>
#include <agr/report/dataset_facts.h>
#include <agr/report/evaluation.h>

/** The head's figure of this metric over all images, or NULL. */
const agr_audit_figure *verdict_figure(const agr_evaluated_head *r, const char *metric);

/** Each appends sentences of plain text, or nothing where there is nothing to say. The first three of a
 * head may follow each other in one paragraph. */

/** How good a head is beside the guess that does not look. */
void verdict_of_head(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words);

/** Which class is found most often, and which least. */
void verdict_of_recall(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words);

/** Whether a head is as sure as it is right. */
void verdict_of_confidence(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words);

/** What the judged images were to the weights: "These images chose the checkpoint, ...". */
void verdict_of_images(const agr_evaluation *e, agr_text *words);

/** Copies and labels that contradict each other. */
void verdict_of_copies(const agr_dataset_facts *facts, agr_text *words);

#endif
