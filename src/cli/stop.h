/**
 * Requests to stop: SIGUSR1 from a batch system or through mpirun, SIGINT and SIGTERM in a process
 * without a launcher. mpirun answers INT and TERM itself by killing its ranks a second later, so
 * there is time for a short step at most and for nothing otherwise.
 */
#ifndef AGR_CLI_STOP_H
#define AGR_CLI_STOP_H

#include <signal.h>

/** From now on SIGUSR1 waits for cli_catch_stop(): a program that is still starting does not die of
 * it. For a command that never calls
 * cli_catch_stop() the signal has no meaning. */
void cli_hold_stop(void);

/** Catches the three signals; a request only sets the flag returned, which is 0 or 1. */
const volatile sig_atomic_t *cli_catch_stop(void);

#endif
