/* Signals that ask for a stop become a flag. */
#include "stop.h"

#include <stddef.h>

static volatile sig_atomic_t stop_is_asked_for;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop_is_asked_for = 1;
}

static void change_mask(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(how, &set, NULL);
}

void cli_hold_stop(void)
{
    change_mask(SIG_BLOCK);
}

const volatile sig_atomic_t *cli_catch_stop(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    change_mask(SIG_UNBLOCK);
    return &stop_is_asked_for;
}
