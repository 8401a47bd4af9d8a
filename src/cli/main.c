/* The program: finds the command, runs it, says its error, makes the exit code. */
#include "cli.h"
#include "help.h"
#include "stop.h"
#include "version.h"

#include <agr/base/parse.h>
#include <agr/kernels/isa.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cli_command commands[] = {
#define COMMAND(verb, kind, help) {#verb, CLI_##kind, help, cmd_##verb},
#include "commands.def"
#undef COMMAND
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(help_form form)
{
    help_command command[N_COMMANDS];
    for (int i = 0; i < N_COMMANDS; i++)
        command[i] = (help_command){commands[i].verb, commands[i].help};
    help_print_program(command, N_COMMANDS, form);
}

static const cli_command *find_command(const char *verb, agr_error *err)
{
    agr_nearest nearest = {.word = verb};
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].verb, verb) == 0)
            return &commands[i];
        agr_nearest_offer(&nearest, commands[i].verb);
    }
    agr_error_set(err, AGR_USAGE, "unknown command '%s'", verb);
    if (nearest.found != NULL)
        agr_error_hint(err, "did you mean 'agr-mpi %s'?", nearest.found);
    else
        agr_error_hint(err, "'agr-mpi --help' lists the commands");
    return NULL;
}

/* A result that could not be written is a failure, however well it was computed. */
static agr_status close_stdout(agr_error *err)
{
    errno = 0;
    const bool had_failed = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !had_failed)
        return AGR_OK;
    if (errno != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot write to standard output");
    return agr_error_set(err, AGR_IO, "cannot write to standard output");
}

static agr_status run_command(const cli_command *command, int argc, char **argv, agr_error *err)
{
    if (command->kind == CLI_ALONE && !cli_speaks())
        return AGR_OK;
    if (command->kind == CLI_COMPUTES) {
        agr_isa isa;
        AGR_TRY(agr_isa_choose(&isa, err));
        agr_kernels_select(isa);
    }
    AGR_TRY(command->run(argc - 2, argv + 2, err));
    return close_stdout(err);
}

static bool asks_about_program(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
           strncmp(word, "--help=", strlen("--help=")) == 0 || strcmp(word, "--version") == 0;
}

static agr_status answer_about_program(int argc, char **argv, agr_error *err)
{
    help_form form;
    const char *word = strchr(argv[1], '=');
    AGR_TRY(help_form_find(word != NULL ? word + 1 : NULL, &form, err));
    if (!cli_speaks())
        return AGR_OK;
    if (strcmp(argv[1], "--version") == 0)
        AGR_TRY(version_print(argc > 2 && strcmp(argv[2], "--verbose") == 0, err));
    else
        print_help(form);
    return close_stdout(err);
}

static agr_status run(int argc, char **argv, agr_error *err)
{
    if (argc < 2) {
        agr_error_set(err, AGR_USAGE, "expected a command");
        return agr_error_hint(err, "'agr-mpi --help' lists the commands");
    }
    if (asks_about_program(argv[1]))
        return answer_about_program(argc, argv, err);
    const cli_command *command = find_command(argv[1], err);
    if (command == NULL)
        return AGR_USAGE;
    cli_speak_as(command->verb);
    return run_command(command, argc, argv, err);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* past a file-size limit write() shall fail, not kill */
    cli_hold_stop();
    cli_take_talk(NULL, NULL);
    agr_error err = {0};
    const agr_status status = run(argc, argv, &err);
    /* A mistake in the call: every rank was started with it, one says so. */
    if (status != AGR_OK && (status != AGR_USAGE || cli_speaks()))
        cli_say_error(&err);
    return agr_exit_code(status);
}
