/* Asks for the size of the terminal. */
#include "terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static cli_terminal terminal_of(int fd)
{
    enum { USUAL_COLUMNS = 80 };
    struct winsize size;
    if (!isatty(fd))
        return (cli_terminal){0};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return (cli_terminal){.columns = USUAL_COLUMNS};
    return (cli_terminal){.columns = size.ws_col, .rows = size.ws_row};
}

cli_terminal cli_terminal_now(int stream)
{
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return terminal_of(stream);
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getppid(), stream);
    const int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return (cli_terminal){0};
    const cli_terminal terminal = terminal_of(fd);
    close(fd);
    return terminal;
}
