/* What tells datasets apart: fingerprint, content, file. */
#include "dataset_impl.h"

#include <agr/base/hash.h>
#include <agr/base/size.h>

enum { N_PROBED_IMAGES = 64 };

static uint64_t hash_label(const agr_dataset *dataset, const agr_label_column *column)
{
    uint64_t parts[3 + AGR_DATASET_MAX_CLASSES] = {
        agr_hash_text(column->name), (uint64_t)column->kind,
        agr_hash(column->values, (size_t)dataset->count * sizeof *column->values)};
    for (int c = 0; c < column->n_classes; c++)
        parts[3 + c] = agr_hash_text(column->classes[c]);
    return agr_hash(parts, (3 + (size_t)column->n_classes) * sizeof *parts);
}

static uint64_t hash_image(const agr_dataset *dataset, int64_t i)
{
    return agr_hash(dataset->images + (size_t)i * dataset->image_bytes, dataset->image_bytes);
}

static uint64_t hash_some_images(const agr_dataset *dataset)
{
    uint64_t hash = 0;
    for (int64_t k = 0; k < N_PROBED_IMAGES && k < dataset->count; k++) {
        const int64_t step = agr_max_i64(1, dataset->count / N_PROBED_IMAGES);
        hash = agr_hash_chain(hash, hash_image(dataset, k * step));
    }
    return hash;
}

uint64_t dataset_compute_fingerprint(const agr_dataset *dataset)
{
    const int64_t shape[3] = {dataset->count, dataset->height, dataset->width};
    const size_t count = (size_t)dataset->count;
    uint64_t hash = agr_hash(shape, sizeof shape);
    for (int i = 0; i < dataset->n_labels; i++)
        hash = agr_hash_chain(hash, hash_label(dataset, &dataset->labels[i].column));
    hash = agr_hash_chain(hash, agr_hash(dataset->split, count));
    for (size_t i = 0; i < count; i++)
        hash = agr_hash_chain(hash, agr_hash_text(dataset->names[i]));
    if (dataset->content_hashes != NULL)
        return agr_hash_chain(hash, agr_hash(dataset->content_hashes, count * sizeof(uint64_t)));
    return agr_hash_chain(hash, hash_some_images(dataset));
}

uint64_t dataset_identity_of(const struct stat *info)
{
    const int64_t parts[5] = {(int64_t)info->st_dev, (int64_t)info->st_ino, info->st_size,
                              info->st_mtim.tv_sec, info->st_mtim.tv_nsec};
    return agr_hash(parts, sizeof parts);
}

uint64_t agr_dataset_content_hash(const agr_dataset *dataset)
{
    uint64_t hash = dataset->fingerprint;
    for (int64_t i = 0; i < dataset->count; i++)
        hash = agr_hash_chain(hash, hash_image(dataset, i));
    return hash;
}
