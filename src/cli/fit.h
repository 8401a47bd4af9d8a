/** Fits a table into so many columns of a terminal: what has no room is left out, nothing is wrapped. Pure. */
#ifndef AGR_CLI_FIT_H
#define AGR_CLI_FIT_H

#include <agr/base/text.h>

enum { FIT_MAX_COLUMNS = 8, FIT_CELL_BYTES = 72 };

typedef enum { FIT_LEFT, FIT_RIGHT, FIT_BAR } fit_kind;

typedef struct {
    fit_kind kind;
    int least, most; /* width; a longer text is cut and marked; a bar takes what there is */
    int worth;       /* where there is no room the column of least worth goes first */
} fit_column;

typedef struct {
    char text
        [FIT_CELL_BYTES]; /* ASCII; "" in a bar's column draws the bar, anything else stands there */
    double done;          /* of the bar, 0 .. 1 */
} fit_cell;

typedef fit_cell fit_row[FIT_MAX_COLUMNS];

/** Adds a line a row to `lines`, each ended by a newline and at most `width` wide without it. */
void cli_fit(const fit_column *column, int n_columns, const fit_row *row, int n_rows, int width,
             agr_text *lines);

#endif
