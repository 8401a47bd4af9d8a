/* Who of several processes speaks, and how errors are said. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *running_verb; /* NULL before the command is known */

void cli_speak_as(const char *verb)
{
    running_verb = verb;
}

void cli_say_error(agr_error *err)
{
    if (err->text[0] == '\0')
        return;
    fflush(stdout);
    fprintf(stderr, "agr-mpi%s%s: %s\n", running_verb != NULL ? " " : "",
            running_verb != NULL ? running_verb : "", err->text);
    if (err->hint[0] != '\0')
        fprintf(stderr, "hint: %s\n", err->hint);
    err->text[0] = err->hint[0] = '\0';
}

bool cli_speaks(void)
{
    /* Open MPI; PMIx as such; MPICH and others; srun */
    static const char *const variable[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                           "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof variable / sizeof variable[0]; i++) {
        const char *rank = getenv(variable[i]);
        if (rank != NULL)
            return strcmp(rank, "0") == 0;
    }
    return true;
}
