/* What the sections of a page tell of, and the sections. */
#ifndef AGR_REPORT_PAGE_IMPL_H
#define AGR_REPORT_PAGE_IMPL_H

#include <agr/base/text.h>
#include <agr/report/comparison.h>
#include <agr/report/dataset_facts.h>
#include <agr/report/evaluation.h>
#include <agr/report/run_record.h>

/** One run on a page. */
typedef struct {
    int number;                     /* on this page, from 1 */
    const char *path;               /* as it was named */
    const agr_evaluation *e;        /* checkpoint and networks; judged where `judged` */
    bool judged;                    /* there was a dataset */
    const char *why_not;            /* else */
    const agr_dataset_facts *facts; /* of the dataset judged on; NULL without one */
    const agr_run_record *record;   /* of the run folder; NULL where there is none */
} page_run;

/** Each adds one section. Charts that need what is missing are left out with a line that says so. */
typedef void page_section(const page_run *run, agr_text *html);

page_section section_summary;
page_section section_answers;
page_section section_training;
page_section section_figures;
page_section section_slices;
page_section section_data;
page_section section_branches;
page_section section_configuration;
page_section section_identity;

/** Of several runs, all of them judged. */
void section_comparison(const agr_comparison *comparison, agr_text *html);

/** The line in place of what cannot be told without a dataset. */
void page_missing(const page_run *run, agr_text *html);

#endif
