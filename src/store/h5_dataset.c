/* Datasets: whether they hold what their shape promises, their numbers and checksums. */
#include "h5_text_impl.h"

#include <agr/base/hash.h>
#include <agr/base/size.h>
#include <stdio.h>
#include <stdlib.h>

/* Deflate cannot shrink more than 1032 times: a chunked dataset that claims more is lying. */
enum { MAX_COMPRESSION = 1100 };

const char *h5_shape_text(char text[160], int rank, const hsize_t *shape)
{
    if (rank == 0)
        return "scalar";
    int length = 0;
    for (int i = 0; i < rank; i++)
        length += snprintf(text + length, 160 - (size_t)length, "%s%llu", i > 0 ? "x" : "",
                           (unsigned long long)shape[i]);
    return text;
}

static agr_status measure(h5_dataset *dataset, agr_error *err)
{
    dataset->type = H5Dget_type(dataset->id);
    const hid_t space = H5Dget_space(dataset->id);
    if (dataset->type < 0 || space < 0)
        return h5_fail(err, AGR_FORMAT, "cannot read type and shape");
    dataset->type_class = H5Tget_class(dataset->type);
    dataset->type_bytes = H5Tget_size(dataset->type);
    dataset->is_unsigned =
        dataset->type_class == H5T_INTEGER && H5Tget_sign(dataset->type) == H5T_SGN_NONE;
    dataset->rank = H5Sget_simple_extent_ndims(space);
    const bool has_shape = dataset->rank >= 0 && dataset->rank <= H5_MAX_RANK &&
                           H5Sget_simple_extent_type(space) != H5S_NULL;
    if (has_shape)
        H5Sget_simple_extent_dims(space, dataset->shape, NULL);
    H5Sclose(space);
    if (!has_shape)
        return agr_error_set(err, AGR_FORMAT, "expected at most %d dimensions, found %d",
                             H5_MAX_RANK, dataset->rank);
    dataset->count = 1;
    bool fits = true;
    for (int i = 0; i < dataset->rank; i++)
        fits = fits && agr_size_multiply(dataset->count, dataset->shape[i], &dataset->count);
    if (!fits || !agr_size_multiply(dataset->count, dataset->type_bytes, &dataset->size_bytes))
        return agr_error_set(err, AGR_FORMAT, "its shape is larger than any memory");
    return AGR_OK;
}

static agr_status check_contiguous(h5_dataset *dataset, hid_t creation, agr_error *err)
{
    if (H5Pget_external_count(creation) > 0)
        return agr_error_set(err, AGR_FORMAT, "its data are in another file");
    dataset->offset = H5Dget_offset(dataset->id);
    size_t end = 0;
    if (dataset->offset == HADDR_UNDEF)
        return agr_error_set(err, AGR_FORMAT, "its data were never written");
    if (!agr_size_add((size_t)dataset->offset, dataset->size_bytes, &end) ||
        end > dataset->file_bytes)
        return agr_error_set(err, AGR_FORMAT,
                             "truncated file: expected at least %zu bytes, found %llu", end,
                             (unsigned long long)dataset->file_bytes);
    return AGR_OK;
}

static agr_status check_chunked(const h5_dataset *dataset, hid_t creation, agr_error *err)
{
    hsize_t chunk[H5_MAX_RANK] = {0};
    const int rank = H5Pget_chunk(creation, H5_MAX_RANK, chunk);
    size_t chunk_bytes = dataset->type_bytes;
    bool fits = rank == dataset->rank;
    for (int i = 0; fits && i < rank; i++)
        fits = agr_size_multiply(chunk_bytes, chunk[i], &chunk_bytes);
    const hsize_t stored = H5Dget_storage_size(dataset->id);
    if (!fits || stored > dataset->file_bytes || chunk_bytes / MAX_COMPRESSION > stored ||
        dataset->size_bytes / MAX_COMPRESSION > stored)
        return agr_error_set(err, AGR_FORMAT, "expected data for %zu bytes, found %llu bytes",
                             dataset->size_bytes, (unsigned long long)stored);
    return AGR_OK;
}

