/* See h5_text_impl.h. */
#include "h5_text_impl.h"

#include <agr/base/size.h>
#include <stdlib.h>
#include <string.h>

/* One block: n_texts pointers, then the characters of source[i], at most max_bytes[i] of them. */
static char **texts_pack(const char *const *source, size_t n_texts, size_t max_bytes)
{
    size_t size = 0;
    for (size_t i = 0; i < n_texts; i++)
        size += (source[i] != NULL ? strnlen(source[i], max_bytes) : 0) + 1;
    char **texts = malloc(n_texts * sizeof *texts + size + 1);
    if (texts == NULL)
        return NULL;
    char *to = (char *)(texts + n_texts);
    for (size_t i = 0; i < n_texts; i++) {
        const size_t length = source[i] != NULL ? strnlen(source[i], max_bytes) : 0;
        if (length > 0)
            memcpy(to, source[i], length);
        to[length] = '\0';
        texts[i] = to;
        to += length + 1;
    }
    return texts;
}

void h5_text_reader_close(h5_text_reader *reader)
{
    if (reader->is_variable && reader->pointers != NULL && reader->memory_type >= 0)
        H5Dvlen_reclaim(reader->memory_type, reader->space, H5P_DEFAULT, reader->pointers);
    free(reader->fields);
    free(reader->pointers);
    if (reader->memory_type >= 0)
        H5Tclose(reader->memory_type);
    H5Eclear2(H5E_DEFAULT);
}

/* Prepares memory for `count` strings of this type; file_type and space stay the caller's. */
agr_status h5_text_reader_open(h5_text_reader *reader, hid_t file_type, hid_t space,
                               size_t limit_bytes, agr_error *err)
{
    *reader = (h5_text_reader){.file_type = file_type, .space = space, .memory_type = -1};
    if (H5Tget_class(file_type) != H5T_STRING)
        return agr_error_set(err, AGR_FORMAT, "expected text, found another type");
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    reader->is_variable = H5Tis_variable_str(file_type) > 0;
    reader->field_bytes = reader->is_variable ? sizeof(char *) : H5Tget_size(file_type);
    size_t size_bytes;
    if (count < 0 ||
        !agr_size_multiply((size_t)count, reader->field_bytes + sizeof(char *), &size_bytes) ||
        size_bytes > limit_bytes)
        return agr_error_set(err, AGR_FORMAT, "expected at most %zu bytes of text", limit_bytes);
    reader->count = (size_t)count;
    reader->pointers = calloc(reader->count + 1, sizeof *reader->pointers);
    reader->memory_type = H5Tcopy(file_type);
    if (!reader->is_variable)
        reader->fields = calloc(reader->count + 1, reader->field_bytes);
    if (reader->pointers == NULL || (!reader->is_variable && reader->fields == NULL)) {
        h5_text_reader_close(reader);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zu bytes of text", size_bytes);
    }
    for (size_t i = 0; !reader->is_variable && i < reader->count; i++)
        reader->pointers[i] = reader->fields + i * reader->field_bytes;
    return AGR_OK;
}

void *h5_text_reader_target(h5_text_reader *reader)
{
    return reader->is_variable ? (void *)reader->pointers : (void *)reader->fields;
}

/* Fixed fields padded with spaces (Fortran's habit) lose the padding. */
static void text_reader_trim(h5_text_reader *reader)
{
    if (reader->is_variable || H5Tget_strpad(reader->file_type) != H5T_STR_SPACEPAD)
        return;
    for (size_t i = 0; i < reader->count; i++) {
        char *field = reader->fields + i * reader->field_bytes;
        for (size_t end = reader->field_bytes; end > 0 && field[end - 1] == ' '; end--)
            field[end - 1] = '\0';
    }
}

agr_status h5_text_reader_pack(h5_text_reader *reader, char ***texts, agr_error *err)
{
    text_reader_trim(reader);
    *texts = texts_pack(reader->pointers, reader->count,
                        reader->is_variable ? H5_MAX_TEXT_BYTES : reader->field_bytes);
    return *texts != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate texts");
}
