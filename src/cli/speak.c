/* Who of several processes speaks, and how errors are said. */
#include "cli.h"

#include <agr/base/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *running_verb; /* NULL before the command is known */

void cli_speak_as(const char *verb)
{
    running_verb = verb;
}

static void write_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static struct {
    cli_talk_taker *take;
    void *context;
} talk = {.take = write_line};

static void say(agr_text *line, const char *otherwise)
{
    talk.take(talk.context, line->failed ? otherwise : line->data);
    agr_text_release(line);
}

static void write_log(void *context, agr_log_level level, const char *message)
{
    static const char *const prefix[] = {
        [AGR_LOG_DEBUG] = "",
        [AGR_LOG_INFO] = "",
        [AGR_LOG_WARNING] = "agr-mpi: warning: ",
        [AGR_LOG_ERROR] = "agr-mpi: error: ",
    };
    (void)context;
    agr_text line = {0};
    agr_text_add(&line, "%s%s", prefix[level], message);
    say(&line, message);
}

void cli_take_talk(cli_talk_taker *taker, void *context)
{
    agr_log_set_sink(NULL, NULL, AGR_LOG_INFO); /* nobody is inside write_log() from here on */
    talk.take = taker != NULL ? taker : write_line;
    talk.context = context;
    agr_log_set_sink(write_log, NULL, AGR_LOG_INFO);
}

void cli_say_error(agr_error *err)
{
    agr_text line = {0}, hint = {0};
    if (err->text[0] == '\0')
        return;
    fflush(stdout);
    agr_text_add(&line, "agr-mpi%s%s: %s", running_verb != NULL ? " " : "",
                 running_verb != NULL ? running_verb : "", err->text);
    say(&line, err->text);
    agr_text_add(&hint, "hint: %s", err->hint);
    if (err->hint[0] != '\0')
        say(&hint, err->hint);
    agr_text_release(&hint);
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
