/* Asks a file what it says it is. */
#include <agr/store/format.h>

#include "h5_impl.h"

#include <stdlib.h>
#include <string.h>

static agr_status read_format(hid_t file, agr_file_format *format, agr_error *err)
{
    char *text;
    AGR_TRY(h5_read_text(file, "format", &text, err));
    agr_status status = AGR_OK;
    if (text == NULL)
        *format = AGR_FORMAT_NONE;
    else if (strcmp(text, "agr-mpi/dataset") == 0)
        *format = AGR_FORMAT_DATASET;
    else if (strcmp(text, "agr-mpi/checkpoint") == 0)
        *format = AGR_FORMAT_CHECKPOINT;
    else
        status = agr_error_set(err, AGR_FORMAT,
                               "expected format 'agr-mpi/dataset' or 'agr-mpi/checkpoint', found "
                               "'%.80s'",
                               text);
    free(text);
    return status;
}

agr_status agr_file_format_of(const char *path, agr_file_format *format, agr_error *err)
{
    h5_lock();
    hid_t file;
    agr_status status = h5_file_open("file", path, &file, err);
    if (status == AGR_OK) {
        status = read_format(file, format, err);
        if (status != AGR_OK)
            agr_error_context(err, "file '%s'", path);
        agr_error ignored;
        h5_file_close(file, &ignored);
    }
    h5_unlock();
    return status;
}
