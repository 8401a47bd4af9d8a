/**
 * What every command shares.
 *
 * A command is one file cmd_<verb>.c, found by the build, that defines
 *
 *     agr_status cmd_<verb>(int argc, char **argv, agr_error *err);
 *
 * and one row in commands.def. It reads its arguments with cli_parse(), prints results on stdout
 * and talk through the log, and returns its status; main() prints the error once and makes the exit
 * code: 0, 2 for AGR_USAGE, 75 for AGR_STOPPED, 1 for everything else.
 *
 * A command runs once in a process. Its options and its state hold whole configurations, tens of
 * kilobytes, so they are static and not on the stack.
 *
 * A command that starts the world does so after cli_parse(), with everything that can fail on one
 * rank alone (files!) after the start, and ends with one verdict for all ranks: the rank that is to
 * speak returns with err->text, the others return the same status with an empty text.
 */
#ifndef AGR_CLI_CLI_H
#define AGR_CLI_CLI_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <cjson/cJSON.h>
#include <stdbool.h>

/** argv[0..argc) is what follows the verb. */
typedef agr_status cli_command_function(int argc, char **argv, agr_error *err);

/** How a command runs, one row in commands.def. */
typedef enum {
    CLI_ALONE,    /* one process does the work; under mpirun the other ranks have nothing to do */
    CLI_WORLD,    /* every rank takes part; does not multiply matrices */
    CLI_COMPUTES, /* every rank takes part and runs kernels, which are chosen before it begins */
} cli_command_kind;

typedef struct {
    const char *verb;
    cli_command_kind kind;
    const char *help; /* one line */
    cli_command_function *run;
} cli_command;

#define COMMAND(verb, kind, help) cli_command_function cmd_##verb;
#include "commands.def"
#undef COMMAND

/** From now on errors begin with this command's name; kept, not copied. */
void cli_speak_as(const char *verb);

/** Prints "agr-mpi <verb>: <text>" and the hint where talk goes, once: err has no words afterwards, and
 * without words nothing is printed. */
void cli_say_error(agr_error *err);

/** Receives one line of talk: a message of the log or an error, as people read it. Must not log. */
typedef void cli_talk_taker(void *context, const char *line);

/** From now on talk goes there; NULL: to stderr, as at the start of the program. */
void cli_take_talk(cli_talk_taker *taker, void *context);

/** Does this process speak for all before the world is started? True for the launcher's rank 0 and
 * for a process without launcher. */
bool cli_speaks(void);

/** Prints the object on stdout and releases it. AGR_MEMORY. */
agr_status cli_print_json(cJSON *root, agr_error *err);

/** Prints the text on stdout and releases it. AGR_MEMORY when it is not whole. */
agr_status cli_print_text(agr_text *text, agr_error *err);

/** Writes the text, which is not empty, to a file, or prints it where path is "-"; releases it. Errors
 * as agr_file_write(), AGR_MEMORY when it is not whole. */
agr_status cli_write_text(agr_text *text, const char *path, agr_error *err);

/** The FILE of -o where what was trained must not be lost to it: it was given (AGR_USAGE, with the example
 * as hint) and nothing is there yet (AGR_INPUT). */
agr_status cli_check_new_file(const char *path, const char *example, agr_error *err);

#endif
