/* Writes the words of failures, and ends the program on a broken invariant. */
#include <agr/base/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

agr_status agr_error_set(agr_error *err, agr_status status, const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        err->status = status;
        err->hint[0] = '\0';
        vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

agr_status agr_error_set_errno(agr_error *err, agr_status status, int errno_value,
                               const char *format, ...)
{
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        err->status = status;
        err->hint[0] = '\0';
        vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
        const size_t length = strlen(err->text);
        snprintf(err->text + length, sizeof err->text - length, ": %s", strerror(errno_value));
    }
    return status;
}

agr_status agr_error_hint(agr_error *err, const char *format, ...)
{
    if (err == NULL)
        return AGR_UNSUPPORTED;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->hint, sizeof err->hint, format, arguments);
    va_end(arguments);
    return err->status;
}

agr_status agr_error_context(agr_error *err, const char *format, ...)
{
    if (err == NULL)
        return AGR_UNSUPPORTED;
    char context[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);

    char text[AGR_ERROR_TEXT_BYTES];
    memcpy(text, err->text, sizeof text);
    const int written = snprintf(err->text, sizeof err->text, "%s: ", context);
    if (written > 0 && (size_t)written < sizeof err->text)
        snprintf(err->text + written, sizeof err->text - (size_t)written, "%s", text);
    return err->status;
}

_Noreturn void agr_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "agr-mpi: this is a bug: %s:%d: expected %s\n", file, line, condition);
    fflush(stderr);
    abort();
}

int agr_exit_code(agr_status status)
{
    switch (status) {
    case AGR_OK:
        return 0;
    case AGR_USAGE:
        return 2;
    case AGR_STOPPED:
        return 75;
    default:
        return 1;
    }
}
