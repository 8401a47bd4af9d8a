/* Files that were looked at and not taken, with the reason. */
#include "rejects_impl.h"

#include <agr/base/file.h>
#include <agr/base/text.h>
#include <agr/data/csv.h>
#include <stdlib.h>
#include <string.h>

static const char *const reason_texts[AGR_REJECT_COUNT] = {
#define X(name, text) text,
    AGR_REJECT_LIST(X)
#undef X
};

agr_status agr_rejects_add(agr_rejects *rejects, const char *path, const char *reason,
                           const char *remedy, const char *detail, agr_error *err)
{
    if (rejects->n == rejects->room) {
        const int64_t room = rejects->room > 0 ? 2 * rejects->room : 64;
        agr_reject *item = realloc(rejects->item, (size_t)room * sizeof *item);
        if (item == NULL)
            return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for rejects");
        rejects->item = item;
        rejects->room = room;
    }
    const bool has_detail = detail != NULL && detail[0] != '\0';
    agr_reject reject = {.path = strdup(path), .reason = reason, .remedy = remedy};
    reject.detail = has_detail ? strdup(detail) : NULL;
    if (reject.path == NULL || (has_detail && reject.detail == NULL)) {
        free(reject.path);
        free(reject.detail);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for rejects");
    }
    rejects->item[rejects->n++] = reject;
    return AGR_OK;
}

agr_status agr_rejects_add_reason(agr_rejects *rejects, const char *path, agr_reject_reason reason,
                                  const char *detail, agr_error *err)
{
    return agr_rejects_add(rejects, path, reason_texts[reason], "", detail, err);
}

static int compare_rejects(const void *left, const void *right)
{
    const agr_reject *a = left, *b = right;
    const int by_path = strcmp(a->path, b->path);
    return by_path != 0 ? by_path : strcmp(a->reason, b->reason);
}

void agr_rejects_sort(agr_rejects *rejects)
{
    if (rejects->n > 0)
        qsort(rejects->item, (size_t)rejects->n, sizeof *rejects->item, compare_rejects);
}

static int compare_counts(const void *left, const void *right)
{
    const agr_reject_count *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->reason, b->reason);
}

int agr_rejects_count(const agr_rejects *rejects, agr_reject_count count[AGR_PREPARE_MAX_REASONS])
{
    int n_reasons = 0;
    for (int64_t i = 0; i < rejects->n; i++) {
        const agr_reject *reject = &rejects->item[i];
        int r = 0;
        while (r < n_reasons && strcmp(count[r].reason, reject->reason) != 0)
            r++;
        if (r == n_reasons) {
            AGR_ASSERT(n_reasons < AGR_PREPARE_MAX_REASONS);
            count[n_reasons++] =
                (agr_reject_count){.reason = reject->reason, .remedy = reject->remedy};
        }
        count[r].count++;
    }
    qsort(count, (size_t)n_reasons, sizeof *count, compare_counts);
    return n_reasons;
}

agr_status agr_rejects_write(const agr_rejects *rejects, const char *path, agr_error *err)
{
    agr_text text = {0};
    agr_text_add(&text, "path,reason,detail\n");
    for (int64_t i = 0; i < rejects->n; i++) {
        const agr_reject *reject = &rejects->item[i];
        agr_csv_add_field(&text, reject->path);
        agr_text_add(&text, ",");
        agr_csv_add_field(&text, reject->reason);
        agr_text_add(&text, ",");
        agr_csv_add_field(&text, reject->detail != NULL ? reject->detail : reject->remedy);
        agr_text_add(&text, "\n");
    }
    const agr_status status =
        text.failed ? agr_error_set(err, AGR_MEMORY, "cannot allocate memory for '%s'", path)
                    : agr_file_write(path, text.data, text.length, err);
    agr_text_release(&text);
    return status;
}

void agr_rejects_release(agr_rejects *rejects)
{
    for (int64_t i = 0; i < rejects->n; i++) {
        free(rejects->item[i].path);
        free(rejects->item[i].detail);
    }
    free(rejects->item);
    *rejects = (agr_rejects){0};
}
