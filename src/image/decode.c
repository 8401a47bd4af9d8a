/* From the bytes of a file to upright RGB pixels, or the fault that keeps it from being used. */
#include <agr/image/decode.h>

#include "format_impl.h"
#include "memory_impl.h"
#include "stb_impl.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *remedy;
} faults[AGR_IMAGE_FAULT_COUNT] = {
#define X(name, text, remedy) {text, remedy},
    AGR_IMAGE_FAULT_LIST(X)
#undef X
};

const char *agr_image_fault_text(agr_image_fault fault)
{
    return faults[fault].text;
}

const char *agr_image_fault_remedy(agr_image_fault fault)
{
    return faults[fault].remedy;
}

static agr_image_fault read_outline(const uint8_t *bytes, size_t n_bytes,
                                    agr_image_outline *outline)
{
    const agr_image_fault fault = agr_image_recognise(bytes, n_bytes);
    if (fault != AGR_IMAGE_NONE)
        return fault;
    return bytes[0] == 0xFF ? agr_jpeg_outline(bytes, n_bytes, outline)
                            : agr_png_outline(bytes, n_bytes, outline);
}

static bool too_large(int64_t height, int64_t width)
{
    return height > AGR_IMAGE_MAX_SIDE || width > AGR_IMAGE_MAX_SIDE ||
           height * width > AGR_IMAGE_MAX_PIXELS;
}

/* Why stb gave nothing: it does not say. */
static agr_image_fault refusal(void)
{
    return agr_image_memory_lacked() ? AGR_IMAGE_MEMORY : AGR_IMAGE_CORRUPT;
}

/* Four channels become three in place: each pixel overwrites what the one before left over. */
static void drop_alpha(uint8_t *pixel, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t four;
        memcpy(&four, pixel + 4 * i, sizeof four);
        memcpy(pixel + 3 * i, &four, sizeof four);
    }
}

/* Of a JPEG four channels are asked for: stb makes the same colours several times as fast then. */
static uint8_t *load_rgb(const uint8_t *bytes, int n_bytes, bool is_jpeg)
{
    int width, height, channels;
    uint8_t *rgb =
        stbi_load_from_memory(bytes, n_bytes, &width, &height, &channels, is_jpeg ? 4 : 3);
    if (rgb != NULL && is_jpeg)
        drop_alpha(rgb, (int64_t)width * height);
    return rgb;
}

/* stb reads the header once more by its own rules: what it is about to decode has to be what was
 * checked. */
static agr_image_fault decode_pixels(const uint8_t *bytes, int n_bytes,
                                     const agr_image_outline *outline, agr_image *image)
{
    int width, height, channels;
    (void)agr_image_memory_lacked();
    if (!stbi_info_from_memory(bytes, n_bytes, &width, &height, &channels) ||
        width != outline->width || height != outline->height)
        return refusal();
    uint8_t *rgb = load_rgb(bytes, n_bytes, bytes[0] == 0xFF);
    if (rgb == NULL)
        return refusal();
    *image = (agr_image){.height = height, .width = width, .rgb = rgb};
    return AGR_IMAGE_NONE;
}

agr_image_fault agr_image_decode(const uint8_t *bytes, size_t n_bytes, agr_image *image)
{
    *image = (agr_image){0};
    if (n_bytes > AGR_IMAGE_MAX_FILE_BYTES)
        return AGR_IMAGE_TOO_LARGE;
    agr_image_outline outline;
    agr_image_fault fault = read_outline(bytes, n_bytes, &outline);
    if (fault != AGR_IMAGE_NONE)
        return fault;
    if (too_large(outline.height, outline.width))
        return AGR_IMAGE_TOO_LARGE;
    fault = decode_pixels(bytes, (int)n_bytes, &outline, image);
    if (fault == AGR_IMAGE_NONE && outline.exif != NULL)
        fault = agr_image_orient(image, outline.exif, outline.exif_bytes);
    if (fault != AGR_IMAGE_NONE)
        agr_image_release(image);
    return fault;
}

agr_status agr_image_refuse(agr_image_fault fault, const char *name, agr_error *err)
{
    if (fault == AGR_IMAGE_NONE)
        return AGR_OK;
    const agr_status status = fault == AGR_IMAGE_MEMORY ? AGR_MEMORY : AGR_INPUT;
    agr_error_set(err, status, "%s: %s", name, agr_image_fault_text(fault));
    if (agr_image_fault_remedy(fault)[0] != '\0')
        agr_error_hint(err, "%s", agr_image_fault_remedy(fault));
    return status;
}

const char *agr_image_decoder(void)
{
    return "stb_image " AGR_STB_VERSION;
}

void agr_image_release(agr_image *image)
{
    free(image->rgb);
    *image = (agr_image){0};
}

bool agr_image_is_constant(const uint8_t *rgb, int64_t n_pixels)
{
    /* Every byte equals the one a pixel further on exactly when all pixels are equal. */
    return n_pixels < 2 || memcmp(rgb, rgb + 3, (size_t)(n_pixels - 1) * 3) == 0;
}
