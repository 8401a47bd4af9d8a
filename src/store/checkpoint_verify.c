/* Compares every checksum of a checkpoint, whatever else its groups list. */
#include "checkpoint_impl.h"

#include <agr/base/log.h>

/* HDF5 files can hold cycles of links: no honest checkpoint is deeper. And they can list one thing
 * many times: what is walked to, each object with its numbers and at least OBJECT_BYTES of
 * book-keeping, may come to MAX_REPEATS times the file. */
enum { MAX_DEPTH = 8, OBJECT_BYTES = 64, MAX_REPEATS = 64 };

typedef struct {
    uint64_t file_bytes;
    uint64_t walked_bytes;
    int *n_missing;
    seal_runs *checked; /* NULL: not wanted */
    int depth;
} verify_walk;

static agr_status count_walked(verify_walk *walk, uint64_t size_bytes, agr_error *err)
{
    walk->walked_bytes += size_bytes;
    if (walk->walked_bytes / MAX_REPEATS <= walk->file_bytes)
        return AGR_OK;
    return agr_error_set(err, AGR_FORMAT,
                         "it lists more than %d times what its %llu bytes can hold: links that "
                         "repeat",
                         MAX_REPEATS, (unsigned long long)walk->file_bytes);
}

static agr_status verify_dataset(verify_walk *walk, hid_t group, const char *name, agr_error *err)
{
    h5_dataset dataset;
    bool has_checksum;
    AGR_TRY(h5_dataset_open(group, name, walk->file_bytes, &dataset, err));
    agr_status status = count_walked(walk, dataset.size_bytes, err);
    if (status == AGR_OK)
        status = h5_dataset_read_checked(&dataset, H5T_NATIVE_FLOAT, NULL, &has_checksum, err);
    if (status == AGR_OK && walk->checked != NULL && has_checksum && dataset.offset != HADDR_UNDEF)
        status = seal_runs_add(walk->checked, dataset.offset, dataset.size_bytes, err);
    h5_dataset_close(&dataset);
    if (status != AGR_OK)
        return agr_error_context(err, "'%s'", name), status;
    *walk->n_missing += !has_checksum;
    return AGR_OK;
}

static agr_status verify_children(verify_walk *walk, hid_t group, agr_error *err);

static agr_status visit_to_verify(void *context, hid_t group, const char *name, bool is_group,
                                  agr_error *err)
{
    verify_walk *walk = context;
    if (walk->depth > MAX_DEPTH)
        return agr_error_set(err, AGR_FORMAT, "its groups are nested deeper than %d", MAX_DEPTH);
    AGR_TRY(count_walked(walk, OBJECT_BYTES, err));
    if (!is_group)
        return verify_dataset(walk, group, name, err);
    hid_t child;
    AGR_TRY(h5_group_open(group, name, &child, err));
    const agr_status status = verify_children(walk, child, err);
    H5Gclose(child);
    if (status != AGR_OK)
        agr_error_context(err, "'%s'", name);
    return status;
}

static agr_status verify_children(verify_walk *walk, hid_t group, agr_error *err)
{
    walk->depth++;
    const agr_status status = h5_for_each(group, visit_to_verify, walk, err);
    walk->depth--;
    return status;
}

agr_status checkpoint_verify_group(hid_t group, uint64_t file_bytes, int *n_missing,
                                   seal_runs *checked, agr_error *err)
{
    verify_walk walk = {.file_bytes = file_bytes, .n_missing = n_missing, .checked = checked};
    *n_missing = 0;
    return verify_children(&walk, group, err);
}

void checkpoint_warn_of_missing(agr_checkpoint *checkpoint, int n_missing)
{
    if (n_missing == 0 || checkpoint->warned)
        return;
    checkpoint->warned = true;
    agr_log_warning("checkpoint '%s': some data have no checksum (edited by hand?): taken as they "
                    "are",
                    checkpoint->path);
}

agr_status agr_checkpoint_verify(agr_checkpoint *checkpoint, agr_error *err)
{
    int n_missing;
    h5_lock();
    const agr_status status =
        checkpoint_verify_group(checkpoint->file, checkpoint->file_bytes, &n_missing, NULL, err);
    h5_unlock();
    if (status != AGR_OK)
        return agr_error_context(err, "checkpoint '%s'", checkpoint->path), status;
    checkpoint_warn_of_missing(checkpoint, n_missing);
    return AGR_OK;
}
