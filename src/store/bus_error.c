/* What a process says, and how it ends, when pictures that it has mapped cannot be read any more. */
#include "bus_error_impl.h"

#include <agr/store/dataset.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WATCHED = 16 };

/* The signal handler may look at nothing else. */
static _Atomic(const bus_error_mapping *) watched[MAX_WATCHED];
static char rank_text[32] = "0";
static void (*end_process)(void);
static struct sigaction previous_action;

/* Puts `to` where `from` is. */
static void exchange(const bus_error_mapping *from, const bus_error_mapping *to)
{
    for (int i = 0; i < MAX_WATCHED; i++) {
        const bus_error_mapping *expected = from;
        if (atomic_compare_exchange_strong(&watched[i], &expected, to))
            return;
    }
}

void bus_error_watch(const bus_error_mapping *mapping)
{
    exchange(NULL, mapping);
}

void bus_error_unwatch(const bus_error_mapping *mapping)
{
    exchange(mapping, NULL);
}

static const bus_error_mapping *find(uintptr_t address)
{
    for (int i = 0; i < MAX_WATCHED; i++) {
        const bus_error_mapping *mapping = atomic_load(&watched[i]);
        if (mapping != NULL && address >= (uintptr_t)mapping->begin &&
            address - (uintptr_t)mapping->begin < mapping->size_bytes)
            return mapping;
    }
    return NULL;
}

/* One write, so that the lines of several ranks do not mix. */
static void say(const bus_error_mapping *mapping)
{
    static char text[AGR_PATH_BYTES + 256];
    const char *const parts[] = {
        "agr-mpi: rank ", rank_text, ": dataset '", mapping->path,
        "': cannot read pictures: the file was cut short or its disk "
        "failed\nhint: put it back; a run goes on from its last checkpoint "
        "with --resume\n"};
    size_t length = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *c = parts[i]; *c != '\0' && length < sizeof text; c++)
            text[length++] = *c;
    const ssize_t written = write(STDERR_FILENO, text, length);
    (void)written; /* nowhere left to complain */
}

/* The process cannot go on, and asks nobody: the launcher ends the other ranks. */
static void end_on_bus_error(int signal_number, siginfo_t *info, void *context)
{
    static atomic_flag has_spoken = ATOMIC_FLAG_INIT;
    (void)context;
    const int saved_errno = errno;
    const bus_error_mapping *mapping = find((uintptr_t)info->si_addr);
    if (mapping != NULL) {
        if (!atomic_flag_test_and_set(&has_spoken)) { /* of several threads, one */
            say(mapping);
            end_process();
        }
        for (;;)
            pause();
    }
    /* Returning repeats the access; then whoever handled the signal before us gets it. */
    sigaction(signal_number, &previous_action, NULL);
    errno = saved_errno;
}

void agr_dataset_install_bus_handler(int rank, void (*end)(void))
{
    end_process = end;
    snprintf(rank_text, sizeof rank_text, "%d", rank);
    struct sigaction action = {.sa_sigaction = end_on_bus_error, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    struct sigaction current;
    sigaction(SIGBUS, &action, &current);
    if ((current.sa_flags & SA_SIGINFO) == 0 || current.sa_sigaction != end_on_bus_error)
        previous_action = current;
}
