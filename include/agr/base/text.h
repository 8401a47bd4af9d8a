/** A growing string, for tables, JSON-free reports and file contents built in memory. */
#ifndef AGR_BASE_TEXT_H
#define AGR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Starts as {0}. Always terminated once something was added. A failed allocation sets `failed` and
 * later calls do nothing: check it once at the end. */
typedef struct {
    char *data; /* owned; NULL while empty */
    size_t length;
    size_t capacity;
    bool failed;
} agr_text;

void agr_text_add(agr_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void agr_text_add_bytes(agr_text *text, const void *bytes, size_t n_bytes);

/** Adds text as XML and HTML take it: what has a meaning there is written so that it has none; control
 * characters become blanks (a line break stays), bytes that are no UTF-8 become U+FFFD. */
void agr_text_add_escaped(agr_text *text, const char *plain);

/** Adds the bytes as base64 (RFC 4648, section 4, with padding): pictures inside SVG and HTML. */
void agr_text_add_base64(agr_text *text, const void *bytes, size_t n_bytes);

void agr_text_release(agr_text *text);

#endif
