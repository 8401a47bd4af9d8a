/** The terminal that somebody looks at, if there is one. */
#ifndef AGR_CLI_TERMINAL_H
#define AGR_CLI_TERMINAL_H

typedef struct {
    int columns; /* 0: nobody looks */
    int rows;    /* 0: unknown */
} cli_terminal;

/** How large the terminal of this stream (STDOUT_FILENO, STDERR_FILENO) is now. Under mpirun a rank's own
 * streams are pipes: mpirun's are what counts. */
cli_terminal cli_terminal_now(int stream);

#endif
