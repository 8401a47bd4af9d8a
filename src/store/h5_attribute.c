/* Attributes: texts and numbers. */
#include "h5_text_impl.h"

#include <agr/base/size.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The old file format has room for 64 KiB in an attribute, its name and shape included. */
enum { MAX_ATTRIBUTE_BYTES = 60000 };

static agr_status read_text_attribute(hid_t attribute, char ***texts, int *n_texts, agr_error *err)
{
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    h5_text_reader reader;
    agr_status status = h5_text_reader_open(&reader, type, space, H5_MAX_TEXT_BYTES, err);
    if (status == AGR_OK) {
        if (reader.count > 0 &&
            H5Aread(attribute, reader.memory_type, h5_text_reader_target(&reader)) < 0)
            status = h5_fail(err, AGR_FORMAT, "cannot read text");
        else
            status = h5_text_reader_pack(&reader, texts, err);
        *n_texts = (int)reader.count;
        h5_text_reader_close(&reader);
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

/* Opens an attribute of n_expected numbers of a class; *attribute is -1 when there is none. */
static agr_status open_numbers(hid_t object, const char *name, H5T_class_t class, int n_expected,
                               hid_t *attribute, agr_error *err)
{
    *attribute = -1;
    if (H5Aexists(object, name) <= 0)
        return AGR_OK;
    const hid_t opened = H5Aopen(object, name, H5P_DEFAULT);
    if (opened < 0)
        return h5_fail(err, AGR_FORMAT, "attribute '%s'", name);
    const hid_t type = H5Aget_type(opened), space = H5Aget_space(opened);
    const bool fits = H5Tget_class(type) == class && H5Tget_size(type) <= 8 &&
                      H5Sget_simple_extent_npoints(space) == n_expected;
    H5Sclose(space);
    H5Tclose(type);
    if (!fits) {
        H5Aclose(opened);
        return agr_error_set(err, AGR_FORMAT,
                             "attribute '%s': expected %d %s, found something else", name,
                             n_expected, class == H5T_INTEGER ? "whole numbers" : "numbers");
    }
    *attribute = opened;
    return AGR_OK;
}

static agr_status read_numbers(hid_t object, const char *name, hid_t memory_type, int n_expected,
                               void *values, bool *found, agr_error *err)
{
    hid_t attribute;
    *found = false;
    const H5T_class_t class = H5Tget_class(memory_type);
    AGR_TRY(open_numbers(object, name, class, n_expected, &attribute, err));
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

agr_status h5_read_doubles(hid_t object, const char *name, double *values, int n_expected,
                           agr_error *err)
{
    bool found;
    for (int i = 0; i < n_expected; i++)
        values[i] = (double)NAN;
    return read_numbers(object, name, H5T_NATIVE_DOUBLE, n_expected, values, &found, err);
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
static agr_status write_texts(hid_t object, const char *name, H5T_cset_t characters, int rank,
                              const char *const *texts, size_t n_texts, agr_error *err)
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
    H5Tset_cset(type, characters);
    const agr_status status =
        write_attribute(object, name, type, type, rank, n_texts,
                        fits ? (const void *)fields : (const void *)texts, err);
    H5Tclose(type);
    free(fields);
    return status;
}

agr_status h5_write_text(hid_t object, const char *name, const char *text, agr_error *err)
{
    return write_texts(object, name, H5T_CSET_UTF8, 0, &text, 1, err);
}

agr_status h5_write_ascii(hid_t object, const char *name, const char *text, agr_error *err)
{
    return write_texts(object, name, H5T_CSET_ASCII, 0, &text, 1, err);
}

agr_status h5_write_texts(hid_t object, const char *name, const char *const *texts, int n_texts,
                          agr_error *err)
{
    return write_texts(object, name, H5T_CSET_UTF8, 1, texts, (size_t)n_texts, err);
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

agr_status h5_write_doubles(hid_t object, const char *name, const double *values, int n_values,
                            agr_error *err)
{
    return write_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, (hsize_t)n_values,
                           values, err);
}
