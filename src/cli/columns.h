/** Words in columns of a width, which may be UTF-8. */
#ifndef AGR_CLI_COLUMNS_H
#define AGR_CLI_COLUMNS_H

/** Characters of this text. */
int cli_columns(const char *text);

/** Prints text cut or filled to n characters, on stdout. */
void cli_print_left(const char *text, int n);
void cli_print_right(const char *text, int n);

#endif
