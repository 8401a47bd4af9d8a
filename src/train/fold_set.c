/* The samples of one fold of a cross-validation. */
#include <agr/train/fold_set.h>

#include <agr/base/hash.h>
#include <agr/data/folds.h>
#include <math.h>
#include <stdlib.h>

/* What folds are drawn from: all samples that are not of the test part, by number. */
typedef struct {
    int64_t n;
    int64_t *sample; /* [n] ascending */
    uint64_t *hash;  /* [n] of their contents */
    float *label;    /* [n] */
    int32_t *fold;   /* [n] */
} candidates;

static void release(candidates *c)
{
    free(c->sample);
    free(c->hash);
    free(c->label);
    free(c->fold);
}

static agr_status allocate(candidates *c, const agr_training_set *set, agr_error *err)
{
    c->n = set->n_train + set->n_validation;
    c->sample = malloc((size_t)c->n * sizeof *c->sample);
    c->hash = malloc((size_t)c->n * sizeof *c->hash);
    c->label = malloc((size_t)c->n * sizeof *c->label);
    c->fold = malloc((size_t)c->n * sizeof *c->fold);
    if (c->sample == NULL || c->hash == NULL || c->label == NULL || c->fold == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for folds");
    return AGR_OK;
}

/* A file that does not say what its pictures were made from: the pictures themselves. */
static uint64_t content_of(const agr_training_set *set, int64_t sample)
{
    const uint64_t *hash = agr_dataset_content_hashes(set->dataset);
    if (hash != NULL)
        return hash[sample];
    const size_t n_bytes = (size_t)(set->images.height * set->images.width * 3);
    return agr_hash(set->images.pixel + (size_t)sample * n_bytes, n_bytes);
}

static void fill(candidates *c, const agr_training_set *set, const agr_label_column *column)
{
    agr_training_set_merge(set, c->sample);
    for (int64_t i = 0; i < c->n; i++) {
        c->hash[i] = content_of(set, c->sample[i]);
        c->label[i] = column != NULL ? column->values[c->sample[i]] : NAN;
    }
}

static agr_status draw(candidates *c, int n_folds, agr_error *err)
{
    agr_copies groups;
    AGR_TRY(agr_copies_create(c->hash, c->n, &groups, err));
    const agr_status status = agr_folds_draw(&groups, c->hash, c->label, n_folds, c->fold, err);
    agr_copies_release(&groups);
    return status;
}

/* The fold behind the others, both ascending. */
static agr_status take(const candidates *c, int32_t fold, agr_fold_set *own, agr_error *err)
{
    int64_t n_train = 0, n_validation = 0;
    for (int64_t i = 0; i < c->n; i++)
        n_train += c->fold[i] != fold;
    own->sample = malloc((size_t)c->n * sizeof *own->sample);
    if (own->sample == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for folds");
    own->set.train_sample = own->sample;
    own->set.validation_sample = own->sample + n_train;
    own->set.n_train = n_train;
    own->set.n_validation = c->n - n_train;
    n_train = 0;
    for (int64_t i = 0; i < c->n; i++)
        own->sample[c->fold[i] != fold ? n_train++ : own->set.n_train + n_validation++] =
            c->sample[i];
    return AGR_OK;
}

static void count_only(agr_training_set *set, int n_folds)
{
    const int64_t n = set->n_train + set->n_validation;
    set->n_validation = n / n_folds;
    set->n_train = n - set->n_validation;
}

agr_status agr_fold_set_create(const agr_config *config, int branch, const agr_training_set *set,
                               agr_fold_set *own, agr_error *err)
{
    const agr_branch_config *b = &config->branch[branch];
    candidates c = {0};
    *own = (agr_fold_set){.set = *set};
    if (b->member.fold == 0)
        return AGR_OK;
    if (set->dataset == NULL)
        return count_only(&own->set, config->train.folds), AGR_OK;
    agr_status status = allocate(&c, set, err);
    if (status == AGR_OK) {
        fill(&c, set, agr_training_set_column(set, b->head[0].target));
        status = draw(&c, config->train.folds, err);
    }
    if (status == AGR_OK)
        status = take(&c, b->member.fold - 1, own, err);
    release(&c);
    if (status != AGR_OK) {
        agr_error_context(err, "train.folds: branch '%s'", b->name);
        if (status == AGR_INPUT)
            agr_error_hint(err, "fewer folds, or more pictures");
    }
    return status;
}

void agr_fold_set_release(agr_fold_set *own)
{
    free(own->sample);
    *own = (agr_fold_set){0};
}