static agr_status check_storage(h5_dataset *dataset, agr_error *err)
{
    dataset->offset = HADDR_UNDEF;
    if (dataset->size_bytes == 0)
        return AGR_OK;
    const hid_t creation = H5Dget_create_plist(dataset->id);
    if (creation < 0)
        return h5_fail(err, AGR_FORMAT, "cannot read its layout");
    agr_status status = AGR_OK;
    switch (H5Pget_layout(creation)) {
    case H5D_COMPACT:
        if (dataset->size_bytes > H5_LARGE_BYTES)
            status = agr_error_set(err, AGR_FORMAT, "its shape is larger than its data");
        break;
    case H5D_CONTIGUOUS:
        status = check_contiguous(dataset, creation, err);
        break;
    case H5D_CHUNKED:
        status = check_chunked(dataset, creation, err);
        break;
    default:
        status = agr_error_set(err, AGR_FORMAT, "its storage layout is not supported");
    }
    H5Pclose(creation);
    return status;
}

agr_status h5_dataset_open(hid_t parent, const char *name, uint64_t file_bytes, h5_dataset *dataset,
                           agr_error *err)
{
    *dataset = (h5_dataset){.id = -1, .type = -1, .file_bytes = file_bytes};
    if (!h5_has(parent, name))
        return agr_error_set(err, AGR_FORMAT, "no '%s'", name);
    dataset->id = H5Dopen2(parent, name, H5P_DEFAULT);
    if (dataset->id < 0)
        return h5_fail(err, AGR_FORMAT, "cannot open '%s'", name);
    agr_status status = measure(dataset, err);
    if (status == AGR_OK)
        status = check_storage(dataset, err);
    if (status != AGR_OK) {
        h5_dataset_close(dataset);
        agr_error_context(err, "'%s'", name);
    }
    return status;
}

void h5_dataset_close(h5_dataset *dataset)
{
    if (dataset->type >= 0)
        H5Tclose(dataset->type);
    if (dataset->id >= 0)
        H5Dclose(dataset->id);
    *dataset = (h5_dataset){.id = -1, .type = -1};
}

