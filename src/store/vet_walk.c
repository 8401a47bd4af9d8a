/* Reads whatever HDF5 keeps in a file, to see whether it survives. Runs in the child of vet.c only. */
#include "vet_impl.h"

#include "h5_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 32, SLAB_BYTES = 16 << 20, MAX_EXPANSION = 1024 };
static const uint64_t small_bytes = (uint64_t)1 << 30;

typedef struct {
    uint64_t file_bytes;
    int depth;
    haddr_t *seen; /* objects that have several names */
    size_t n_seen;
    char *reason; /* why the file is refused; empty: not yet */
    size_t reason_bytes;
} walk;

static bool refuse(walk *w, const char *what, const char *name)
{
    snprintf(w->reason, w->reason_bytes, "'%.80s' %s", name, what);
    return false;
}

static bool is_new(walk *w, const H5O_info_t *info)
{
    if (info->rc <= 1)
        return true;
    for (size_t i = 0; i < w->n_seen; i++)
        if (w->seen[i] == info->addr)
            return false;
    haddr_t *grown = realloc(w->seen, (w->n_seen + 1) * sizeof *grown);
    if (grown == NULL)
        abort();
    w->seen = grown;
    w->seen[w->n_seen++] = info->addr;
    return true;
}

/* ---- attributes ---- */

static herr_t read_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    (void)context;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t space = H5Aget_space(attribute);
    const hid_t type = H5Aget_type(attribute);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    void *values = n > 0 ? calloc((size_t)n, H5Tget_size(type) + 1) : NULL;
    if (values != NULL && H5Aread(attribute, type, values) >= 0)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    free(values);
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
    return 0;
}

/* ---- datasets ---- */

static void read_rows(hid_t dataset, hid_t type, hid_t space, int rank, const hsize_t *shape,
                      uint64_t row_bytes)
{
    hsize_t begin[H5S_MAX_RANK] = {0}, count[H5S_MAX_RANK];
    memcpy(count, shape, (size_t)rank * sizeof *count);
    const hsize_t n_at_once = row_bytes < SLAB_BYTES ? SLAB_BYTES / (row_bytes + 1) + 1 : 1;
    char *values = calloc(n_at_once, row_bytes);
    for (hsize_t row = 0; values != NULL && row < shape[0]; row += n_at_once) {
        begin[0] = row;
        count[0] = shape[0] - row < n_at_once ? shape[0] - row : n_at_once;
        const hid_t slab = H5Screate_simple(rank, count, NULL);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, begin, NULL, count, NULL);
        if (H5Dread(dataset, type, slab, space, H5P_DEFAULT, values) >= 0)
            H5Dvlen_reclaim(type, slab, H5P_DEFAULT, values);
        H5Sclose(slab);
    }
    free(values);
}

/* Numbers that lie there as they are need no look: HDF5 copies them. */
static bool is_plain(hid_t list, hid_t type)
{
    return H5Pget_layout(list) == H5D_CONTIGUOUS && H5Tdetect_class(type, H5T_VLEN) <= 0 &&
           H5Tis_variable_str(type) <= 0 && H5Tdetect_class(type, H5T_REFERENCE) <= 0;
}

static bool read_values(walk *w, const char *name, hid_t dataset, hid_t type, hid_t space)
{
    hsize_t shape[H5S_MAX_RANK] = {1};
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    const size_t type_bytes = H5Tget_size(type);
    if (rank < 0 || type_bytes == 0)
        return true;
    uint64_t bytes = type_bytes, row_bytes = type_bytes;
    const uint64_t max_bytes = small_bytes + w->file_bytes * MAX_EXPANSION;
    for (int d = 0; d < rank; d++) {
        if (shape[d] == 0)
            return true;
        if (shape[d] > max_bytes / bytes)
            return refuse(w, "is far larger than its file: made to fill the memory?", name);
        bytes *= shape[d];
        row_bytes *= d > 0 ? shape[d] : 1;
    }
    if (rank > 0) {
        read_rows(dataset, type, space, rank, shape, row_bytes);
        return true;
    }
    void *value = calloc(1, type_bytes);
    if (value != NULL && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
    free(value);
    return true;
}

static bool read_dataset(walk *w, const char *name, hid_t dataset)
{
    const hid_t list = H5Dget_create_plist(dataset);
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    bool is_fine = true;
    if (H5Pget_external_count(list) > 0 || H5Pget_layout(list) == H5D_VIRTUAL)
        is_fine = refuse(w, "has its numbers in another file: expected them in this one", name);
    else if (!is_plain(list, type))
        is_fine = read_values(w, name, dataset, type, space);
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(list);
    return is_fine;
}

/* ---- objects ---- */

static bool read_object(walk *w, const char *name, hid_t object);

static herr_t follow(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    walk *w = context;
    if (info->type == H5L_TYPE_SOFT) /* what it leads to has a name of its own */
        return 0;
    if (info->type != H5L_TYPE_HARD)
        return refuse(w, "is a link into another file: expected all in this one", name) ? 0 : 1;
    const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0)
        return 0;
    const bool is_fine = read_object(w, name, object);
    H5Oclose(object);
    return is_fine ? 0 : 1;
}

static bool read_object(walk *w, const char *name, hid_t object)
{
    H5O_info_t info;
    if (H5Oget_info(object, &info) < 0 || !is_new(w, &info))
        return true;
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, read_attribute, NULL);
    if (info.type == H5O_TYPE_DATASET)
        return read_dataset(w, name, object);
    if (info.type == H5O_TYPE_GROUP && w->depth < MAX_DEPTH) {
        w->depth++;
        H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, follow, w);
        w->depth--;
    }
    return w->reason[0] == '\0';
}

bool vet_walk(const char *path, char *reason, size_t reason_bytes)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return true;
    walk w = {.file_bytes = (uint64_t)info.st_size, .reason = reason, .reason_bytes = reason_bytes};
    reason[0] = '\0';
    const hid_t list = h5_access_list();
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, list);
    H5Pclose(list);
    if (file < 0)
        return true;
    const bool is_fine = read_object(&w, "/", file);
    free(w.seen);
    H5Fclose(file);
    return is_fine;
}
