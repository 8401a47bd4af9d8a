/* Follows a PNG chunk by chunk to its end. */
#include "format_impl.h"

#include <string.h>

enum { SIGNATURE_BYTES = 8, CHUNK_FRAME_BYTES = 12, MAX_CHUNK_BYTES = 0x7FFFFFFF };

static uint32_t read_big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static agr_image_fault read_header(const uint8_t *body, size_t n_body, agr_image_outline *outline)
{
    if (n_body < 13)
        return AGR_IMAGE_CORRUPT;
    const uint32_t width = read_big_endian(body), height = read_big_endian(body + 4);
    if (width == 0 || height == 0)
        return AGR_IMAGE_CORRUPT;
    if (width > AGR_IMAGE_MAX_SIDE || height > AGR_IMAGE_MAX_SIDE)
        return AGR_IMAGE_TOO_LARGE;
    outline->width = (int)width;
    outline->height = (int)height;
    return AGR_IMAGE_NONE;
}

agr_image_fault agr_png_outline(const uint8_t *bytes, size_t n_bytes, agr_image_outline *outline)
{
    *outline = (agr_image_outline){0};
    bool has_data = false;
    for (size_t at = SIGNATURE_BYTES; n_bytes - at >= CHUNK_FRAME_BYTES;) {
        const size_t length = read_big_endian(bytes + at);
        if (length > MAX_CHUNK_BYTES)
            return AGR_IMAGE_CORRUPT;
        if (length > n_bytes - at - CHUNK_FRAME_BYTES)
            return AGR_IMAGE_TRUNCATED;
        const uint8_t *kind = bytes + at + 4, *body = bytes + at + 8;
        if (memcmp(kind, "IHDR", 4) == 0) {
            const agr_image_fault fault = read_header(body, length, outline);
            if (fault != AGR_IMAGE_NONE)
                return fault;
        }
        has_data = has_data || memcmp(kind, "IDAT", 4) == 0;
        if (memcmp(kind, "IEND", 4) == 0)
            return has_data && outline->height > 0 ? AGR_IMAGE_NONE : AGR_IMAGE_CORRUPT;
        at += length + CHUNK_FRAME_BYTES;
    }
    return AGR_IMAGE_TRUNCATED;
}
