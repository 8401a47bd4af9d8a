/** Which of our formats a file has, for commands that take any of them. */
#ifndef AGR_STORE_FORMAT_H
#define AGR_STORE_FORMAT_H

#include <agr/base/error.h>

typedef enum {
    AGR_FORMAT_NONE, /* HDF5, but it does not say: maybe a dataset written by hand */
    AGR_FORMAT_DATASET,
    AGR_FORMAT_CHECKPOINT,
} agr_file_format;

/** What the root attribute `format` says. Nothing else of the file is looked at. AGR_NOT_FOUND,
 * AGR_IO; AGR_FORMAT when it is no HDF5 file or has another format. */
agr_status agr_file_format_of(const char *path, agr_file_format *format, agr_error *err);

#endif
