/**
 * Lines at the bottom of a terminal that are drawn again and again, below others that stay: the only place
 * that knows escape codes.
 *
 * The cursor rests below the lines and is never hidden, so whoever is killed leaves the terminal in order.
 * The size is asked again at each draw. Terminals that break drawn lines anew when they get narrower are
 * followed; on one that cuts them off instead, as many of the lines above are lost as would have been added.
 * What has left at the top of a terminal that gets lower stays there, and so do as many of the lines as
 * somebody else writes meanwhile (mpirun has a line about signals that it forwards).
 */
#ifndef AGR_CLI_SCREEN_H
#define AGR_CLI_SCREEN_H

#include "terminal.h"

#include <agr/base/text.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

enum { SCREEN_MAX_LINES = 32 };

/** Adds the lines to be seen on a terminal of this size: each ended by a newline and narrower than it, fewer
 * than it has rows (0: unknown). */
typedef void cli_screen_layout(void *context, cli_terminal size, agr_text *lines);

typedef struct {
    FILE *stream;
    int fd; /* of the stream */
    cli_screen_layout *layout;
    void *context;
    pthread_mutex_t lock;
    bool takes_talk; /* it would go to the same terminal; talk that does not disturbs nothing */
    int n_drawn;
    int drawn_width[SCREEN_MAX_LINES];
} cli_screen;

/** Nothing is drawn yet. From here on talk (cli_take_talk) stands above the lines, and after they are gone
 * below what was there. stream: stdout or stderr. */
void cli_screen_open(cli_screen *screen, FILE *stream, cli_screen_layout *layout, void *context);

void cli_screen_draw(cli_screen *screen);

/** A line that stays, above the others. */
void cli_screen_say(cli_screen *screen, const char *line);

/** Takes the lines away: what follows begins where they began. */
void cli_screen_close(cli_screen *screen);

#endif
