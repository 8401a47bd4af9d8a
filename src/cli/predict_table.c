/* Rows for programs: TSV, CSV, JSON lines. Rows for people. */
#include "predict_table.h"

#include "columns.h"

#include <agr/data/csv.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double *said_of(const predict_head *head, int i)
{
    return head->said + i * agr_answer_n_columns(&head->answer);
}

/* ---- separated fields ---- */

static void begin_separated(const predict_table *table, char separator, agr_text *text)
{
    agr_text_add(text, "path");
    for (const char *side = "xywh"; table->has_boxes && *side != '\0'; side++)
        agr_text_add(text, "%c%c", separator, *side);
    for (int k = 0; k < table->n_heads; k++)
        agr_answer_add_head(&table->head[k].answer, separator, text);
    agr_text_add(text, "%cnote%cerror\n", separator, separator);
}

static void add_box(const predict_box *box, char separator, agr_text *text)
{
    const int side[4] = {box->x, box->y, box->w, box->h};
    for (int k = 0; k < 4; k++)
        if (box->w > 0)
            agr_text_add(text, "%c%d", separator, side[k]);
        else
            agr_text_add(text, "%c", separator);
}

static void add_separated(const predict_table *table, char separator, const predict_row *row, int i,
                          agr_text *text)
{
    const bool answered = row->status == AGR_OK;
    agr_table_add_field(text, separator, row->path);
    if (table->has_boxes)
        add_box(&row->box, separator, text);
    for (int k = 0; k < table->n_heads; k++)
        agr_answer_add_cells(&table->head[k].answer, separator,
                             answered ? said_of(&table->head[k], i) : NULL, text);
    agr_text_add_bytes(text, &separator, 1);
    if (row->note.length > 0)
        agr_table_add_field(text, separator, row->note.data);
    agr_text_add_bytes(text, &separator, 1);
    if (!answered)
        agr_table_add_field(text, separator, row->err.text);
    agr_text_add(text, "\n");
}

/* ---- JSON ---- */

static void add_member(cJSON *object, const agr_answer *answer, int column, cJSON *value)
{
    agr_text name = {0};
    agr_answer_column(answer, column, &name);
    cJSON_AddItemToObject(object, name.failed ? "" : name.data, value);
    agr_text_release(&name);
}

/* cJSON would leave off the last digits. */
static cJSON *make_number(double value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.17g", value);
    return cJSON_CreateRaw(digits);
}

/* said: NULL where nothing was. */
static void add_answer_members(cJSON *object, const agr_answer *answer, const double *said)
{
    for (int column = 0; column < agr_answer_n_columns(answer); column++) {
        if (said == NULL)
            add_member(object, answer, column, cJSON_CreateNull());
        else if (column == 0 && answer->n_classes > 0)
            add_member(object, answer, 0, cJSON_CreateString(answer->class_name[(int)said[0]]));
        else
            add_member(object, answer, column, make_number(said[column]));
    }
}

static void add_box_members(cJSON *object, const predict_box *box)
{
    const int side[4] = {box->x, box->y, box->w, box->h};
    static const char *const name[] = {"x", "y", "w", "h"};
    for (int k = 0; k < 4; k++)
        cJSON_AddItemToObject(object, name[k],
                              box->w > 0 ? cJSON_CreateNumber(side[k]) : cJSON_CreateNull());
}

static void add_json(const predict_table *table, const predict_row *row, int i, agr_text *text)
{
    const bool answered = row->status == AGR_OK;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "path", row->path);
    if (table->has_boxes)
        add_box_members(object, &row->box);
    for (int k = 0; k < table->n_heads; k++)
        add_answer_members(object, &table->head[k].answer,
                           answered ? said_of(&table->head[k], i) : NULL);
    cJSON_AddItemToObject(object, "note",
                          row->note.length > 0 ? cJSON_CreateString(row->note.data)
                                               : cJSON_CreateNull());
    cJSON_AddItemToObject(object, "error",
                          answered ? cJSON_CreateNull() : cJSON_CreateString(row->err.text));
    char *line = cJSON_PrintUnformatted(object);
    text->failed = text->failed || line == NULL;
    agr_text_add(text, "%s\n", line != NULL ? line : "");
    cJSON_free(line);
    cJSON_Delete(object);
}

/* ---- for people ---- */

static double clamp_number(const agr_answer *answer, double value)
{
    return fmax(fmin(value, answer->high), answer->low); /* of a number and a NaN: the number */
}

