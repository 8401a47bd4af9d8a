/* Draws lines over what was drawn before. */
#include "screen.h"

#include "cli.h"

#include <string.h>
#include <unistd.h>

#define ERASE "\033[J" /* from here to the end of the screen */
#define UP "\033[%dA"
#define CUT_LINES "\033[?7l" /* that are too wide, instead of breaking them */
#define BREAK_LINES "\033[?7h"

/* Of a stream that is no terminal, when somebody wants to see this nevertheless. */
static cli_terminal size_of(const cli_screen *screen)
{
    enum { USUAL_COLUMNS = 80 };
    const cli_terminal terminal = cli_terminal_now(screen->fd);
    return terminal.columns > 0 ? terminal : (cli_terminal){.columns = USUAL_COLUMNS};
}

/* Erases the drawn lines. A line that is wider than the terminal is now takes several rows. So they do
 * together when some were drawn after the terminal had become narrower, but before that was known: those were
 * cut, and what they did not cover of the rows before stands above them. Whole rows are erased: of one that is
 * only written over a terminal may remember that it went on in the next. */
static void take_back(cli_screen *screen, int columns, agr_text *out)
{
    int n_rows = 0;
    for (int i = 0; i < screen->n_drawn; i++)
        n_rows +=
            screen->drawn_width[i] > columns ? (screen->drawn_width[i] + columns - 1) / columns : 1;
    if (n_rows > 0)
        agr_text_add(out, "\r" UP ERASE, n_rows);
}

static void add_lines(cli_screen *screen, const char *lines, agr_text *out)
{
    screen->n_drawn = 0;
    agr_text_add(out, CUT_LINES);
    while (*lines != '\0' && screen->n_drawn < SCREEN_MAX_LINES) {
        const int width = (int)strcspn(lines, "\n");
        agr_text_add(out, "%.*s\n", width, lines);
        screen->drawn_width[screen->n_drawn++] = width;
        lines += width + (lines[width] == '\n');
    }
    agr_text_add(out, BREAK_LINES);
}

/* In one piece: nobody sees half of it, and no other line comes between. */
static void show(cli_screen *screen, agr_text *out)
{
    if (!out->failed && out->length > 0) {
        fwrite(out->data, 1, out->length, screen->stream);
        fflush(screen->stream);
    }
    agr_text_release(out);
}

/* said: NULL, or what comes above the lines. */
static void draw(cli_screen *screen, const char *said)
{
    agr_text out = {0}, lines = {0};
    const cli_terminal size = size_of(screen);
    pthread_mutex_lock(&screen->lock);
    screen->layout(screen->context, size, &lines);
    take_back(screen, size.columns, &out);
    if (said != NULL)
        agr_text_add(&out, "%s\n", said);
    if (lines.length > 0)
        add_lines(screen, lines.data, &out);
    show(screen, &out);
    pthread_mutex_unlock(&screen->lock);
    agr_text_release(&lines);
}

static void say_talk(void *context, const char *line)
{
    draw(context, line);
}

/* Behind the rows, on the same way to the terminal: mpirun may show stderr before what was written to stdout
 * earlier, and the lines that are taken away would not be where they are thought to be. */
static void say_after_all(void *context, const char *line)
{
    FILE *stream = context;
    fprintf(stream, "%s\n", line);
    fflush(stream);
}

void cli_screen_open(cli_screen *screen, FILE *stream, cli_screen_layout *layout, void *context)
{
    *screen = (cli_screen){.stream = stream,
                           .fd = fileno(stream),
                           .layout = layout,
                           .context = context,
                           .lock = PTHREAD_MUTEX_INITIALIZER};
    screen->takes_talk = cli_terminal_now(STDERR_FILENO).columns > 0;
    if (screen->takes_talk)
        cli_take_talk(say_talk, screen);
}

void cli_screen_draw(cli_screen *screen)
{
    draw(screen, NULL);
}

void cli_screen_say(cli_screen *screen, const char *line)
{
    draw(screen, line);
}

void cli_screen_close(cli_screen *screen)
{
    agr_text out = {0};
    if (screen->takes_talk)
        cli_take_talk(say_after_all, screen->stream);
    take_back(screen, size_of(screen).columns, &out);
    screen->n_drawn = 0;
    show(screen, &out);
}
