/** A line on the terminal that tells how far a long piece of work is. */
#ifndef AGR_CLI_PROGRESS_H
#define AGR_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/** Whether somebody looks at this stream (STDOUT_FILENO, STDERR_FILENO), and how wide it is for
 * him: columns, or 0. Under mpirun a rank's own streams are pipes: mpirun's are what counts. */
int cli_terminal_columns(int stream);

typedef struct {
    const char *unit; /* "images" */
    bool shown;       /* false: every call does nothing */
    bool drawn;       /* something stands on the line */
    double begin_s, drawn_s;
} cli_progress;

/** Shown on rank 0 with a terminal, else silent. */
cli_progress cli_progress_begin(const char *unit, int rank);

/** Draws bar, rate and time left, at most five times a second. */
void cli_progress_update(cli_progress *progress, int64_t n_done, int64_t n_all);

/** Clears the line, so that what follows begins on a clean one. */
void cli_progress_end(cli_progress *progress);

#endif
