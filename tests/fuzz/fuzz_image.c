/* Bytes from anyone as a picture: decoded within the bounds, or named; never read past. */
#include "fuzz.h"

#include <agr/image/decode.h>
#include <stdlib.h>

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    agr_image image;
    const agr_image_fault fault = agr_image_decode(data, n_bytes, &image);
    if ((fault == AGR_IMAGE_NONE) != (image.rgb != NULL))
        abort();
    if (image.rgb != NULL && (image.height < 1 || image.width < 1))
        abort();
    if (image.rgb != NULL)
        agr_image_is_constant(image.rgb, (int64_t)image.height * image.width);
    agr_image_release(&image);
    return fault == AGR_IMAGE_NONE;
}
