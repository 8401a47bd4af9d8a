/* HDF5 as this room wants it: checked before it is believed, and speaking agr_error. */
#include "h5_impl.h"

#include "seal_impl.h"

#include <agr/base/file.h>
#include <agr/base/hash.h>
#include <agr/base/size.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The old file format has room for 64 KiB in an attribute, its name and shape included. */
enum { MAX_ATTRIBUTE_BYTES = 60000 };

enum { PAGE_BYTES = 4096, LARGE_BYTES = 65536, MEMORY_GROWTH_BYTES = 16 << 20 };

/* Deflate cannot shrink more than 1032 times: a chunked dataset that claims more is lying. */
enum { MAX_COMPRESSION = 1100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
    H5dont_atexit(); /* after a failed write HDF5's exit handler touches freed memory */
}

void h5_lock(void)
{
    pthread_once(&once, start);
    pthread_mutex_lock(&lock);
    /* Errors are ours to tell. A thread-safe build asks every thread anew whether to print them. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void h5_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static herr_t take_innermost(unsigned n, const H5E_error2_t *record, void *reason)
{
    if (n == 0 && record->desc != NULL)
        snprintf(reason, AGR_ERROR_TEXT_BYTES / 2, "%s", record->desc);
    return 0;
}

agr_status h5_fail(agr_error *err, agr_status status, const char *format, ...)
{
    char reason[AGR_ERROR_TEXT_BYTES / 2] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    H5Eclear2(H5E_DEFAULT);
    char text[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (reason[0] == '\0')
        return agr_error_set(err, status, "%s", text);
    return agr_error_set(err, status, "%s: %s", text, reason);
}

/* ---- files ---- */

static hid_t access_list(void)
{
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    /* NFS and Lustre refuse HDF5's locks; our own (flock on the run folder) is enough. */
    H5Pset_file_locking(list, false, true);
    H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
    H5Pset_alignment(list, LARGE_BYTES, PAGE_BYTES);
    return list;
}

/* HDF5's own words for a file that was cut short, or other words. */
static agr_status refuse_file(const char *what, const char *path, const struct stat *info,
                              const agr_error *reason, agr_error *err)
{
    unsigned long long stored_bytes;
    const char *found = strstr(reason->text, "truncated file: ");
    if (info->st_size == 0)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': empty file", what, path);
    if (agr_file_is_lfs_pointer(path)) {
        agr_error_set(err, AGR_FORMAT, "%s '%s': a Git LFS pointer, not the file itself", what,
                      path);
        return agr_error_hint(err, "git lfs pull");
    }
    if (H5Fis_hdf5(path) <= 0)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': not an HDF5 file", what, path);
    if (found == NULL ||
        sscanf(found, "truncated file: eof = %*u, sblock->base_addr = %*u, stored_eof = %llu",
               &stored_bytes) != 1)
        return agr_error_set(err, AGR_FORMAT, "%s '%s': %s", what, path, reason->text);
    agr_error_set(err, AGR_FORMAT, "%s '%s': truncated: expected %llu bytes, found %lld", what,
                  path, stored_bytes, (long long)info->st_size);
    return agr_error_hint(err, "fetch it again: was the copy interrupted?");
}

agr_status h5_file_open(const char *what, const char *path, hid_t *file, agr_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return agr_error_set(err, AGR_NOT_FOUND, "no %s at '%s'", what, path);
    if (!S_ISREG(info.st_mode))
        return agr_error_set(err, AGR_FORMAT, "%s '%s': not a file", what, path);
    FILE *probe = fopen(path, "rb");
    if (probe == NULL)
        return agr_error_set_errno(err, AGR_IO, errno, "%s '%s': cannot open", what, path);
    fclose(probe);
    const agr_status status = seal_check(path, err); /* before HDF5 believes what it finds */
    if (status != AGR_OK)
        return agr_error_context(err, "%s '%s'", what, path), status;

    const hid_t list = access_list();
    *file = H5Fopen(path, H5F_ACC_RDONLY, list);
    agr_error reason;
    if (*file < 0)
        h5_fail(&reason, AGR_FORMAT, "cannot read");
    H5Pclose(list);
    if (*file >= 0)
        return AGR_OK;
    return refuse_file(what, path, &info, &reason, err);
}

agr_status h5_file_reopen(const char *path, hid_t *file, agr_error *err)
{
    const hid_t list = access_list();
    *file = H5Fopen(path, H5F_ACC_RDWR, list);
    const agr_status status = *file >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot open '%s'", path);
    H5Pclose(list);
    return status;
}

agr_status h5_file_create(const char *path, hid_t *file, agr_error *err)
{
    const hid_t list = access_list();
    *file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
    const agr_status status =
        *file >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot create '%s'", path);
    H5Pclose(list);
    return status;
}

agr_status h5_file_create_in_memory(hid_t *file, agr_error *err)
{
    const hid_t list = access_list();
    H5Pset_fapl_core(list, MEMORY_GROWTH_BYTES, false);
    *file = H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, list);
    const agr_status status =
        *file >= 0 ? AGR_OK : h5_fail(err, AGR_MEMORY, "cannot make a file in memory");
    H5Pclose(list);
    return status;
}

