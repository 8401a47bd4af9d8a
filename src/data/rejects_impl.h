/** What was rejected and why: gathered on rank 0, counted for the report, written as a table. */
#ifndef AGR_DATA_REJECTS_IMPL_H
#define AGR_DATA_REJECTS_IMPL_H

#include <agr/data/prepare.h>

typedef struct {
    char *path;         /* owned */
    const char *reason; /* static memory: rejects are counted by it */
    const char *remedy; /* static memory; "" when none */
    char *detail;       /* owned; may be NULL */
} agr_reject;

typedef struct {
    int64_t n, room;
    agr_reject *item; /* owned */
} agr_rejects;

/** Adds one reject; detail may be NULL or "". AGR_MEMORY. */
agr_status agr_rejects_add(agr_rejects *rejects, const char *path, const char *reason,
                           const char *remedy, const char *detail, agr_error *err);

/** As agr_rejects_add() for the reasons of prepare itself. */
agr_status agr_rejects_add_reason(agr_rejects *rejects, const char *path, agr_reject_reason reason,
                                  const char *detail, agr_error *err);

/** Sorts by path (bytewise), then reason. */
void agr_rejects_sort(agr_rejects *rejects);

/** Counts by reason, most frequent first; returns how many reasons. */
int agr_rejects_count(const agr_rejects *rejects, agr_reject_count count[AGR_PREPARE_MAX_REASONS]);

/** Writes the table path,reason,detail atomically. */
agr_status agr_rejects_write(const agr_rejects *rejects, const char *path, agr_error *err);

void agr_rejects_release(agr_rejects *rejects);

#endif
