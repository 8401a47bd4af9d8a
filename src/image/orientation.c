/* Turns a picture as its EXIF part asks. */
#include "format_impl.h"
#include "memory_impl.h"

#include <libexif/exif-data.h>
#include <stdlib.h>
#include <string.h>

/* EXIF 2.32, tag 0x0112: 1 as stored, 2 mirrored, 3 turned by 180 degrees, 4 flipped, 5 to 8 the
 * same with rows and columns exchanged. 1 when absent or meaningless. */
static int read_orientation(ExifMem *memory, const uint8_t *exif, size_t exif_bytes)
{
    ExifData *data = exif_data_new_mem(memory);
    if (data == NULL)
        return 1;
    int orientation = 1;
    exif_data_load_data(data, exif, (unsigned)exif_bytes);
    const ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry != NULL && entry->format == EXIF_FORMAT_SHORT && entry->components == 1 &&
        entry->size >= 2)
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

static void *take(ExifLong n_bytes)
{
    return agr_image_memory_take(n_bytes);
}

static void *grow(void *memory, ExifLong n_bytes)
{
    return agr_image_memory_grow(memory, n_bytes);
}

/* libexif passes over what it has no memory for: only our own functions know. */
static agr_image_fault find_orientation(const uint8_t *exif, size_t exif_bytes, int *orientation)
{
    (void)agr_image_memory_lacked();
    ExifMem *memory = exif_mem_new(take, grow, free);
    if (memory == NULL)
        return AGR_IMAGE_MEMORY;
    *orientation = read_orientation(memory, exif, exif_bytes);
    exif_mem_unref(memory);
    return agr_image_memory_lacked() ? AGR_IMAGE_MEMORY : AGR_IMAGE_NONE;
}

/* Pixel (i, j) of the upright image is pixel (first + i * row_step + j * column_step) of the stored
 * one. */
typedef struct {
    int64_t first, row_step, column_step;
} walk;

static walk plan_walk(int orientation, int64_t h, int64_t w)
{
    switch (orientation) {
    case 2:
        return (walk){w - 1, w, -1};
    case 3:
        return (walk){h * w - 1, -w, -1};
    case 4:
        return (walk){(h - 1) * w, -w, 1};
    case 5:
        return (walk){0, 1, w};
    case 6:
        return (walk){(h - 1) * w, 1, -w};
    case 7:
        return (walk){h * w - 1, -1, -w};
    case 8:
        return (walk){w - 1, -1, w};
    default:
        return (walk){0, w, 1};
    }
}

agr_image_fault agr_image_orient(agr_image *image, const uint8_t *exif, size_t exif_bytes)
{
    int orientation;
    const agr_image_fault fault = find_orientation(exif, exif_bytes, &orientation);
    if (fault != AGR_IMAGE_NONE || orientation == 1)
        return fault;
    const bool exchanged = orientation >= 5;
    const int height = exchanged ? image->width : image->height;
    const int width = exchanged ? image->height : image->width;
    uint8_t *upright = malloc((size_t)height * (size_t)width * 3);
    if (upright == NULL)
        return AGR_IMAGE_MEMORY;
    const walk step = plan_walk(orientation, image->height, image->width);
    uint8_t *to = upright;
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++, to += 3)
            memcpy(to, image->rgb + 3 * (step.first + i * step.row_step + j * step.column_step), 3);
    free(image->rgb);
    *image = (agr_image){.height = height, .width = width, .rgb = upright, .turned = true};
    return AGR_IMAGE_NONE;
}