void predict_note_ranges(const predict_table *table, predict_row *row, int i)
{
    for (int k = 0; k < table->n_heads; k++) {
        const agr_answer *answer = &table->head[k].answer;
        const double value = said_of(&table->head[k], i)[0];
        if (answer->n_classes == 0 && clamp_number(answer, value) != value)
            predict_row_note(row, "%s is outside the %g to %g of training", answer->name,
                             answer->low, answer->high);
    }
}

/* Whole numbers where those of training spread over many (years), else two places. */
static int places_of(const agr_answer *answer)
{
    enum { WIDE = 20 };
    return answer->high - answer->low < WIDE ? 2 : 0;
}

void predict_say(const predict_head *head, int i, agr_text *text)
{
    const agr_answer *answer = &head->answer;
    const double *said = said_of(head, i);
    if (answer->n_classes == 0) {
        agr_text_add(text, "%.*f", places_of(answer), clamp_number(answer, said[0]));
    } else {
        predict_add_plain(answer->class_name[(int)said[0]], text);
        agr_text_add(text, " %.2f", said[1 + (int)said[0]]);
    }
    if (answer->is_ensemble)
        agr_text_add(text, " +-%.*f", answer->n_classes == 0 ? places_of(answer) + 1 : 2,
                     said[1 + answer->n_classes]);
}

void predict_add_plain(const char *text, agr_text *plain)
{
    for (const char *c = text; *c != '\0'; c++)
        agr_text_add_bytes(plain, (unsigned char)*c < ' ' || *c == 127 ? "?" : c, 1);
}

static int columns_of(const agr_answer *answer)
{
    enum { NUMBER_COLUMNS = 6, PROBABILITY_COLUMNS = 5, SPREAD_COLUMNS = 7 };
    int widest = answer->n_classes == 0 ? NUMBER_COLUMNS : 0;
    for (int c = 0; c < answer->n_classes; c++) {
        const int n = cli_columns(answer->class_name[c]) + PROBABILITY_COLUMNS;
        widest = n > widest ? n : widest;
    }
    widest += answer->is_ensemble ? SPREAD_COLUMNS : 0;
    const int name = cli_columns(answer->name);
    return widest > name ? widest : name;
}

/* Numbers stand right, words left. */
static void add_padded(const agr_answer *answer, const char *cell, agr_text *text)
{
    const int gap = columns_of(answer) - cli_columns(cell);
    const int n_spaces = gap > 0 ? gap : 0;
    if (answer->n_classes == 0)
        agr_text_add(text, "%*s%s  ", n_spaces, "", cell);
    else
        agr_text_add(text, "%s%*s  ", cell, n_spaces, "");
}

static void begin_people(const predict_table *table, agr_text *text)
{
    for (int k = 0; k < table->n_heads; k++)
        add_padded(&table->head[k].answer, table->head[k].answer.name, text);
    agr_text_add(text, "picture\n");
}

static void add_people(const predict_table *table, const predict_row *row, int i, agr_text *text)
{
    for (int k = 0; k < table->n_heads; k++) {
        agr_text cell = {0};
        if (row->status == AGR_OK)
            predict_say(&table->head[k], i, &cell);
        else
            agr_text_add(&cell, "-");
        text->failed = text->failed || cell.failed;
        if (!cell.failed)
            add_padded(&table->head[k].answer, cell.data, text);
        agr_text_release(&cell);
    }
    if (row->status != AGR_OK) { /* which says the path */
        predict_add_plain(row->err.text, text);
        if (row->err.hint[0] != '\0')
            agr_text_add(text, " (%s)", row->err.hint);
        agr_text_add(text, "\n");
        return;
    }
    predict_add_plain(row->path, text);
    if (row->box.w > 0)
        agr_text_add(text, " %d,%d,%d,%d", row->box.x, row->box.y, row->box.w, row->box.h);
    if (row->note.length > 0)
        agr_text_add(text, "  (%s)", row->note.data);
    agr_text_add(text, "\n");
}

/* ---- by format ---- */

void predict_table_begin(const predict_table *table, agr_text *text)
{
    if (table->format == PREDICT_TABLE)
        begin_people(table, text);
    else if (table->format != PREDICT_JSONL)
        begin_separated(table, table->format == PREDICT_CSV ? ',' : '\t', text);
}

void predict_table_add(const predict_table *table, const predict_row *row, int i, agr_text *text)
{
    if (table->format == PREDICT_TABLE)
        add_people(table, row, i, text);
    else if (table->format == PREDICT_JSONL)
        add_json(table, row, i, text);
    else
        add_separated(table, table->format == PREDICT_CSV ? ',' : '\t', row, i, text);
}