agr_status h5_file_image(hid_t file, void **bytes, size_t *size_bytes, agr_error *err)
{
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0)
        return h5_fail(err, AGR_MEMORY, "cannot complete the file in memory");
    const ssize_t size = H5Fget_file_image(file, NULL, 0);
    if (size <= 0)
        return h5_fail(err, AGR_MEMORY, "cannot measure the file in memory");
    *bytes = malloc((size_t)size);
    if (*bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zd bytes for a file image", size);
    if (H5Fget_file_image(file, *bytes, (size_t)size) != size) {
        free(*bytes);
        return h5_fail(err, AGR_MEMORY, "cannot copy the file in memory");
    }
    *size_bytes = (size_t)size;
    return AGR_OK;
}

agr_status h5_file_close(hid_t file, agr_error *err)
{
    return H5Fclose(file) >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot complete the file");
}

/* ---- links and groups ---- */

bool h5_has(hid_t group, const char *name)
{
    H5L_info_t info;
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0 ||
        H5Lget_info(group, name, &info, H5P_DEFAULT) < 0)
        return false;
    if (info.type == H5L_TYPE_SOFT)
        return H5Oexists_by_name(group, name, H5P_DEFAULT) > 0;
    return info.type == H5L_TYPE_HARD;
}

bool h5_has_path(hid_t group, const char *path)
{
    char first[256];
    const size_t length = strcspn(path, "/");
    snprintf(first, sizeof first, "%.*s", (int)length, path);
    return h5_has(group, first) && (path[length] == '\0' || h5_has(group, path));
}

agr_status h5_group_create(hid_t parent, const char *name, hid_t *group, agr_error *err)
{
    const hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, false);
    *group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
    const agr_status status =
        *group >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot create group '%s'", name);
    H5Pclose(list);
    return status;
}

agr_status h5_group_open(hid_t parent, const char *name, hid_t *group, agr_error *err)
{
    if (!h5_has(parent, name))
        return agr_error_set(err, AGR_FORMAT, "no group '%s'", name);
    *group = H5Gopen2(parent, name, H5P_DEFAULT);
    return *group >= 0 ? AGR_OK : h5_fail(err, AGR_FORMAT, "cannot open group '%s'", name);
}

typedef struct {
    h5_visitor *visit;
    void *context;
    agr_status status;
    int n_visited;
    agr_error *err;
} h5_walk;

/* Asked of the open object: how HDF5 describes an unopened one differs between 1.10 and 1.12. */
static H5I_type_t kind_of(hid_t group, const char *name)
{
    const hid_t object = h5_has(group, name) ? H5Oopen(group, name, H5P_DEFAULT) : -1;
    const H5I_type_t kind = object >= 0 ? H5Iget_type(object) : H5I_BADID;
    if (object >= 0)
        H5Oclose(object);
    return kind;
}

static herr_t visit_child(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    h5_walk *walk = context;
    (void)link;
    if (++walk->n_visited > H5_MAX_CHILDREN) {
        walk->status = agr_error_set(walk->err, AGR_FORMAT,
                                     "expected at most %d entries, found more", H5_MAX_CHILDREN);
        return 1;
    }
    const H5I_type_t kind = kind_of(group, name);
    if (kind == H5I_BADID)
        walk->status = h5_fail(walk->err, AGR_FORMAT, "'%s' leads nowhere", name);
    else if (kind == H5I_GROUP || kind == H5I_DATASET)
        walk->status = walk->visit(walk->context, group, name, kind == H5I_GROUP, walk->err);
    return walk->status != AGR_OK;
}

agr_status h5_for_each(hid_t group, h5_visitor *visit, void *context, agr_error *err)
{
    h5_walk walk = {.visit = visit, .context = context, .status = AGR_OK, .err = err};
    const herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_child, &walk);
    if (walk.status != AGR_OK)
        return walk.status;
    return result >= 0 ? AGR_OK : h5_fail(err, AGR_FORMAT, "cannot list a group");
}

/* ---- texts ---- */

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

/* Strings as they lie in memory after reading: either HDF5's own (variable length) or fixed fields.
 */
typedef struct {
    hid_t file_type, memory_type, space;
    bool is_variable;
    size_t field_bytes;
    size_t count;
    char *fields;          /* fixed: count * field_bytes */
    const char **pointers; /* [count] */
} h5_text_reader;

