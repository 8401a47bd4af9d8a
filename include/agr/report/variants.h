/**
 * The variants of one run side by side: what each reaches over its members, and what it differs by
 * from one of them.
 *
 * Paired: the members of two variants that have one fold and one replica were trained on the same
 * images from the same seed, so what these bring falls out of the difference. All of it is rank
 * 0's.
 */
#ifndef AGR_REPORT_VARIANTS_H
#define AGR_REPORT_VARIANTS_H

#include <agr/base/text.h>
#include <agr/report/evaluation.h>
#include <cjson/cJSON.h>

/** The figures that variants are compared by: few, for each of them may show something by chance.
 */
enum { AGR_VARIANT_FIGURES = 3 };

typedef struct {
    agr_audit_spread members; /* over all of them */
    double ensemble;          /* NaN: there is one member only */
    agr_audit_spread
        difference; /* less that of the variant compared with, over pairs; n 0 in itself */
} agr_variant_figure;

typedef struct {
    agr_population population; /* name, settings and members; of one member too, without ensemble */
    int n_halved;              /* members that train.halving has ended */
    int64_t n_epochs;          /* of all its members together */
    double rank_s;             /* seconds of ranks for these; NaN: not known */
    agr_layer_cost cost;       /* of one member and one image */
    int pair[AGR_MAX_MODELS];  /* of each member, the result that it is compared with; -1: none */
    int n_pairs;
    int n_left_out; /* folds and replicas without a pair: one of both is missing, or was halved */
    agr_variant_figure figure[AGR_VARIANT_FIGURES];
} agr_variant;

/** A head that all variants of a branch have. */
typedef struct {
    char name[2 * AGR_CONFIG_NAME_BYTES]; /* of the branch; with the label where it has several */
    int first, n;                         /* variant[first .. first + n) */
    int against;                          /* the one that the others are compared with */
    const agr_audit_figure *figure[AGR_VARIANT_FIGURES]; /* its first member's: name, baseline */
} agr_varied_head;

typedef struct {
    const agr_evaluation *evaluation; /* borrowed */
    const char *run;                  /* borrowed */
    int n_heads;
    agr_varied_head *head; /* [n_heads], owned */
    int n_variants;
    agr_variant *variant; /* [n_variants], owned */
    int n_intervals;      /* differences of figures that have an interval: each may mislead */
    int n_shown;          /* those whose interval leaves 0 out */
} agr_variants;

/** Of a run (its folder, or a checkpoint) that was judged. `against`: the variant that those of its
 * branch are compared with, "race-v2"; other branches, and NULL: with their first. Not collective:
 * on rank 0. AGR_USAGE: no branch has members, or none is called so; AGR_MEMORY. Caller releases in
 * every case, before the evaluation. */
agr_status agr_variants_make(const agr_evaluation *evaluation, const char *run, const char *against,
                             agr_variants *variants, agr_error *err);

/** A zeroed one is accepted. */
void agr_variants_release(agr_variants *variants);

/** Everything, unrounded: one object. Caller deletes. */
cJSON *agr_variants_json(const agr_variants *variants);

/** A row for each variant and figure, unrounded. */
void agr_variants_csv(const agr_variants *variants, agr_text *text);

#endif
