/**
 * What train shows on stdout: lines that stay, and on a terminal one line below them that tells how
 * far each branch is.
 */
#ifndef AGR_CLI_TRAIN_DISPLAY_H
#define AGR_CLI_TRAIN_DISPLAY_H

#include <agr/comm/placement.h>
#include <agr/train/run.h>

/** As --progress names them; auto is live on a terminal and plain elsewhere. */
typedef enum { DISPLAY_AUTO, DISPLAY_LIVE, DISPLAY_PLAIN, DISPLAY_NONE } display_kind;

typedef struct {
    bool says_lines;
    int columns; /* of the terminal; 0: no live line */
    bool is_drawn;
    struct {
        char name[32];
        agr_pace pace;
        double heard_s; /* 0: never */
    } branch[AGR_PLACEMENT_MAX_BRANCHES];
} train_display;

train_display train_display_begin(display_kind kind);

/** An agr_run_line and an agr_run_pace; context is the display. */
void train_display_line(void *context, const char *line);
void train_display_pace(void *context, const char *branch, const agr_pace *pace);

/** Clears the live line. */
void train_display_end(train_display *display);

#endif