static void text_reader_close(h5_text_reader *reader)
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
static agr_status text_reader_open(h5_text_reader *reader, hid_t file_type, hid_t space,
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
        text_reader_close(reader);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zu bytes of text", size_bytes);
    }
    for (size_t i = 0; !reader->is_variable && i < reader->count; i++)
        reader->pointers[i] = reader->fields + i * reader->field_bytes;
    return AGR_OK;
}

static void *text_reader_target(h5_text_reader *reader)
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

static agr_status text_reader_pack(h5_text_reader *reader, char ***texts, agr_error *err)
{
    text_reader_trim(reader);
    *texts = texts_pack(reader->pointers, reader->count,
                        reader->is_variable ? H5_MAX_TEXT_BYTES : reader->field_bytes);
    return *texts != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate texts");
}

/* ---- attributes ---- */

static agr_status read_text_attribute(hid_t attribute, char ***texts, int *n_texts, agr_error *err)
{
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    h5_text_reader reader;
    agr_status status = text_reader_open(&reader, type, space, H5_MAX_TEXT_BYTES, err);
    if (status == AGR_OK) {
        if (reader.count > 0 &&
            H5Aread(attribute, reader.memory_type, text_reader_target(&reader)) < 0)
            status = h5_fail(err, AGR_FORMAT, "cannot read text");
        else
            status = text_reader_pack(&reader, texts, err);
        *n_texts = (int)reader.count;
        text_reader_close(&reader);
    }
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

agr_status h5_read_texts(hid_t object, const char *name, char ***texts, int *n_texts,
                         agr_error *err)
{
    *texts = NULL;
    *n_texts = 0;
    if (H5Aexists(object, name) <= 0)
        return AGR_OK;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    const agr_status status = read_text_attribute(attribute, texts, n_texts, err);
    H5Aclose(attribute);
    if (status != AGR_OK)
        agr_error_context(err, "attribute '%s'", name);
    return status;
}

agr_status h5_read_text(hid_t object, const char *name, char **text, agr_error *err)
{
    char **texts;
    int n_texts;
    *text = NULL;
    AGR_TRY(h5_read_texts(object, name, &texts, &n_texts, err));
    if (texts == NULL)
        return AGR_OK;
    agr_status status = AGR_OK;
    if (n_texts != 1)
        status = agr_error_set(err, AGR_FORMAT, "attribute '%s': expected one text, found %d", name,
                               n_texts);
    else if ((*text = strdup(texts[0])) == NULL)
        status = agr_error_set(err, AGR_MEMORY, "attribute '%s': cannot allocate", name);
    free(texts);
    return status;
}

/* Opens an attribute of n_expected whole numbers; *attribute is -1 when there is none. */
static agr_status open_numbers(hid_t object, const char *name, int n_expected, hid_t *attribute,
                               agr_error *err)
{
    *attribute = -1;
    if (H5Aexists(object, name) <= 0)
        return AGR_OK;
    const hid_t opened = H5Aopen(object, name, H5P_DEFAULT);
    if (opened < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    const hid_t type = H5Aget_type(opened), space = H5Aget_space(opened);
    const bool fits = H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) <= 8 &&
                      H5Sget_simple_extent_npoints(space) == n_expected;
    H5Sclose(space);
    H5Tclose(type);
    if (!fits) {
        H5Aclose(opened);
        return agr_error_set(err, AGR_FORMAT,
                             "attribute '%s': expected %d whole numbers, found something else",
                             name, n_expected);
    }
    *attribute = opened;
    return AGR_OK;
}

static agr_status read_numbers(hid_t object, const char *name, hid_t memory_type, int n_expected,
                               void *values, bool *found, agr_error *err)
{
    hid_t attribute;
    *found = false;
    AGR_TRY(open_numbers(object, name, n_expected, &attribute, err));
    if (attribute < 0)
        return AGR_OK;
    const herr_t result = H5Aread(attribute, memory_type, values);
    H5Aclose(attribute);
    if (result < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    *found = true;
    return AGR_OK;
}

agr_status h5_read_uint64(hid_t object, const char *name, uint64_t *value, bool *found,
                          agr_error *err)
{
    int64_t as_signed; /* what is too large becomes the largest one */
    AGR_TRY(read_numbers(object, name, H5T_NATIVE_INT64, 1, &as_signed, found, err));
    if (*found && as_signed < 0)
        return agr_error_set(err, AGR_INPUT,
                             "attribute '%s': expected no number below 0, found %lld", name,
                             (long long)as_signed);
    return read_numbers(object, name, H5T_NATIVE_UINT64, 1, value, found, err);
}

agr_status h5_read_int32s(hid_t object, const char *name, int32_t *values, int n_expected,
                          agr_error *err)
{
    bool found;
    AGR_TRY(read_numbers(object, name, H5T_NATIVE_INT32, n_expected, values, &found, err));
    return found ? AGR_OK : agr_error_set(err, AGR_FORMAT, "no attribute '%s'", name);
}

static agr_status number_as_text(hid_t object, const char *name, bool is_signed, char **text,
                                 agr_error *err)
{
    int64_t value;
    bool found;
    AGR_TRY(read_numbers(object, name, is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, 1, &value,
                         &found, err));
    char digits[32];
    if (is_signed)
        snprintf(digits, sizeof digits, "%lld", (long long)value);
    else
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    *text = strdup(digits);
    return *text != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "cannot allocate text");
}

agr_status h5_read_as_text(hid_t object, const char *name, char **text, agr_error *err)
{
    *text = NULL;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const H5T_class_t type_class = H5Tget_class(type);
    const bool is_signed = type_class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
    const bool is_one = H5Sget_simple_extent_npoints(space) == 1;
    const bool is_small = H5Tget_size(type) <= 8;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    if (is_one && type_class == H5T_STRING)
        return h5_read_text(object, name, text, err);
    if (is_one && type_class == H5T_INTEGER && is_small)
        return number_as_text(object, name, is_signed, text, err);
    return AGR_OK;
}

static agr_status write_attribute(hid_t object, const char *name, hid_t type, hid_t memory_type,
                                  int rank, hsize_t count, const void *values, agr_error *err)
{
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, NULL);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    agr_status status = AGR_OK;
    if (attribute < 0 || (count > 0 && H5Awrite(attribute, memory_type, values) < 0))
        status = h5_fail(err, AGR_IO, "cannot write attribute '%s'", name);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

hid_t h5_text_type(size_t width)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* HDF5 keeps texts of variable length in heaps whose sizes it believes, so ours have a fixed length
 * where that fits into an attribute. */
static agr_status write_texts(hid_t object, const char *name, int rank, const char *const *texts,
                              size_t n_texts, agr_error *err)
{
    size_t width = 1, size_bytes = 0;
    for (size_t i = 0; i < n_texts; i++)
        width = strlen(texts[i]) > width ? strlen(texts[i]) : width;
    const bool fits =
        agr_size_multiply(width, n_texts, &size_bytes) && size_bytes <= MAX_ATTRIBUTE_BYTES;
    char *fields = fits ? calloc(n_texts + 1, width) : NULL;
    if (fits && fields == NULL)
        return agr_error_set(err, AGR_MEMORY, "attribute '%s': cannot allocate", name);
    for (size_t i = 0; fits && i < n_texts; i++)
        memcpy(fields + i * width, texts[i], strlen(texts[i]));
    const hid_t type = h5_text_type(fits ? width : H5T_VARIABLE);
    const agr_status status =
        write_attribute(object, name, type, type, rank, n_texts,
                        fits ? (const void *)fields : (const void *)texts, err);
    H5Tclose(type);
    free(fields);
    return status;
}

agr_status h5_write_text(hid_t object, const char *name, const char *text, agr_error *err)
{
    return write_texts(object, name, 0, &text, 1, err);
}

agr_status h5_write_texts(hid_t object, const char *name, const char *const *texts, int n_texts,
                          agr_error *err)
{
    return write_texts(object, name, 1, texts, (size_t)n_texts, err);
}

agr_status h5_write_uint64(hid_t object, const char *name, uint64_t value, agr_error *err)
{
    return write_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, 0, 1, &value, err);
}

agr_status h5_write_int64(hid_t object, const char *name, int64_t value, agr_error *err)
{
    return write_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 0, 1, &value, err);
}

agr_status h5_write_int32s(hid_t object, const char *name, const int32_t *values, int n_values,
                           agr_error *err)
{
    return write_attribute(object, name, H5T_STD_I32LE, H5T_NATIVE_INT32, 1, (hsize_t)n_values,
                           values, err);
}

/* ---- datasets ---- */

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
        if (dataset->size_bytes > LARGE_BYTES)
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
        text_reader_open(&reader, dataset->type, space, dataset->size_bytes * 8 + 64, err);
    if (status == AGR_OK) {
        status = check_text_sizes(dataset, space, err);
        if (status != AGR_OK) {
            reader.is_variable = false; /* nothing to reclaim */
        } else if (reader.count > 0 && H5Dread(dataset->id, reader.memory_type, H5S_ALL, H5S_ALL,
                                               H5P_DEFAULT, text_reader_target(&reader)) < 0)
            status = h5_fail(err, AGR_FORMAT, "cannot read text");
        else
            status = text_reader_pack(&reader, texts, err);
        text_reader_close(&reader);
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
