/* What train shows: lines that stay, and rows below them that move. */
#include "train_display.h"

#include "train_rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void lay_out(void *context, cli_terminal size, agr_text *lines)
{
    const train_display *display = context;
    if (display->outlook.n_branches > 0)
        cli_train_rows(&display->outlook, size, lines);
}

static bool is_live(display_kind kind)
{
    const char *terminal = getenv("TERM");
    if (kind != DISPLAY_AUTO)
        return kind == DISPLAY_LIVE;
    return cli_terminal_now(STDOUT_FILENO).columns > 0 && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

void train_display_begin(train_display *display, display_kind kind)
{
    *display = (train_display){.says_lines = kind != DISPLAY_NONE, .is_live = is_live(kind)};
    if (display->is_live)
        cli_screen_open(&display->screen, stdout, lay_out, display);
}

void train_display_line(void *context, const char *line)
{
    train_display *display = context;
    if (display->is_live) {
        cli_screen_say(&display->screen, line);
    } else if (display->says_lines) {
        printf("%s\n", line);
        fflush(stdout);
    }
}

void train_display_watch(void *context, const agr_outlook *outlook)
{
    train_display *display = context;
    display->outlook = *outlook;
    if (display->is_live)
        cli_screen_draw(&display->screen);
}

void train_display_end(train_display *display)
{
    if (display->is_live)
        cli_screen_close(&display->screen);
    display->is_live = false;
}
