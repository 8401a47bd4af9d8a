/** From RGB pixels to the bytes of a JPEG or PNG file, for contact sheets and synthetic sets. */
#ifndef AGR_IMAGE_ENCODE_H
#define AGR_IMAGE_ENCODE_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <stdint.h>

/** Adds rgb [height,width,3] as a PNG file to the bytes of *file. The same pixels give the same
 * bytes. AGR_MEMORY when memory runs out. May be called from many threads at once. */
agr_status agr_image_encode_png(const uint8_t *rgb, int height, int width, agr_text *file,
                                agr_error *err);

/** As agr_image_encode_png() for a baseline JPEG; quality in [1, 100] (above 90 without chroma
 * subsampling). */
agr_status agr_image_encode_jpeg(const uint8_t *rgb, int height, int width, int quality,
                                 agr_text *file, agr_error *err);

#endif
