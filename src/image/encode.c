#include <agr/image/encode.h>

#include "stb_impl.h"

#include <agr/base/file.h>
#include <string.h>
#include <strings.h>

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

static bool asks_for_jpeg(const char *path)
{
    const char *dot = strrchr(agr_path_name(path), '.');
    return dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

agr_status agr_image_write(const char *path, const uint8_t *rgb, int height, int width,
                           agr_error *err)
{
    agr_text file = {0};
    agr_status status = asks_for_jpeg(path)
                            ? agr_image_encode_jpeg(rgb, height, width, 95, &file, err)
                            : agr_image_encode_png(rgb, height, width, &file, err);
    if (status == AGR_OK)
        status = agr_file_write(path, file.data, file.length, err);
    agr_text_release(&file);
    return status;
}
