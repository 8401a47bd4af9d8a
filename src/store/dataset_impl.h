/** An open dataset, as the files that open it, read it and answer for it share it. */
#ifndef AGR_STORE_DATASET_IMPL_H
#define AGR_STORE_DATASET_IMPL_H

#include "bus_error_impl.h"
#include "h5_impl.h"

#include <agr/store/dataset.h>
#include <sys/stat.h>

typedef struct {
    char *name, *value;
} attribute_text;

typedef struct {
    agr_label_column column; /* borrows the four below */
    char *name;
    char *kind_text;
    char **classes;
    float *values;
} label_storage;

struct agr_dataset {
    char path[AGR_PATH_BYTES];
    uint64_t file_bytes;
    int64_t count, height, width;
    size_t image_bytes;

    const uint8_t *images; /* [N,H,W,3], inside mapping or copy */
    void *mapping;         /* NULL when the pictures were read into memory */
    size_t mapping_bytes;
    bus_error_mapping watched;
    uint8_t *copy;

    bool is_bare; /* no attributes of ours: written by hand */
    int n_labels;
    label_storage *labels;
    uint8_t *split;
    int64_t *split_indices; /* all of them, part after part */
    int64_t split_begin[AGR_SPLIT_COUNT + 1];
    char **names;
    uint64_t *content_hashes;
    int n_attributes;
    attribute_text *attributes;
    uint64_t fingerprint, identity;
};

/** Reads and checks the open file: its pictures are mapped, all else is in memory. Wants the lock of
 * h5_impl.h. */
agr_status dataset_read(agr_dataset *dataset, hid_t file, agr_error *err);

/** See agr_dataset_fingerprint(), agr_dataset_identity(). */
uint64_t dataset_compute_fingerprint(const agr_dataset *dataset);
uint64_t dataset_identity_of(const struct stat *info);

#endif
