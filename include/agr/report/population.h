/**
 * A population judged as one: its members' figures, how far they lie apart, and the ensemble.
 *
 * report/ensemble.h says what an ensemble says.
 */
#ifndef AGR_REPORT_POPULATION_H
#define AGR_REPORT_POPULATION_H

#include <agr/audit/spread.h>
#include <agr/report/ensemble.h>
#include <agr/report/evaluated_head.h>
#include <cjson/cJSON.h>

struct agr_evaluation;

/** All replicas and folds of one variant of a branch; one head of theirs. */
typedef struct {
    char name[AGR_ENSEMBLE_NAME_BYTES]; /* as a head is called: "race", "race-v2" */
    const char *settings;               /* what is the variant's own; "": nothing */
    int n_members;                      /* >= 2 */
    int member[AGR_MAX_MODELS];         /* results of the evaluation */
    int n_classes;                      /* 0: numbers */
    double *said;                /* [n_samples, 1 + n_classes + 1], owned: by agr_ensemble_say() */
    agr_evaluated_head ensemble; /* as a head, without output; its model is the first member */
} agr_population;

typedef struct {
    int n;
    agr_population *item; /* [n], owned */
} agr_populations;

/** The members of the variant that a result is one of, in their order, without an ensemble; none
 * where its branch is the only one of its name. */
agr_population agr_population_of(const struct agr_evaluation *e, int result);

/** Finds the populations among the results of an evaluation whose heads were judged, and judges
 * their ensembles on the same rows. Rank 0's. AGR_MEMORY. Caller releases in every case. */
agr_status agr_populations_judge(const struct agr_evaluation *e, agr_populations *populations,
                                 agr_error *err);
void agr_populations_release(const struct agr_evaluation *e, agr_populations *populations);

/** Is this result one of a population's members? */
bool agr_populations_have(const agr_populations *populations, int result);

/** A figure of all rows over the members: the index-th of each judgement. */
agr_audit_spread agr_population_spread(const struct agr_evaluation *e, const agr_population *p,
                                       int figure);

/** Adds `populations`, a list; nothing where there is none. */
void agr_populations_add_json(const struct agr_evaluation *e, cJSON *root);

#endif
