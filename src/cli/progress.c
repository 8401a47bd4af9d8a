/* A line on the terminal that tells how far a count is. */
#include "progress.h"

#include "fit.h"

#include <agr/base/clock.h>
#include <agr/base/duration.h>
#include <unistd.h>

static const double redraw_s = 0.2;

void cli_progress_line(void *context, cli_terminal size, agr_text *lines)
{
    enum { BAR, COUNT, RATE, LEFT, N_COLUMNS };
    static const fit_column columns[N_COLUMNS] = {
        [BAR] = {FIT_BAR, 6, 26, 2},
        [COUNT] = {FIT_LEFT, 1, 48, 3},
        [RATE] = {FIT_LEFT, 1, 12, 0},
        [LEFT] = {FIT_LEFT, 1, 20, 1},
    };
    const cli_progress *p = context;
    const double rate = (double)p->n_done / (p->drawn_s - p->begin_s);
    char left[AGR_DURATION_BYTES];
    fit_row row = {0};
    row[BAR].done = (double)p->n_done / (double)p->n_all;
    snprintf(row[COUNT].text, FIT_CELL_BYTES, "%lld of %lld %s", (long long)p->n_done,
             (long long)p->n_all, p->unit);
    snprintf(row[RATE].text, FIT_CELL_BYTES, "%.0f/s", rate);
    snprintf(row[LEFT].text, FIT_CELL_BYTES, "%s left",
             agr_duration_text((double)(p->n_all - p->n_done) / rate, left));
    cli_fit(columns, N_COLUMNS, (const fit_row *)&row, 1, size.columns - 1, lines);
}

void cli_progress_begin(cli_progress *progress, const char *unit, int rank)
{
    const double now_s = agr_clock_s();
    *progress = (cli_progress){.unit = unit,
                               .shown = rank == 0 && cli_terminal_now(STDERR_FILENO).columns > 0,
                               .begin_s = now_s,
                               .drawn_s = now_s};
}

void cli_progress_update(cli_progress *progress, int64_t n_done, int64_t n_all)
{
    const double now_s = agr_clock_s();
    if (!progress->shown || n_done <= 0 || now_s - progress->drawn_s < redraw_s)
        return;
    if (progress->n_done == 0)
        cli_screen_open(&progress->screen, stderr, cli_progress_line, progress);
    progress->drawn_s = now_s;
    progress->n_done = n_done;
    progress->n_all = n_all;
    cli_screen_draw(&progress->screen);
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->n_done > 0)
        cli_screen_close(&progress->screen);
    progress->n_done = 0;
}
