/* Names a format by its first bytes. */
#include <agr/image/decode.h>

#include <string.h>

/* Bytes that a kind of file begins with (or has at an offset). */
typedef struct {
    size_t offset;
    size_t n_bytes;
    const char *bytes;
    agr_image_fault fault;
} signature;

#define SIGNATURE(offset, text, fault)                                                             \
    {                                                                                              \
        offset, sizeof(text) - 1, text, fault                                                      \
    }

static const signature signatures[] = {
    SIGNATURE(0, "\xFF\xD8\xFF", AGR_IMAGE_NONE),
    SIGNATURE(0, "\x89PNG\r\n\x1A\n", AGR_IMAGE_NONE),
    SIGNATURE(4, "ftypheic", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypheix", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftyphevc", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypheim", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypheis", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypmif1", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypmsf1", AGR_IMAGE_HEIC),
    SIGNATURE(4, "ftypavif", AGR_IMAGE_HEIC),
    SIGNATURE(8, "WEBP", AGR_IMAGE_WEBP),
    SIGNATURE(0, "GIF87a", AGR_IMAGE_GIF),
    SIGNATURE(0, "GIF89a", AGR_IMAGE_GIF),
    SIGNATURE(0, "BM", AGR_IMAGE_BMP),
    SIGNATURE(0, "II*\0", AGR_IMAGE_TIFF),
    SIGNATURE(0, "MM\0*", AGR_IMAGE_TIFF),
    SIGNATURE(0, "version https://git-lfs.", AGR_IMAGE_LFS_POINTER),
    SIGNATURE(0, "PK\x03\x04", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "PK\x05\x06", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "\x1F\x8B", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "BZh", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0,
              "\xFD"
              "7zXZ\0",
              AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "7z\xBC\xAF\x27\x1C", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "\x28\xB5\x2F\xFD", AGR_IMAGE_ARCHIVE),
    SIGNATURE(0, "Rar!\x1A\x07", AGR_IMAGE_ARCHIVE),
    SIGNATURE(257, "ustar", AGR_IMAGE_ARCHIVE),
};

agr_image_fault agr_image_recognise(const uint8_t *bytes, size_t n_bytes)
{
    if (n_bytes == 0)
        return AGR_IMAGE_EMPTY;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const signature *s = &signatures[i];
        if (n_bytes >= s->offset + s->n_bytes &&
            memcmp(bytes + s->offset, s->bytes, s->n_bytes) == 0)
            return s->fault;
    }
    return AGR_IMAGE_UNKNOWN;
}