agr_status h5_dataset_read(const h5_dataset *dataset, hid_t memory_type, void *values,
                           agr_error *err)
{
    if (dataset->type_class != H5T_INTEGER && dataset->type_class != H5T_FLOAT)
        return agr_error_set(err, AGR_FORMAT, "expected numbers, found another type");
    if (dataset->count > 0 &&
        H5Dread(dataset->id, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        return h5_fail(err, AGR_IO, "cannot read");
    return AGR_OK;
}

/* Many entries may name one long string in the file's heap; together they may not outgrow the file.
 */
static agr_status check_text_sizes(const h5_dataset *dataset, hid_t space, agr_error *err)
{
    hsize_t size_bytes = 0;
    if (H5Tis_variable_str(dataset->type) <= 0 || dataset->count == 0)
        return AGR_OK;
    if (H5Dvlen_get_buf_size(dataset->id, dataset->type, space, &size_bytes) < 0)
        return h5_fail(err, AGR_FORMAT, "cannot measure text");
    if (size_bytes > dataset->file_bytes)
        return agr_error_set(err, AGR_FORMAT, "its texts are larger than the file");
    return AGR_OK;
}

agr_status h5_dataset_read_texts(const h5_dataset *dataset, char ***texts, agr_error *err)
{
    const hid_t space = H5Dget_space(dataset->id);
    h5_text_reader reader;
    agr_status status =
        h5_text_reader_open(&reader, dataset->type, space, dataset->size_bytes * 8 + 64, err);
    if (status == AGR_OK) {
        status = check_text_sizes(dataset, space, err);
        if (status != AGR_OK) {
            reader.is_variable = false; /* nothing to reclaim */
        } else if (reader.count > 0 && H5Dread(dataset->id, reader.memory_type, H5S_ALL, H5S_ALL,
                                               H5P_DEFAULT, h5_text_reader_target(&reader)) < 0)
            status = h5_fail(err, AGR_FORMAT, "cannot read text");
        else
            status = h5_text_reader_pack(&reader, texts, err);
        h5_text_reader_close(&reader);
    }
    H5Sclose(space);
    return status;
}

static agr_status compare_checksum(const h5_dataset *dataset, const void *bytes, uint64_t expected,
                                   agr_error *err)
{
    const uint64_t found = agr_hash(bytes, dataset->size_bytes);
    if (found != expected)
        return agr_error_set(err, AGR_FORMAT,
                             "wrong checksum: expected xxh64 %016llx, found %016llx",
                             (unsigned long long)expected, (unsigned long long)found);
    return AGR_OK;
}

/* The dataset's own type, little-endian. Caller closes. */
static hid_t raw_type(const h5_dataset *dataset)
{
    const hid_t type = H5Tcopy(dataset->type);
    H5Tset_order(type, H5T_ORDER_LE);
    return type;
}

static agr_status check_raw_bytes(const h5_dataset *dataset, hid_t type, uint64_t expected,
                                  agr_error *err)
{
    void *bytes = malloc(dataset->size_bytes + 1);
    if (bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zu bytes", dataset->size_bytes);
    agr_status status = h5_dataset_read(dataset, type, bytes, err);
    if (status == AGR_OK)
        status = compare_checksum(dataset, bytes, expected, err);
    free(bytes);
    return status;
}

agr_status h5_dataset_read_checked(const h5_dataset *dataset, hid_t memory_type, void *values,
                                   bool *has_checksum, agr_error *err)
{
    uint64_t expected;
    AGR_TRY(h5_read_uint64(dataset->id, "xxh64", &expected, has_checksum, err));
    const hid_t type = raw_type(dataset);
    const bool reads_raw_bytes = values != NULL && H5Tequal(type, memory_type) > 0;
    agr_status status = AGR_OK;
    if (*has_checksum && !reads_raw_bytes)
        status = check_raw_bytes(dataset, type, expected, err);
    H5Tclose(type);
    if (status != AGR_OK || values == NULL)
        return status;
    AGR_TRY(h5_dataset_read(dataset, memory_type, values, err));
    return *has_checksum && reads_raw_bytes ? compare_checksum(dataset, values, expected, err)
                                            : AGR_OK;
}

/* A dataset of ours: contiguous, no time stamps, no fill values written first. */
static agr_status dataset_create(hid_t parent, const char *name, hid_t type, int rank,
                                 const hsize_t *shape, H5D_alloc_time_t allocation, hid_t *id,
                                 agr_error *err)
{
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape, NULL);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
    H5Pset_layout(list, H5D_CONTIGUOUS);
    H5Pset_alloc_time(list, allocation);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    *id = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    const agr_status status = *id >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot create '%s'", name);
    H5Pclose(list);
    H5Sclose(space);
    return status;
}

agr_status h5_dataset_write(hid_t parent, const char *name, hid_t file_type, hid_t memory_type,
                            int rank, const hsize_t *shape, const void *values, agr_error *err)
{
    hid_t id;
    AGR_TRY(dataset_create(parent, name, file_type, rank, shape, H5D_ALLOC_TIME_LATE, &id, err));
    const hid_t space = H5Dget_space(id);
    const bool is_empty = H5Sget_simple_extent_npoints(space) == 0;
    H5Sclose(space);
    agr_status status = AGR_OK;
    if (!is_empty && H5Dwrite(id, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = h5_fail(err, AGR_IO, "cannot write '%s'", name);
    if (H5Dclose(id) < 0 && status == AGR_OK)
        status = h5_fail(err, AGR_IO, "cannot write '%s'", name);
    return status;
}

agr_status h5_dataset_write_checked(hid_t parent, const char *name, hid_t type, int rank,
                                    const hsize_t *shape, const void *values, agr_error *err)
{
    AGR_TRY(h5_dataset_write(parent, name, type, type, rank, shape, values, err));
    size_t size_bytes = H5Tget_size(type);
    for (int i = 0; i < rank; i++)
        size_bytes *= shape[i];
    const hid_t id = H5Dopen2(parent, name, H5P_DEFAULT);
    if (id < 0)
        return h5_fail(err, AGR_IO, "cannot open '%s'", name);
    const agr_status status = h5_write_uint64(id, "xxh64", agr_hash(values, size_bytes), err);
    H5Dclose(id);
    return status;
}

agr_status h5_dataset_reserve(hid_t parent, const char *name, hid_t type, int rank,
                              const hsize_t *shape, haddr_t *offset, agr_error *err)
{
    hid_t id;
    AGR_TRY(dataset_create(parent, name, type, rank, shape, H5D_ALLOC_TIME_EARLY, &id, err));
    *offset = H5Dget_offset(id);
    H5Dclose(id);
    return *offset != HADDR_UNDEF ? AGR_OK : h5_fail(err, AGR_IO, "no place for '%s'", name);
}
