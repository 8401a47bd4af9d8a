/* Every picture that a run with folds learnt from, judged by the members that did not see it. */
#include "out_of_fold.h"

#include <agr/train/fold_set.h>
#include <stdlib.h>

/* ---- can it be done? ---- */

/* Folds are a function of the dataset: of another one they say nothing about who has seen what. */
static agr_status check_dataset(const agr_evaluation *e, agr_error *err)
{
    const agr_checkpoint_info *about = agr_checkpoint_about(e->models.checkpoint);
    const uint64_t found = agr_dataset_fingerprint(e->dataset);
    if (!agr_evaluation_is_trained_on(e)) {
        agr_error_set(err, AGR_INPUT,
                      "dataset '%s': expected the one trained on, %016llx, found %016llx",
                      agr_dataset_path(e->dataset), (unsigned long long)about->dataset_fingerprint,
                      (unsigned long long)found);
        return agr_error_hint(err, "of another one it is not known who has seen what: without "
                                   "--out-of-fold all members judge all of it");
    }
    for (int d = 0; d < about->n_datasets; d++)
        if (about->datasets[d].fingerprint != found)
            return agr_error_set(err, AGR_INPUT,
                                 "checkpoint '%s': was trained on '%s' (%016llx) too: expected "
                                 "folds of a single dataset",
                                 agr_checkpoint_path(e->models.checkpoint), about->datasets[d].path,
                                 (unsigned long long)about->datasets[d].fingerprint);
    return AGR_OK;
}

static bool has_fold_of(const agr_evaluation *e, const agr_model *member, int fold)
{
    for (int m = 0; m < e->models.n_models; m++)
        if (agr_ensemble_are_alike(member, &e->models.model[m]) &&
            e->models.model[m].about->member.fold == fold)
            return true;
    return false;
}

/* With a fold left out by --branches, its pictures would have nobody to judge them. */
static agr_status check_folds(const agr_evaluation *e, agr_error *err)
{
    const int n_folds = e->models.config.train.folds;
    if (n_folds == 0) {
        agr_error_set(err, AGR_INPUT, "checkpoint '%s': expected a run with folds, found none",
                      agr_checkpoint_path(e->models.checkpoint));
        return agr_error_hint(err, "agr-mpi train --folds 5 cross-validates");
    }
    for (int m = 0; m < e->models.n_models; m++)
        for (int fold = 1; fold <= n_folds; fold++)
            if (!has_fold_of(e, &e->models.model[m], fold)) {
                agr_error_set(err, AGR_INPUT,
                              "branch '%s': expected members of %d folds, found none of fold %d",
                              e->models.model[m].name, n_folds, fold);
                return agr_error_hint(err, "--branches %s takes all of them",
                                      e->models.model[m].about->member.base);
            }
    return AGR_OK;
}

/* ---- who is asked what ---- */

agr_status out_of_fold_choose(agr_evaluation *e, agr_error *err)
{
    AGR_TRY(check_folds(e, err));
    AGR_TRY(check_dataset(e, err));
    AGR_TRY(agr_training_set_from(e->dataset, &e->set, err));
    const int64_t n = e->set.n_train + e->set.n_validation;
    e->own_sample = malloc((size_t)n * sizeof *e->own_sample);
    if (e->own_sample == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    agr_training_set_merge(&e->set, e->own_sample);
    e->sample = e->own_sample;
    e->n_samples = n;
    return AGR_OK;
}

/* Both are ascending, and all held-back samples are among the evaluation's. */
static void find_rows(const agr_evaluation *e, evaluated_question *question)
{
    int64_t row = 0;
    for (int64_t i = 0; i < question->n; i++) {
        while (e->sample[row] != question->sample[i])
            row++;
        question->row[i] = row++;
    }
}

agr_status out_of_fold_ask(const agr_evaluation *e, int model, evaluated_question *question,
                           agr_error *err)
{
    AGR_TRY(agr_fold_set_create(&e->models.config, model, &e->set, &question->fold, err));
    question->sample = question->fold.set.validation_sample;
    question->n = question->fold.set.n_validation;
    question->row = malloc((size_t)question->n * sizeof *question->row);
    if (question->row == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    find_rows(e, question);
    return AGR_OK;
}

void evaluated_question_release(evaluated_question *question)
{
    free(question->row);
    agr_fold_set_release(&question->fold);
}
