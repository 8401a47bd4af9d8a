#include "progress.h"

#include <agr/base/clock.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR_CELLS = 24 };
static const double redraw_s = 0.2;

bool cli_stderr_is_terminal(void)
{
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return isatty(STDERR_FILENO) != 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
    const int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    const bool is_terminal = isatty(fd) != 0;
    close(fd);
    return is_terminal;
}

cli_progress cli_progress_begin(const char *unit, int rank)
{
    const double now_s = agr_clock_s();
    return (cli_progress){.unit = unit,
                          .shown = rank == 0 && cli_stderr_is_terminal(),
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
