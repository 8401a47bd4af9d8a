/** What predict prints: a row for each picture or box, for programs or for people. */
#ifndef AGR_CLI_PREDICT_TABLE_H
#define AGR_CLI_PREDICT_TABLE_H

#include "predict_row.h"

#include <agr/report/answer.h>

/** As --format names them; auto is a table on a terminal and TSV elsewhere. */
typedef enum {
    PREDICT_AUTO,
    PREDICT_TABLE,
    PREDICT_TSV,
    PREDICT_CSV,
    PREDICT_JSONL
} predict_format;

/** A head or an ensemble, and what it said of the rows of a batch. */
typedef struct {
    agr_answer answer; /* owned */
    double *said;      /* [rows of a batch, columns of the answer]; owned */
} predict_head;

/** Borrowed from whoever predicts. */
typedef struct {
    predict_format format; /* not auto */
    bool has_boxes;        /* rows tell their box */
    int n_heads;
    const predict_head *head; /* [n_heads] */
} predict_table;

/** Adds what stands above the rows. */
void predict_table_begin(const predict_table *table, agr_text *text);

/** Adds the row that is the i-th of its batch, with its line end. */
void predict_table_add(const predict_table *table, const predict_row *row, int i, agr_text *text);

/** Notes on the row where a number lies outside those that its head was trained on. */
void predict_note_ranges(const predict_table *table, predict_row *row, int i);

/** Adds what a head said of the i-th row, for people: rounded, a number clamped to those that the head
 * was trained on, a class with its probability; with the deviation of an ensemble. */
void predict_say(const predict_head *head, int i, agr_text *text);

/** Adds text with what would upset a terminal or a table ('\n', escapes) as '?'. */
void predict_add_plain(const char *text, agr_text *plain);

#endif
