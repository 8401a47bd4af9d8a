/* A line on the terminal that tells how far a count is. */
#include "progress.h"

#include <agr/base/clock.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_CELLS = 24 };
static const double redraw_s = 0.2;

static int columns_of(int fd)
{
    enum { USUAL_COLUMNS = 80 };
    struct winsize size;
    if (!isatty(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

int cli_terminal_columns(int stream)
{
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return columns_of(stream);
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getppid(), stream);
    const int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return 0;
    const int columns = columns_of(fd);
    close(fd);
    return columns;
}

cli_progress cli_progress_begin(const char *unit, int rank)
{
    const double now_s = agr_clock_s();
    return (cli_progress){.unit = unit,
                          .shown = rank == 0 && cli_terminal_columns(STDERR_FILENO) > 0,
                          .begin_s = now_s,
                          .drawn_s = now_s};
}

void cli_progress_update(cli_progress *progress, int64_t n_done, int64_t n_all)
{
    const double now_s = agr_clock_s();
    if (!progress->shown || n_done <= 0 || now_s - progress->drawn_s < redraw_s)
        return;
    const double rate = (double)n_done / (now_s - progress->begin_s);
    char bar[BAR_CELLS + 1];
    const int n_filled = (int)(BAR_CELLS * n_done / n_all);
    memset(bar, '#', (size_t)n_filled);
    memset(bar + n_filled, '.', (size_t)(BAR_CELLS - n_filled));
    bar[BAR_CELLS] = '\0';
    fprintf(stderr, "\r[%s] %lld of %lld %s, %.0f/s, %.0f s left \033[K", bar, (long long)n_done,
            (long long)n_all, progress->unit, rate, (double)(n_all - n_done) / rate);
    fflush(stderr);
    progress->drawn = true;
    progress->drawn_s = now_s;
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
