/** A dataset that is being written, as the files that write it share it. */
#ifndef AGR_STORE_DATASET_WRITER_IMPL_H
#define AGR_STORE_DATASET_WRITER_IMPL_H

#include "h5_impl.h"

#include <agr/base/file.h>
#include <agr/store/dataset.h>

struct agr_dataset_writer {
    agr_replacement replacement;
    agr_dataset_rows rows;
    int64_t height, width;
};

/** Makes rows->path a file with room for the pictures, on the disk too where it can be had: a full one
 * is known before the work and not after it. Fills in offset_bytes. Wants the lock of h5_impl.h. */
agr_status dataset_rows_create(agr_dataset_rows *rows, int64_t height, int64_t width,
                               agr_error *err);

/** Leaves only the kept rows in the temporary file. Wants the lock. */
agr_status dataset_rows_drop_others(agr_dataset_writer *writer, const agr_dataset_content *content,
                                    agr_error *err);

/** Whether the content can be told by a file. AGR_INPUT names the label or picture. */
agr_status dataset_check_content(const agr_dataset_writer *writer,
                                 const agr_dataset_content *content, agr_error *err);

/** Everything but the pictures, into the open file. Wants the lock. */
agr_status dataset_write_content(const agr_dataset_writer *writer, hid_t file,
                                 const agr_dataset_content *content, agr_error *err);

#endif
