/* Which rows are judged: those with a label. */
#include "metrics_impl.h"

#include <math.h>
#include <stdlib.h>

static agr_status take_memory(agr_audit_selection *s, int64_t n, agr_error *err)
{
    const size_t room = n > 0 ? (size_t)n : 1;
    s->index = malloc(room * sizeof *s->index);
    s->times = malloc(room * sizeof *s->times);
    s->scratch = malloc(room * sizeof *s->scratch);
    if (s->index != NULL && s->times != NULL && s->scratch != NULL)
        return AGR_OK;
    agr_audit_selection_release(s);
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to judge %lld rows",
                         (long long)n);
}

agr_status agr_audit_select(const agr_audit_rows *rows, const int64_t *index, int64_t n,
                            agr_audit_selection *selection, agr_error *err)
{
    *selection = (agr_audit_selection){.rows = rows};
    AGR_TRY(take_memory(selection, n, err));
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = index != NULL ? index[i] : i;
        if (!isnan(rows->label[row]))
            audit_selection_add(selection, row);
    }
    return AGR_OK;
}

void agr_audit_selection_release(agr_audit_selection *selection)
{
    free(selection->index);
    free(selection->times);
    free(selection->scratch);
    free(selection->ranked);
    *selection = (agr_audit_selection){0};
}
