/** A line on the terminal that tells how far a long piece of work is. */
#ifndef AGR_CLI_PROGRESS_H
#define AGR_CLI_PROGRESS_H

#include "screen.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *unit; /* "images" */
    bool shown;       /* false: every call does nothing */
    double begin_s, drawn_s;
    int64_t n_done, n_all;
    cli_screen screen; /* of one that is shown */
} cli_progress;

/** Shown on rank 0 with a terminal, else silent. It stays where it is until its end. */
void cli_progress_begin(cli_progress *progress, const char *unit, int rank);

/** Draws bar, rate and time left, at most five times a second. */
void cli_progress_update(cli_progress *progress, int64_t n_done, int64_t n_all);

/** Clears the line, so that what follows begins on a clean one. */
void cli_progress_end(cli_progress *progress);

/** The line as of the last update, fitted into a terminal: a cli_screen_layout. */
void cli_progress_line(void *context, cli_terminal size, agr_text *lines);

#endif
