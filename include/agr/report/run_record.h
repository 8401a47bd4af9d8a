/**
 * What a run folder tells of its run, without a checkpoint being needed: where it stands, what each
 * epoch reached, which ranks trained what when.
 *
 * Only reads: a run that is under way is not disturbed, and what it is writing at this moment (the
 * last line of events.jsonl) is left for the next look. Nothing here is collective.
 */
#ifndef AGR_REPORT_RUN_RECORD_H
#define AGR_REPORT_RUN_RECORD_H

#include <agr/base/error.h>
#include <agr/base/file.h>
#include <agr/base/text.h>
#include <agr/nn/loss.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    AGR_RUN_RUNNING, /* a process holds the folder's lock */
    AGR_RUN_ENDED,   /* all branches have had their epochs */
    AGR_RUN_STOPPED, /* on request, with a checkpoint */
    AGR_RUN_BROKEN   /* nobody is at work and nobody said why: killed, or failed */
} agr_run_state;

enum { AGR_RUN_NAME_BYTES = 96 };

/** One head, by epoch; NaN where there was nothing to measure. */
typedef struct {
    char name[AGR_RUN_NAME_BYTES];
    char metric[AGR_RUN_NAME_BYTES];             /* "mae", "accuracy" */
    double *loss, *val_loss, *value, *val_value; /* [n_epochs] of the branch; owned */
} agr_run_head;

typedef struct {
    char name[AGR_RUN_NAME_BYTES];
    int n_heads; /* 0 until an epoch is complete */
    agr_run_head head[AGR_MAX_HEADS];
    int64_t n_epochs;   /* complete */
    int64_t planned;    /* epochs in all; 0: not known */
    int64_t best_epoch; /* 0: none */
} agr_run_branch;

enum { AGR_RUN_MAX_BRANCHES = 128 };

/** A rank at work. Seconds of training: the time between a stop and a resume does not count. */
typedef struct {
    int rank, branch;
    double from_s, to_s;
} agr_run_span;

/** When it began, went on and ended. Seconds of training as above. */
typedef struct {
    double at_s;
    const char *what; /* "resumed", "stopped", "ended"; static */
} agr_run_mark;

enum { AGR_RUN_MAX_MARKS = 64 };

typedef struct {
    char path[AGR_PATH_BYTES]; /* of the folder */
    agr_run_state state;
    double started_s;     /* first start, seconds since 1970; 0: not known */
    double last_event_s;  /* likewise */
    char last_event[256]; /* in words: "epoch 3 of gender" */
    double trained_s;     /* time of training in all */
    int n_starts;
    int n_ranks;               /* of the last start */
    char placement[1024];      /* likewise */
    char data[AGR_PATH_BYTES]; /* dataset of config.yaml; "" without that */
    int n_branches;
    agr_run_branch branch[AGR_RUN_MAX_BRANCHES]; /* in the order of the configuration */
    int64_t n_totals;
    double *total, *val_total; /* [n_totals], weighted over branches; owned */
    int64_t best_total;        /* epoch; 0: none */
    int64_t n_spans;
    agr_run_span *span; /* owned; empty for a run that is older than this is kept */
    int n_marks;
    agr_run_mark mark[AGR_RUN_MAX_MARKS];
    int64_t n_bad_events;    /* lines that are no event */
    int64_t first_bad_event; /* line of the first */
    bool has_checkpoint;
} agr_run_record;

/** Whether the folder holds what a run leaves from its first moment on. */
bool agr_run_record_exists(const char *folder);

/** Reads the folder. `record` is large: not for the stack. AGR_NOT_FOUND when it is no run's,
 * AGR_FORMAT and AGR_INPUT with file and line for what is damaged, AGR_MEMORY. Caller releases in
 * every case. */
agr_status agr_run_record_read(const char *folder, agr_run_record *record, agr_error *err);

/** A zeroed one is accepted. */
void agr_run_record_release(agr_run_record *record);

/** In words, lines for people: the state, the last and the best epoch of each branch and of the total,
 * what the ranks' time went into, what to do next. now_s: seconds since 1970. */
void agr_run_record_words(const agr_run_record *record, double now_s, agr_text *text);

/** All of it. Caller deletes. */
cJSON *agr_run_record_json(const agr_run_record *record);

/** "running", "ended", "stopped", "broken off". */
const char *agr_run_state_name(agr_run_state state);

#endif
