/**
 * What train shows on stdout: lines that stay, and on a terminal rows below them that tell how the run
 * stands.
 */
#ifndef AGR_CLI_TRAIN_DISPLAY_H
#define AGR_CLI_TRAIN_DISPLAY_H

#include "screen.h"

#include <agr/train/run.h>

/** As --progress names them; auto is live on a terminal and plain elsewhere. */
typedef enum { DISPLAY_AUTO, DISPLAY_LIVE, DISPLAY_PLAIN, DISPLAY_NONE } display_kind;

typedef struct {
    bool says_lines;
    bool is_live;
    agr_outlook outlook; /* the last; no branches: none yet */
    cli_screen screen;   /* of a live one */
} train_display;

/** The display stays where it is until its end. */
void train_display_begin(train_display *display, display_kind kind);

/** An agr_run_line and an agr_run_watch; context is the display. */
void train_display_line(void *context, const char *line);
void train_display_watch(void *context, const agr_outlook *outlook);

/** Clears the rows. */
void train_display_end(train_display *display);

#endif
