/* Words in columns: a character of UTF-8 takes one, however many bytes it has. */
#include "columns.h"

#include <stdio.h>

int cli_columns(const char *text)
{
    int length = 0;
    for (; *text != '\0'; text++)
        length += ((unsigned char)*text & 0xc0) != 0x80;
    return length;
}

void cli_print_left(const char *text, int n)
{
    for (; *text != '\0' && n > 0; n--)
        do
            putchar(*text++);
        while (((unsigned char)*text & 0xc0) == 0x80);
    printf("%*s", n, "");
}

void cli_print_right(const char *text, int n)
{
    const int length = cli_columns(text);
    printf("%*s", length < n ? n - length : 0, "");
    cli_print_left(text, length < n ? length : n);
}
