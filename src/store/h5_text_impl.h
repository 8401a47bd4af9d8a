/** Texts of HDF5, of fixed or variable length, as one list of ours. What attributes and datasets share;
 * wants the lock of h5_impl.h. */
#ifndef AGR_STORE_H5_TEXT_IMPL_H
#define AGR_STORE_H5_TEXT_IMPL_H

#include "h5_impl.h"

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

/** Prepares memory for the strings of this space, at most limit_bytes of it; file_type and space stay the
 * caller's. Caller closes. */
agr_status h5_text_reader_open(h5_text_reader *reader, hid_t file_type, hid_t space,
                               size_t limit_bytes, agr_error *err);
void h5_text_reader_close(h5_text_reader *reader);

/** Where HDF5 is to put what it reads as reader->memory_type. */
void *h5_text_reader_target(h5_text_reader *reader);

/** What was read, as h5_read_texts() hands it out. */
agr_status h5_text_reader_pack(h5_text_reader *reader, char ***texts, agr_error *err);

#endif
