/* The help of commands in three forms, all from the tables of options. */
#include "help.h"

#include <stdio.h>
#include <string.h>

enum { HELP_INDENT = 28, HELP_WIDTH = 90 };

static const char exit_codes[] =
    "0 done, 1 failed, 2 used wrongly, 75 stopped on request (go on with --resume)";

const cli_option cli_help_option = {
    .name = "help", .letter = 'h', .type = CLI_FLAG, .help = "print this text"};

agr_status help_form_find(const char *word, help_form *form, agr_error *err)
{
    static const char *const name[] = {[HELP_MAN] = "man", [HELP_WORDS] = "words"};
    *form = HELP_TEXT;
    if (word == NULL)
        return AGR_OK;
    for (*form = HELP_MAN; *form <= HELP_WORDS; (*form)++)
        if (strcmp(name[*form], word) == 0)
            return AGR_OK;
    return agr_error_set(err, AGR_USAGE, "--help: expected nothing, man or words, found '%s'",
                         word);
}

/* ---- text ---- */

/* Prints text in lines of HELP_WIDTH that begin with `indent` blanks;
 * the cursor stands at `column`. */
static void print_wrapped(const char *text, int indent, int column)
{
    while (*text != '\0') {
        const int length = (int)strcspn(text, " \n");
        if (column > indent && column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        } else {
            printf("%*s", indent - column, "");
            column = indent;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        if (*text == '\n') {
            printf("\n");
            column = 0;
        }
        if (*text != '\0')
            text++;
    }
    printf("\n");
}

/* "=FILE" or " FILE"; "" of a flag. */
static void name_argument(const cli_option *option, char text[64])
{
    snprintf(text, 64, option->type == CLI_OPTIONAL ? "[=%s]" : " %s",
             option->argument != NULL ? option->argument : "");
    if (option->argument == NULL)
        text[0] = '\0';
}

static void print_option(const cli_option *option)
{
    char left[128], argument[64];
    name_argument(option, argument);
    int length = option->letter != 0
                     ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                     : snprintf(left, sizeof left, "  --%s", option->name);
    length += snprintf(left + length, sizeof left - (size_t)length, "%s", argument);
    printf("%s", left);
    if (length >= HELP_INDENT) {
        printf("\n");
        length = 0;
    }
    print_wrapped(option->help, HELP_INDENT, length);
}

static void print_text(const cli_syntax *syntax)
{
    printf("usage: agr-mpi %s [options]%s%s\n\n", syntax->verb,
           syntax->positionals[0] != '\0' ? " " : "", syntax->positionals);
    print_wrapped(syntax->summary, 0, 0);
    printf("\noptions:\n");
    for (int i = 0; i < syntax->n_options; i++)
        print_option(&syntax->option[i]);
    print_option(&cli_help_option);
}

/* ---- a manual page ---- */

/* Text as roff takes it literally: a line that begins with a dot or an apostrophe is no request. */
static void print_roff(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((c == text || c[-1] == '\n') && (*c == '.' || *c == '\''))
            printf("\\&");
        if (*c == '\\')
            printf("\\e");
        else if (*c == '-')
            printf("\\-");
        else
            putchar(*c);
    }
    putchar('\n');
}

static void print_roff_title(const char *name, const char *what)
{
    printf(".TH %s 1 \"\" \"agr-mpi %s\" \"User Commands\"\n.SH NAME\n", name, AGR_VERSION);
    printf("%s \\- ", name);
    print_roff(what);
}

static void print_roff_option(const cli_option *option)
{
    char argument[64];
    name_argument(option, argument);
    printf(".TP\n");
    if (option->letter != 0)
        printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    for (const char *c = option->name; *c != '\0'; c++)
        printf(*c == '-' ? "\\-" : "%c", *c);
    printf("\\fR");
    print_roff(argument);
    print_roff(option->help);
}

/* The summary's first sentence or line is what the page is called. */
static void print_man(const cli_syntax *syntax)
{
    char name[64], what[256];
    const int length = (int)strcspn(syntax->summary, ".\n:");
    snprintf(name, sizeof name, "agr-mpi-%s", syntax->verb);
    snprintf(what, sizeof what, "%.*s", length, syntax->summary);
    print_roff_title(name, what);
    printf(".SH SYNOPSIS\n\\fBagr\\-mpi %s\\fR [options] ", syntax->verb);
    print_roff(syntax->positionals);
    printf(".SH DESCRIPTION\n.nh\n");
    print_roff(syntax->summary);
    printf(".SH OPTIONS\n");
    for (int i = 0; i < syntax->n_options; i++)
        print_roff_option(&syntax->option[i]);
    print_roff_option(&cli_help_option);
    printf(".SH EXIT STATUS\n");
    print_roff(exit_codes);
    printf(".SH SEE ALSO\n.BR agr\\-mpi (1)\n");
}

/* ---- words ---- */

static void print_words_of(const cli_option *option)
{
    printf("--%s", option->name);
    for (int i = 0; option->choices != NULL && option->choices[i] != NULL; i++)
        printf(" %s", option->choices[i]);
    printf("\n");
}

static void print_words(const cli_syntax *syntax)
{
    for (int i = 0; i < syntax->n_options; i++)
        print_words_of(&syntax->option[i]);
    print_words_of(&cli_help_option);
}

void help_print(const cli_syntax *syntax, help_form form)
{
    static void (*const print[])(const cli_syntax *) = {
        [HELP_TEXT] = print_text, [HELP_MAN] = print_man, [HELP_WORDS] = print_words};
    print[form](syntax);
}

/* ---- the program ---- */

static const char purpose[] = "trains independent image branches on any number of MPI ranks";

static void print_program_text(const help_command *command, int n_commands)
{
    printf("agr-mpi %s.\n\n"
           "usage: agr-mpi COMMAND [options]\n"
           "       mpirun -np N agr-mpi COMMAND [options]\n\n"
           "commands:\n",
           purpose);
    for (int i = 0; i < n_commands; i++)
        printf("  %-10s %s\n", command[i].verb, command[i].help);
    printf("\n'agr-mpi COMMAND --help' explains a command, 'agr-mpi --version' names the version,\n"
           "with --verbose what it was built with.\n"
           "exit code: %s\n",
           exit_codes);
}

static void print_program_man(const help_command *command, int n_commands)
{
    print_roff_title("agr-mpi", purpose);
    printf(".SH SYNOPSIS\n\\fBagr\\-mpi\\fR COMMAND [options]\n.br\n"
           "\\fBmpirun\\fR \\-np N \\fBagr\\-mpi\\fR COMMAND [options]\n.SH COMMANDS\n");
    for (int i = 0; i < n_commands; i++) {
        printf(".TP\n.BR agr\\-mpi\\-%s (1)\n", command[i].verb);
        print_roff(command[i].help);
    }
    printf(".SH EXIT STATUS\n");
    print_roff(exit_codes);
    printf(".SH EXAMPLES\n.nf\nagr\\-mpi prepare faces/ \\-o faces.h5\n"
           "mpirun \\-np 3 agr\\-mpi train \\-\\-data faces.h5\n.fi\n");
}

void help_print_program(const help_command *command, int n_commands, help_form form)
{
    if (form == HELP_TEXT)
        print_program_text(command, n_commands);
    if (form == HELP_MAN)
        print_program_man(command, n_commands);
    for (int i = 0; i < n_commands && form == HELP_WORDS; i++)
        printf("%s\n", command[i].verb);
}
