/** What rank 0 knows of a set while it is being prepared. */
#ifndef AGR_DATA_PLAN_IMPL_H
#define AGR_DATA_PLAN_IMPL_H

#include "listing_impl.h"
#include "prepare_impl.h"
#include "rejects_impl.h"

#include <agr/data/labels.h>
#include <agr/data/prepare.h>
#include <agr/store/dataset.h>

/** Candidate i is listed file file[i], and row i of the labels. Candidates are files with labels,
 * then those of them that could be decoded, then those that are kept. */
typedef struct {
    const agr_prepare_options *options;
    agr_listing listing;
    agr_rejects rejects;
    int64_t n_candidates;
    int64_t *file;          /* ascending */
    int64_t *row;           /* of the file being written, ascending */
    uint64_t *content_hash; /* once decoded */
    int longest_side;       /* pixels, of all that could be decoded */
    agr_labels labels;
    uint8_t *imported_part; /* [listing.n_files]; NULL when the split is drawn */
    char **why_no_part;     /* [listing.n_files]; of those without a part; owned */
    bool *good;             /* work: which candidates stay */
    int64_t *kept;          /* work: their numbers */
    agr_dataset_writer *writer;
    bool rejects_tell_why; /* the failure is a verdict on what was rejected */
} agr_plan;

/** Lists the files and gives them labels and imported parts. Caller releases, in every case. */
agr_status agr_plan_create(const agr_prepare_options *options, agr_plan *plan, agr_error *err);

/** Name of a candidate. Borrowed. */
const char *agr_plan_name(const agr_plan *plan, int64_t candidate);

/** Drops the candidates whose plan->good is false. */
void agr_plan_keep_good(agr_plan *plan);

/** AGR_INPUT when no candidate is left, or anything was rejected where that is not allowed. */
agr_status agr_plan_check(agr_plan *plan, agr_error *err);

/** Groups copies, drops conflicting ones when asked, divides the set, completes the file and
 * fills the report. All but *report is rank 0's own business: not collective. */
agr_status agr_plan_finish(agr_plan *plan, agr_prepare_report *report, agr_error *err);

/** Fills report->column. */
agr_status agr_plan_describe_columns(const agr_plan *plan, agr_prepare_report *report,
                                     agr_error *err);

void agr_plan_release(agr_plan *plan);

#endif
