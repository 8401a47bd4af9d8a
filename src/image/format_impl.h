/** What a file's own structure says before its pixels are decoded. */
#ifndef AGR_IMAGE_FORMAT_IMPL_H
#define AGR_IMAGE_FORMAT_IMPL_H

#include <agr/image/decode.h>

typedef struct {
    int height, width;   /* as stored */
    const uint8_t *exif; /* the EXIF part ("Exif\0\0" first) inside the file's bytes, or NULL */
    size_t exif_bytes;
} agr_image_outline;

/** Follows a JPEG's markers to its end-of-image marker. */
agr_image_fault agr_jpeg_outline(const uint8_t *bytes, size_t n_bytes, agr_image_outline *outline);

/** Follows a PNG's chunks to IEND. */
agr_image_fault agr_png_outline(const uint8_t *bytes, size_t n_bytes, agr_image_outline *outline);

/** Turns and mirrors the image as its EXIF part asks for. AGR_IMAGE_MEMORY. */
agr_image_fault agr_image_orient(agr_image *image, const uint8_t *exif, size_t exif_bytes);

#endif
