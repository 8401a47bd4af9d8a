/* Follows a JPEG marker by marker to its end, so that a cut one is known before it is decoded. */
#include "format_impl.h"

#include <string.h>

enum {
    MARKER_SOF0 = 0xC0, /* baseline */
    MARKER_SOF2 = 0xC2, /* progressive; 0xC1 is extended sequential */
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_DAC = 0xCC,
    MARKER_SOF15 = 0xCF,
    MARKER_RST0 = 0xD0,
    MARKER_SOI = 0xD8,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP1 = 0xE1,
    MARKER_TEM = 0x01,
};

static bool marker_stands_alone(int marker)
{
    return marker == MARKER_TEM || (marker >= MARKER_RST0 && marker <= MARKER_SOI);
}

static bool marker_begins_frame(int marker)
{
    return marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_DHT &&
           marker != MARKER_JPG && marker != MARKER_DAC;
}

/* body: precision (1 byte), height (2), width (2), components (1). */
static agr_image_fault read_frame(int marker, const uint8_t *body, size_t n_body,
                                  agr_image_outline *outline)
{
    if (n_body < 6)
        return AGR_IMAGE_CORRUPT;
    if (marker > MARKER_SOF2 || body[0] != 8)
        return AGR_IMAGE_JPEG_CODING;
    outline->height = body[1] << 8 | body[2];
    outline->width = body[3] << 8 | body[4];
    if (body[5] == 4)
        return AGR_IMAGE_CMYK;
    return AGR_IMAGE_NONE;
}

/* The first 0xFF at or after `at` that begins a marker: not a stuffed zero, not a restart marker,
 * not a fill byte. n_bytes when there is none. */
static size_t skip_entropy_coded_data(const uint8_t *bytes, size_t n_bytes, size_t at)
{
    while (at + 1 < n_bytes) {
        const uint8_t *found = memchr(bytes + at, 0xFF, n_bytes - 1 - at);
        if (found == NULL)
            break;
        at = (size_t)(found - bytes);
        const int next = bytes[at + 1];
        if (next == 0xFF)
            at += 1;
        else if (next == 0 || (next >= MARKER_RST0 && next < MARKER_SOI))
            at += 2;
        else
            return at;
    }
    return n_bytes;
}

agr_image_fault agr_jpeg_outline(const uint8_t *bytes, size_t n_bytes, agr_image_outline *outline)
{
    *outline = (agr_image_outline){0};
    bool has_scan = false;
    size_t at = 2;
    while (at + 1 < n_bytes) {
        if (bytes[at] != 0xFF)
            return AGR_IMAGE_CORRUPT;
        const int marker = bytes[at + 1];
        if (marker == 0xFF) {
            at += 1;
            continue;
        }
        at += 2;
        if (marker == MARKER_EOI)
            return has_scan && outline->height > 0 && outline->width > 0 ? AGR_IMAGE_NONE
                                                                         : AGR_IMAGE_CORRUPT;
        if (marker_stands_alone(marker))
            continue;
        if (at + 2 > n_bytes)
            return AGR_IMAGE_TRUNCATED;
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2)
            return AGR_IMAGE_CORRUPT;
        if (length > n_bytes - at)
            return AGR_IMAGE_TRUNCATED;
        const uint8_t *body = bytes + at + 2;
        if (marker_begins_frame(marker)) {
            const agr_image_fault fault = read_frame(marker, body, length - 2, outline);
            if (fault != AGR_IMAGE_NONE)
                return fault;
        } else if (marker == MARKER_APP1 && outline->exif == NULL && length >= 8 &&
                   memcmp(body, "Exif\0", 6) == 0) {
            outline->exif = body;
            outline->exif_bytes = length - 2;
        }
        at += length;
        if (marker == MARKER_SOS) {
            has_scan = true;
            at = skip_entropy_coded_data(bytes, n_bytes, at);
        }
    }
    return AGR_IMAGE_TRUNCATED;
}
