/* Says what slices differ by. */
#include "gaps_impl.h"

#include "words_impl.h"

#include <math.h>
#include <string.h>

const char *gaps_first_metric(const agr_evaluated_head *r)
{
    return agr_evaluated_has_classes(r) ? "accuracy" : "mae";
}

const agr_audit_gap *gaps_first(const agr_evaluated_head *r, int table)
{
    const agr_audit_slices *slices = &r->slices[table];
    for (int g = 0; g < slices->n_gaps; g++)
        if (slices->gap[g].of < 0 && strcmp(slices->gap[g].name, gaps_first_metric(r)) == 0)
            return &slices->gap[g];
    return NULL;
}

void gaps_name(const agr_evaluation *e, const agr_evaluated_head *r, const agr_audit_gap *gap,
               agr_text *words)
{
    char room[AGR_EVALUATED_NAME_BYTES];
    agr_text_add(words, "%s", gap->name);
    if (gap->of >= 0)
        agr_text_add(words, " of '%s'", agr_evaluated_class(e, r, gap->of, room));
}

static void say_pair(const agr_slicing_table *table, const agr_audit_pair *pair, agr_text *words)
{
    agr_text_add(words, "%s, between '%s' and '%s'", words_number(pair->difference).text,
                 table->cell[pair->cell[0]], table->cell[pair->cell[1]]);
    if (isnan(pair->low))
        agr_text_add(words, " (without interval)");
    else
        agr_text_add(words, " (%s: %s \u2026 %s)", pair->shown ? "shown" : "not shown at this size",
                     words_number(pair->low).text, words_number(pair->high).text);
}

void gaps_say(const agr_evaluation *e, const agr_evaluated_head *r, int table,
              const agr_audit_gap *gap, agr_text *words)
{
    const agr_slicing_table *by = &e->slicing.table[table];
    if (gap == NULL) {
        agr_text_add(words, "%s by %s: fewer than two groups have %lld images.",
                     agr_evaluated_name(e, r), by->name, (long long)e->request.slices.min_count);
        return;
    }
    agr_text_add(words, "%s ", agr_evaluated_name(e, r));
    gaps_name(e, r, gap, words);
    agr_text_add(words, " by %s: largest gap ", by->name);
    say_pair(by, &gap->largest, words);
    if (isfinite(gap->largest.needed_n))
        agr_text_add(words, "; %s images of each would show it",
                     words_count((int64_t)gap->largest.needed_n).text);
    if (!gap->largest.shown && gap->clearest.shown) {
        agr_text_add(words, "; clearest ");
        say_pair(by, &gap->clearest, words);
    }
    agr_text_add(words, ".");
}
