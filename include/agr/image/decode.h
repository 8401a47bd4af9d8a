/**
 * From the bytes of a JPEG or PNG file to RGB pixels.
 *
 * What is read: baseline and progressive JPEG with 1 or 3 components, PNG of every colour type (an
 * alpha channel is dropped, 16 bits become 8). Grey becomes three equal channels. The orientation
 * that a JPEG's EXIF part asks for is applied, so that the pixels stand as a viewer shows them.
 * Everything else is recognised by its first bytes and named, never guessed at.
 */
#ifndef AGR_IMAGE_DECODE_H
#define AGR_IMAGE_DECODE_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds that are checked before a single pixel is decoded, and on the size of a file. */
enum {
    AGR_IMAGE_MAX_SIDE = 16384,
    AGR_IMAGE_MAX_PIXELS = 1 << 26,
    AGR_IMAGE_MAX_FILE_BYTES = 1 << 28,
};

/* Why bytes are no usable image: name, what it is (short, fixed: rejects are counted by it), and
 * the remedy ("" when there is none to name). */
#define AGR_IMAGE_FAULT_LIST(X)                                                                    \
    X(NONE, "usable", "")                                                                          \
    X(EMPTY, "empty file", "fetch it again")                                                       \
    X(TRUNCATED, "truncated image file", "fetch it again")                                         \
    X(CORRUPT, "corrupt image file", "fetch it again")                                             \
    X(TOO_LARGE, "image too large", "shrink it: at most 16384 a side and 67 million pixels")       \
    X(CMYK, "CMYK JPEG", "convert it: magick FILE -colorspace sRGB FILE.jpg")                      \
    X(JPEG_CODING, "JPEG with lossless, arithmetic or 12-bit coding",                              \
      "convert it: magick FILE -depth 8 FILE.png")                                                 \
    X(HEIC, "HEIC or AVIF image", "convert it: heif-convert FILE FILE.jpg")                        \
    X(WEBP, "WebP image", "convert it: dwebp FILE -o FILE.png")                                    \
    X(GIF, "GIF image", "convert it: magick FILE[0] FILE.png")                                     \
    X(BMP, "BMP image", "convert it: magick FILE FILE.png")                                        \
    X(TIFF, "TIFF image", "convert it: magick FILE[0] FILE.png")                                   \
    X(LFS_POINTER, "Git LFS pointer", "it stands for a file elsewhere: git lfs pull")              \
    X(ARCHIVE, "archive", "unpack it: tar -xf FILE (zip: unzip FILE)")                             \
    X(UNKNOWN, "neither JPEG nor PNG", "")                                                         \
    X(MEMORY, "not enough memory to decode it", "")

typedef enum {
#define X(name, text, remedy) AGR_IMAGE_##name,
    AGR_IMAGE_FAULT_LIST(X)
#undef X
        AGR_IMAGE_FAULT_COUNT
} agr_image_fault;

/** What is wrong, in a few fixed words. Static memory. */
const char *agr_image_fault_text(agr_image_fault fault);

/** What to do about it, or "". Static memory. */
const char *agr_image_fault_remedy(agr_image_fault fault);

/** Pixels in memory. */
typedef struct {
    int height, width;
    uint8_t *rgb; /* [height, width, 3]; owned, from malloc */
    bool turned;  /* not as stored: turned or mirrored as the EXIF part asks */
} agr_image;

/**
 * Decodes the bytes of one file. On AGR_IMAGE_NONE the caller releases *image; on any other fault
 * *image is empty.
 *
 * A JPEG is followed marker by marker to its end-of-image marker and a PNG chunk by chunk to IEND
 * first: a cut file is a fault, although its first rows could be decoded. Bytes after the end are
 * ignored.
 * May be called from many threads at once.
 */
agr_image_fault agr_image_decode(const uint8_t *bytes, size_t n_bytes, agr_image *image);

/** AGR_OK for AGR_IMAGE_NONE; else the error that says it of `name`, with the remedy: AGR_INPUT, or
 * AGR_MEMORY when the machine is to blame and not the bytes. */
agr_status agr_image_refuse(agr_image_fault fault, const char *name, agr_error *err);

/** The bytes of a file. Zeroed at first; its memory serves one file after the other. */
typedef struct {
    uint8_t *bytes; /* [n_bytes]; owned */
    size_t n_bytes, room_bytes;
} agr_image_file;

/** Reads a whole file. Returns 0 or an errno value: EINVAL for a pipe, socket or device (none is
 * waited for), EFBIG above AGR_IMAGE_MAX_FILE_BYTES; agr_errno_blames_path() tells whether the next
 * file may be well. Caller releases. */
int agr_image_file_load(agr_image_file *file, const char *path);

/** That value in words. Static memory. */
const char *agr_image_file_reason(int errno_value);

void agr_image_file_release(agr_image_file *file);

/** Reads and decodes one file. AGR_NOT_FOUND, AGR_INPUT: this file cannot be used (the text says
 * why, the hint what to do); AGR_MEMORY, AGR_IO: the machine could not. Caller releases *image. */
agr_status agr_image_read(const char *path, agr_image *image, agr_error *err);

/** Frees the pixels and empties *image. */
void agr_image_release(agr_image *image);

/** "stb_image 2.27": what decodes, and which of it; datasets record it. Static memory. */
const char *agr_image_decoder(void);

/** Whether all pixels have one colour: such a picture shows nothing. */
bool agr_image_is_constant(const uint8_t *rgb, int64_t n_pixels);

/** What these first bytes (16 or more where the file has them) begin: AGR_IMAGE_NONE for JPEG and
 * PNG, else the fault naming the format. */
agr_image_fault agr_image_recognise(const uint8_t *bytes, size_t n_bytes);

#endif
