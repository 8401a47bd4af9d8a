/* Members of one variant: who they are, and what they say as one. */
#include <agr/report/ensemble.h>

#include <agr/audit/spread.h>
#include <stdio.h>
#include <string.h>

bool agr_ensemble_are_alike(const agr_model *a, const agr_model *b)
{
    const agr_checkpoint_member *x = &a->about->member, *y = &b->about->member;
    return x->base != NULL && y->base != NULL && strcmp(x->base, y->base) == 0 &&
           x->variant == y->variant;
}

void agr_ensemble_name(const agr_model *member, int head, char name[AGR_ENSEMBLE_NAME_BYTES])
{
    const agr_checkpoint_member *m = &member->about->member;
    const int length = agr_variant_name(m->base, m->variant, name, AGR_ENSEMBLE_NAME_BYTES);
    if (agr_network_n_heads(member->network) > 1)
        snprintf(name + length, AGR_ENSEMBLE_NAME_BYTES - (size_t)length, " %s",
                 agr_network_head(member->network, head)->target);
}

static int most_probable(const double *probability, int n_classes)
{
    int best = 0;
    for (int c = 1; c < n_classes; c++)
        best = probability[c] > probability[best] ? c : best;
    return best;
}

/* Of what the members have in one column. */
static agr_audit_spread spread_of(const double *each, int n, int n_columns, int column)
{
    double value[AGR_MAX_MODELS];
    for (int m = 0; m < n; m++)
        value[m] = each[m * n_columns + column];
    return agr_audit_spread_of(value, n);
}

void agr_ensemble_say(const double *each, int n, int n_classes, double *together)
{
    const int n_columns = 1 + n_classes;
    for (int column = 0; column < n_columns; column++)
        together[column] = spread_of(each, n, n_columns, column).mean;
    int said = 0; /* the column that the deviation is of */
    if (n_classes > 0) {
        together[0] = most_probable(together + 1, n_classes);
        said = 1 + (int)together[0];
    }
    together[n_columns] = spread_of(each, n, n_columns, said).deviation;
}
