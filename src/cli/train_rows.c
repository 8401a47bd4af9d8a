/* Lays out how a run stands. */
#include "train_rows.h"

#include "fit.h"

#include <agr/base/duration.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { NAME, BAR, EPOCH, LOSS, METRIC, RATE, LEFT, RANKS, N_COLUMNS };
enum { MAX_ROWS = AGR_PLACEMENT_MAX_BRANCHES + 3 }; /* head line, total, those that are left out */

static const fit_column columns[N_COLUMNS] = {
    [NAME] = {FIT_LEFT, 1, 16, 7},    [BAR] = {FIT_BAR, 6, 26, 4},
    [EPOCH] = {FIT_RIGHT, 5, 15, 5},  [LOSS] = {FIT_RIGHT, 7, 12, 2},
    [METRIC] = {FIT_RIGHT, 6, 24, 3}, [RATE] = {FIT_RIGHT, 8, 8, 1},
    [LEFT] = {FIT_RIGHT, 6, 14, 6},   [RANKS] = {FIT_RIGHT, 5, 5, 0},
};

typedef struct {
    int n;
    fit_row row[MAX_ROWS];
} table;

#define SET(cell, ...) snprintf((cell).text, sizeof(cell).text, __VA_ARGS__)

static void add_head_line(table *t)
{
    static const char *const title[N_COLUMNS] = {"branch", " ",        "epoch", "loss",
                                                 "metric", "images/s", "left",  "ranks"};
    for (int c = 0; c < N_COLUMNS; c++)
        SET(t->row[t->n][c], "%s", title[c]);
    t->n++;
}

static void set_rate(fit_cell *cell, const agr_standing *standing)
{
    if (standing->has_ended)
        return;
    if (standing->validates)
        SET(*cell, "judging");
    else if (standing->images_per_s > 0)
        SET(*cell, standing->images_per_s < 10 ? "%.1f" : "%.0f", standing->images_per_s);
}

static void add_standing(table *t, const agr_standing *standing)
{
    char left[AGR_DURATION_BYTES];
    fit_cell *cell = t->row[t->n++];
    SET(cell[NAME], "%s", standing->name);
    cell[BAR].done = standing->done;
    SET(cell[EPOCH], "%lld/%lld", (long long)standing->epoch, (long long)standing->n_epochs);
    if (!isnan(standing->loss))
        SET(cell[LOSS], "%.4g", standing->loss);
    if (!isnan(standing->value) && standing->metric != NULL)
        SET(cell[METRIC], "%s %.4g", standing->metric, standing->value);
    set_rate(&cell[RATE], standing);
    SET(cell[LEFT], "%s", standing->has_ended ? "done" : agr_duration_text(standing->left_s, left));
    SET(cell[RANKS], "%d", standing->n_ranks);
}

/* Those that train come first where there is no room for all. */
static void add_some(table *t, const agr_outlook *outlook, int n_wanted)
{
    bool is_chosen[AGR_PLACEMENT_MAX_BRANCHES] = {false};
    int n_left = n_wanted;
    for (int ended = 0; ended < 2; ended++)
        for (int b = 0; b < outlook->n_branches && n_left > 0; b++)
            if (outlook->branch[b].has_ended == (ended == 1)) {
                is_chosen[b] = true;
                n_left--;
            }
    for (int b = 0; b < outlook->n_branches; b++)
        if (is_chosen[b])
            add_standing(t, &outlook->branch[b]);
    if (n_wanted == outlook->n_branches)
        return;
    SET(t->row[t->n][BAR], " ");
    SET(t->row[t->n++][NAME], "and %d more", outlook->n_branches - n_wanted);
}

/* How many branches fit between head line and total; one row more says how many do not. */
static int n_branches_that_fit(const agr_outlook *outlook, int n_rows)
{
    const int room = n_rows - 3; /* head line, total, and the cursor's own */
    if (n_rows == 0 || outlook->n_branches <= room)
        return outlook->n_branches;
    return room > 1 ? room - 1 : 0;
}

void cli_train_rows(const agr_outlook *outlook, cli_terminal size, agr_text *lines)
{
    enum { FEWEST_ROWS = 4 };
    table t = {0};
    if (size.rows == 0 || size.rows >= FEWEST_ROWS) {
        add_head_line(&t);
        add_some(&t, outlook, n_branches_that_fit(outlook, size.rows));
    }
    if (outlook->n_branches > 1)
        add_standing(&t, &outlook->total);
    cli_fit(columns, N_COLUMNS, (const fit_row *)t.row, t.n, size.columns - 1, lines);
}
