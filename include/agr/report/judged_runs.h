/**
 * Several runs judged on the same images, so that they can be shown side by side.
 *
 * All ranks compute; what the runs said is known to rank 0.
 */
#ifndef AGR_REPORT_JUDGED_RUNS_H
#define AGR_REPORT_JUDGED_RUNS_H

#include <agr/report/evaluation.h>

enum { AGR_MAX_JUDGED_RUNS = 8 };

typedef struct {
    const char *path;           /* run folder or checkpoint, as it was named; borrowed */
    agr_evaluation *evaluation; /* owned; of its models only checkpoint, configuration and
                                   networks (without weights) are there unless `judged` */
    bool judged;
    char why_not[AGR_ERROR_TEXT_BYTES]; /* where it was not: "no dataset at 'x.h5'" */
} agr_judged_run;

typedef struct {
    int n;
    agr_judged_run run[AGR_MAX_JUDGED_RUNS];
} agr_judged_runs;

/** Whether runs whose dataset is not at hand are an error, or are told of as far as that goes. */
typedef enum { AGR_JUDGE_ALL, AGR_JUDGE_WHERE_DATA_IS } agr_judging;

/** Judges every run as the request says; its models.checkpoint does not count. data NULL: the dataset
 * that the first run was trained on, for all of them. The texts at `path` and in the request are
 * borrowed until the release. Memory: that of all models together.
 * **Collective over the world**, with one verdict. Errors as agr_evaluation_run(), with the run;
 * AGR_USAGE for too many. Caller releases in every case, before the world stops. */
agr_status agr_judged_runs_open(agr_judged_runs *runs, agr_world *world, const char *const *path,
                                int n, const agr_evaluation_request *request, agr_judging judging,
                                agr_error *err);

/** A zeroed one is accepted. */
void agr_judged_runs_release(agr_judged_runs *runs);

#endif
