/* A text that grows. */
#include <agr/base/text.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(agr_text *text, size_t n_more)
{
    if (text->failed)
        return false;
    const size_t needed = text->length + n_more + 1;
    if (needed <= text->capacity)
        return true;
    const size_t capacity = needed * 2 > 256 ? needed * 2 : 256;
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void agr_text_add_bytes(agr_text *text, const void *bytes, size_t n_bytes)
{
    if (!reserve(text, n_bytes))
        return;
    memcpy(text->data + text->length, bytes, n_bytes);
    text->length += n_bytes;
    text->data[text->length] = '\0';
}

void agr_text_add_base64(agr_text *text, const void *bytes, size_t n_bytes)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n_bytes; i += 3) {
        const size_t n = n_bytes - i < 3 ? n_bytes - i : 3;
        const uint32_t word = (uint32_t)byte[i] << 16 | (n > 1 ? (uint32_t)byte[i + 1] << 8 : 0) |
                              (n > 2 ? (uint32_t)byte[i + 2] : 0);
        const char four[4] = {digit[word >> 18], digit[word >> 12 & 63],
                              n > 1 ? digit[word >> 6 & 63] : '=', n > 2 ? digit[word & 63] : '='};
        agr_text_add_bytes(text, four, sizeof four);
    }
}

/* Bytes of the UTF-8 character that begins here; 0: none does. Neither surrogates nor what is longer
 * than it need be are characters. */
static size_t character_length(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;
    const size_t n = c[0] < 0x80                    ? 1
                     : c[0] >= 0xc2 && c[0] <= 0xdf ? 2
                     : (c[0] & 0xf0) == 0xe0        ? 3
                     : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4
                                                    : 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
        (c[0] == 0xef && c[1] == 0xbf && c[2] > 0xbd) || (c[0] == 0xf0 && c[1] < 0x90) ||
        (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return n;
}

/* What a byte is written as; NULL: as itself. */
static const char *entity_of(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return ((unsigned char)c < 32 && c != '\n') || c == 127 ? " " : NULL;
    }
}

void agr_text_add_escaped(agr_text *text, const char *plain)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    while (*plain != '\0') {
        const size_t n = character_length(plain);
        const char *entity = n == 1 ? entity_of(*plain) : n == 0 ? replacement : NULL;
        if (entity != NULL)
            agr_text_add_bytes(text, entity, strlen(entity));
        else
            agr_text_add_bytes(text, plain, n);
        plain += n > 0 ? n : 1;
    }
}

void agr_text_add(agr_text *text, const char *format, ...)
{
    va_list arguments, measured;
    va_start(arguments, format);
    va_copy(measured, arguments);
    const int n_bytes = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (n_bytes >= 0 && reserve(text, (size_t)n_bytes)) {
        vsnprintf(text->data + text->length, (size_t)n_bytes + 1, format, arguments);
        text->length += (size_t)n_bytes;
    }
    va_end(arguments);
}

void agr_text_release(agr_text *text)
{
    free(text->data);
    *text = (agr_text){0};
}
