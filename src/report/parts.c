/* Finds the figures of one class or bin among all of a head. */
#include "parts_impl.h"

const agr_audit_figure *parts_begin(const agr_evaluated_head *r)
{
    const agr_audit_figure *f = r->judgement.figure, *last = f + r->judgement.n_figures;
    while (f < last && f->of < 0)
        f++;
    return f;
}

const agr_audit_figure *parts_end(const agr_evaluated_head *r, const agr_audit_figure *begin)
{
    const agr_audit_figure *end = begin, *last = r->judgement.figure + r->judgement.n_figures;
    while (end < last && end->of == begin->of)
        end++;
    return end;
}

bool parts_shows(const agr_audit_figure *figure)
{
    return figure->metric->better != AGR_AUDIT_NEITHER;
}
