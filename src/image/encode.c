/* From pixels to the bytes of a PNG or JPEG. */
#include <agr/image/encode.h>

#include "stb_impl.h"

static void add_bytes(void *context, void *bytes, int n_bytes)
{
    agr_text_add_bytes(context, bytes, (size_t)n_bytes);
}

static agr_status finish(int written, const agr_text *file, agr_error *err)
{
    if (!written || file->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to encode an image");
    return AGR_OK;
}

agr_status agr_image_encode_png(const uint8_t *rgb, int height, int width, agr_text *file,
                                agr_error *err)
{
    return finish(stbi_write_png_to_func(add_bytes, file, width, height, 3, rgb, width * 3), file,
                  err);
}

agr_status agr_image_encode_jpeg(const uint8_t *rgb, int height, int width, int quality,
                                 agr_text *file, agr_error *err)
{
    return finish(stbi_write_jpg_to_func(add_bytes, file, width, height, 3, rgb, quality), file,
                  err);
}
