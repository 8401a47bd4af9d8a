/* Chooses columns and widths, and sets the rows. */
#include "fit.h"

#include <string.h>

enum { GAP = 2 };

typedef struct {
    const fit_column *column;
    int n_columns;
    int width[FIT_MAX_COLUMNS]; /* 0: left out */
} fit_plan;

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int natural_width(const fit_column *column, int c, const fit_row *row, int n_rows)
{
    int width = column->least;
    for (int r = 0; r < n_rows && column->kind != FIT_BAR; r++)
        width = at_least(width, (int)strlen(row[r][c].text));
    return at_most(width, column->most);
}

static int total_width(const fit_plan *plan)
{
    int total = -GAP;
    for (int c = 0; c < plan->n_columns; c++)
        total += plan->width[c] > 0 ? plan->width[c] + GAP : 0;
    return total;
}

/* The column to go first; -1 when only one is left. */
static int least_worth(const fit_plan *plan)
{
    int least = -1, n_shown = 0;
    for (int c = 0; c < plan->n_columns; c++) {
        if (plan->width[c] == 0)
            continue;
        n_shown++;
        if (least < 0 || plan->column[c].worth < plan->column[least].worth)
            least = c;
    }
    return n_shown > 1 ? least : -1;
}

static void leave_out(fit_plan *plan, int width)
{
    int c;
    while (total_width(plan) > width && (c = least_worth(plan)) >= 0)
        plan->width[c] = 0;
    for (c = 0; c < plan->n_columns && total_width(plan) > width; c++)
        plan->width[c] = at_least(0, at_most(plan->width[c], width));
}

static void grow_bars(fit_plan *plan, int width)
{
    for (int c = 0; c < plan->n_columns; c++)
        if (plan->column[c].kind == FIT_BAR && plan->width[c] > 0)
            plan->width[c] =
                at_most(plan->column[c].most, plan->width[c] + width - total_width(plan));
}

static void add_bar(agr_text *line, double done, int width)
{
    const int n_cells = width - 2, n_filled = (int)(done * n_cells + 1e-9);
    agr_text_add(line, "[");
    for (int i = 0; i < n_cells; i++)
        agr_text_add(line, "%c", i < n_filled ? '#' : '.');
    agr_text_add(line, "]");
}

static void add_cell(agr_text *line, const fit_column *column, const fit_cell *cell, int width)
{
    const int length = (int)strlen(cell->text);
    if (column->kind == FIT_BAR && length == 0)
        add_bar(line, cell->done, width);
    else if (length > width)
        agr_text_add(line, "%.*s~", width - 1, cell->text);
    else
        agr_text_add(line, "%*s", column->kind == FIT_RIGHT ? width : -width, cell->text);
}

static void add_row(const fit_plan *plan, const fit_cell *cell, agr_text *lines)
{
    agr_text line = {0};
    for (int c = 0; c < plan->n_columns; c++) {
        if (plan->width[c] == 0)
            continue;
        if (line.length > 0)
            agr_text_add(&line, "%*s", GAP, "");
        add_cell(&line, &plan->column[c], &cell[c], plan->width[c]);
    }
    size_t length = line.length;
    while (length > 0 && line.data[length - 1] == ' ')
        length--;
    agr_text_add_bytes(lines, length > 0 ? line.data : "", length);
    agr_text_add(lines, "\n");
    lines->failed = lines->failed || line.failed;
    agr_text_release(&line);
}

void cli_fit(const fit_column *column, int n_columns, const fit_row *row, int n_rows, int width,
             agr_text *lines)
{
    fit_plan plan = {.column = column, .n_columns = n_columns};
    for (int c = 0; c < n_columns; c++)
        plan.width[c] = natural_width(&column[c], c, row, n_rows);
    leave_out(&plan, width);
    grow_bars(&plan, width);
    for (int r = 0; r < n_rows; r++)
        add_row(&plan, row[r], lines);
}
