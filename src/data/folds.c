/* Deals groups of copies out to folds, in the order of their labels. */
#include <agr/data/folds.h>

#include <math.h>
#include <stdlib.h>

typedef struct {
    float label; /* infinite: none */
    uint64_t hash;
    int64_t group;
    int64_t size;
} dealt_group;

/* A fold while it is being filled. */
typedef struct {
    int64_t n_samples;
    int32_t index;
} filled_fold;

static int by_label_then_content(const void *left, const void *right)
{
    const dealt_group *a = left, *b = right;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static int largest_first(const void *left, const void *right)
{
    const dealt_group *a = left, *b = right;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return by_label_then_content(left, right);
}

static int smallest_first(const void *left, const void *right)
{
    const filled_fold *a = left, *b = right;
    if (a->n_samples != b->n_samples)
        return a->n_samples < b->n_samples ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static dealt_group describe_group(const agr_copies *groups, int64_t group, const uint64_t *hash,
                                  const float *label)
{
    const int64_t *member = &groups->member[groups->begin[group]];
    dealt_group g = {INFINITY, hash[member[0]], group, agr_copies_size(groups, group)};
    for (int64_t m = 0; m < g.size; m++)
        g.label = fminf(g.label, label[member[m]]); /* fminf() passes over NaN */
    return g;
}

/* One group each: largest to smallest. */
static void deal_round(const agr_copies *groups, dealt_group *round, int64_t n, filled_fold *folds,
                       int n_folds, int32_t *fold)
{
    qsort(round, (size_t)n, sizeof *round, largest_first);
    qsort(folds, (size_t)n_folds, sizeof *folds, smallest_first);
    for (int64_t i = 0; i < n; i++) {
        folds[i].n_samples += round[i].size;
        for (int64_t m = 0; m < round[i].size; m++)
            fold[groups->member[groups->begin[round[i].group] + m]] = folds[i].index;
    }
}

agr_status agr_folds_draw(const agr_copies *groups, const uint64_t *content_hash,
                          const float *label, int n_folds, int32_t *fold, agr_error *err)
{
    const int64_t n = groups->n_groups;
    if (n < n_folds)
        return agr_error_set(
            err, AGR_INPUT,
            "expected at least one picture, with its copies, for each of %d folds, "
            "found %lld",
            n_folds, (long long)n);
    dealt_group *order = malloc((size_t)n * sizeof *order);
    filled_fold *folds = malloc((size_t)n_folds * sizeof *folds);
    const bool complete = order != NULL && folds != NULL;
    for (int64_t g = 0; g < n && complete; g++)
        order[g] = describe_group(groups, g, content_hash, label);
    for (int f = 0; f < n_folds && complete; f++)
        folds[f] = (filled_fold){0, f};
    if (complete)
        qsort(order, (size_t)n, sizeof *order, by_label_then_content);
    for (int64_t g = 0; g < n && complete; g += n_folds)
        deal_round(groups, &order[g], n - g < n_folds ? n - g : n_folds, folds, n_folds, fold);
    free(order);
    free(folds);
    return complete ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate memory for folds");
}
