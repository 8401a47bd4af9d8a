#include "test.h"

#include <agr/base/file.h>
#include <agr/image/decode.h>
#include <agr/image/encode.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { HEIGHT = 24, WIDTH = 40 };

/* Four quarters of four colours, so that every turn and mirroring can be told apart. */
static const uint8_t quarter_colour[4][3] = {
    {230, 40, 40}, {40, 230, 40}, {40, 40, 230}, {230, 230, 230}};

static uint8_t quarters[HEIGHT * WIDTH * 3];

static void make_quarters(void)
{
    for (int i = 0; i < HEIGHT; i++)
        for (int j = 0; j < WIDTH; j++)
            memcpy(quarters + 3 * (i * WIDTH + j),
                   quarter_colour[2 * (i >= HEIGHT / 2) + (j >= WIDTH / 2)], 3);
}

static agr_text encode_jpeg(void)
{
    agr_text file = {0};
    agr_error err;
    make_quarters();
    assert_ok(agr_image_encode_jpeg(quarters, HEIGHT, WIDTH, 95, &file, &err), err);
    return file;
}

static agr_text encode_png(void)
{
    agr_text file = {0};
    agr_error err;
    make_quarters();
    assert_ok(agr_image_encode_png(quarters, HEIGHT, WIDTH, &file, &err), err);
    return file;
}

static agr_image_fault decode_bytes(const void *bytes, size_t n_bytes, agr_image *image)
{
    /* a copy of exactly this size, so that reading past its end is seen by the sanitiser */
    uint8_t *copy = malloc(n_bytes > 0 ? n_bytes : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n_bytes);
    const agr_image_fault fault = agr_image_decode(copy, n_bytes, image);
    free(copy);
    return fault;
}

static void assert_fault(const void *bytes, size_t n_bytes, agr_image_fault expected)
{
    agr_image image;
    const agr_image_fault fault = decode_bytes(bytes, n_bytes, &image);
    if (fault != expected)
        fail_msg("%zu bytes: expected '%s', found '%s'", n_bytes, agr_image_fault_text(expected),
                 agr_image_fault_text(fault));
    assert_null(image.rgb);
}

static void test_png_comes_back_to_the_bit(void **state)
{
    (void)state;
    agr_text file = encode_png();
    agr_image image;
    assert_int_equal(decode_bytes(file.data, file.length, &image), AGR_IMAGE_NONE);
    assert_int_equal(image.height, HEIGHT);
    assert_int_equal(image.width, WIDTH);
    assert_memory_equal(image.rgb, quarters, sizeof quarters);
    agr_image_release(&image);
    agr_text_release(&file);
}

static void assert_colour(const agr_image *image, int i, int j, const uint8_t colour[3])
{
    const uint8_t *pixel = image->rgb + 3 * (i * image->width + j);
    for (int c = 0; c < 3; c++)
        if (abs(pixel[c] - colour[c]) > 12)
            fail_msg("pixel (%d, %d): expected about %d %d %d, found %d %d %d", i, j, colour[0],
                     colour[1], colour[2], pixel[0], pixel[1], pixel[2]);
}

/* Which quarter stands top left, top right, bottom left, bottom right. */
static void assert_quarters(const agr_image *image, const int quarter[4])
{
    for (int q = 0; q < 4; q++)
        assert_colour(image, q / 2 == 0 ? 3 : image->height - 4, q % 2 == 0 ? 3 : image->width - 4,
                      quarter_colour[quarter[q]]);
}

/* The JPEG with an EXIF part that holds nothing but an orientation. */
static agr_text with_orientation(const agr_text *jpeg, int orientation)
{
    const uint8_t exif[] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
                            'M',  'M',  0, 42, 0,   0,   0,   8,   0, 1,
                            1,    18,   0, 3,  0,   0,   0,   1,   0, (uint8_t)orientation,
                            0,    0,    0, 0,  0,   0};
    agr_text file = {0};
    agr_text_add_bytes(&file, jpeg->data, 2);
    agr_text_add_bytes(&file, exif, sizeof exif);
    agr_text_add_bytes(&file, jpeg->data + 2, jpeg->length - 2);
    return file;
}

static void test_orientations_are_applied(void **state)
{
    (void)state;
    /* EXIF 2.32, 4.6.4 A: where row 0 and column 0 of the stored image belong. */
    static const int expected[9][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2},
                                       {3, 2, 1, 0}, {2, 3, 0, 1}, {0, 2, 1, 3},
                                       {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}};
    agr_text jpeg = encode_jpeg();
    for (int orientation = 0; orientation <= 8; orientation++) {
        agr_text file = with_orientation(&jpeg, orientation);
        agr_image image;
        assert_int_equal(decode_bytes(file.data, file.length, &image), AGR_IMAGE_NONE);
        assert_int_equal(image.turned, orientation >= 2);
        assert_int_equal(image.height, orientation >= 5 ? WIDTH : HEIGHT);
        assert_int_equal(image.width, orientation >= 5 ? HEIGHT : WIDTH);
        assert_quarters(&image, expected[orientation]);
        agr_image_release(&image);
        agr_text_release(&file);
    }
    agr_text_release(&jpeg);
}

static void test_every_cut_is_noticed(void **state)
{
    (void)state;
    agr_text files[] = {encode_jpeg(), encode_png()};
    for (int f = 0; f < 2; f++) {
        assert_fault(files[f].data, 0, AGR_IMAGE_EMPTY);
        for (size_t n = 16; n < files[f].length; n++)
            assert_fault(files[f].data, n, AGR_IMAGE_TRUNCATED);
        agr_text_release(&files[f]);
    }
}

static void test_bytes_after_the_end_are_ignored(void **state)
{
    (void)state;
    agr_text files[] = {encode_jpeg(), encode_png()};
    for (int f = 0; f < 2; f++) {
        agr_text_add_bytes(&files[f], "trailing\xFF\xD8", 10);
        agr_image image;
        assert_int_equal(decode_bytes(files[f].data, files[f].length, &image), AGR_IMAGE_NONE);
        agr_image_release(&image);
        agr_text_release(&files[f]);
    }
}

/* Where the JPEG's frame header (its marker) begins. */
static size_t find_frame(const agr_text *jpeg)
{
    for (size_t i = 0; i + 1 < jpeg->length; i++)
        if ((uint8_t)jpeg->data[i] == 0xFF && (uint8_t)jpeg->data[i + 1] == 0xC0)
            return i;
    fail_msg("no frame header in our own JPEG");
    return 0;
}

static void test_what_a_jpeg_says_of_itself_is_judged_first(void **state)
{
    (void)state;
    agr_text jpeg = encode_jpeg();
    const size_t frame = find_frame(&jpeg);
    const struct {
        size_t offset;
        uint8_t value;
        agr_image_fault fault;
    } cases[] = {
        {9, 4, AGR_IMAGE_CMYK},           /* components */
        {4, 12, AGR_IMAGE_JPEG_CODING},   /* bits */
        {1, 0xC3, AGR_IMAGE_JPEG_CODING}, /* lossless */
        {1, 0xC9, AGR_IMAGE_JPEG_CODING}, /* arithmetic */
        {5, 0xFF, AGR_IMAGE_TOO_LARGE},   /* 65,304 rows */
        {6, 0, AGR_IMAGE_CORRUPT},        /* no rows */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *byte = jpeg.data + frame + cases[k].offset;
        const char saved = *byte;
        *byte = (char)cases[k].value;
        assert_fault(jpeg.data, jpeg.length, cases[k].fault);
        *byte = saved;
    }
    agr_text_release(&jpeg);
}

static void test_a_png_bomb_is_not_decoded(void **state)
{
    (void)state;
    agr_text png = encode_png();
    memcpy(png.data + 16, "\0\0\x40\0\0\0\x40\0", 8); /* 16,384 x 16,384 */
    assert_fault(png.data, png.length, AGR_IMAGE_TOO_LARGE);
    memcpy(png.data + 16, "\xFF\xFF\xFF\xFF", 4);
    assert_fault(png.data, png.length, AGR_IMAGE_TOO_LARGE);
    agr_text_release(&png);
}

static void test_other_formats_are_named(void **state)
{
    (void)state;
    static char tar[512];
    memcpy(tar + 257, "ustar", 5);
    const struct {
        const char *bytes;
        size_t n_bytes;
        agr_image_fault fault;
    } cases[] = {
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0",
         16, AGR_IMAGE_HEIC},
        {"\0\0\0\x1C"
         "ftypavif\0\0\0\0",
         16, AGR_IMAGE_HEIC},
        {"RIFF\x10\0\0\0WEBPVP8 ", 16, AGR_IMAGE_WEBP},
        {"GIF89a\1\0\1\0\0\0\0\0\0\0", 16, AGR_IMAGE_GIF},
        {"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0", 16, AGR_IMAGE_BMP},
        {"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0", 16, AGR_IMAGE_TIFF},
        {"MM\0*\0\0\0\x08\0\0\0\0\0\0\0\0", 16, AGR_IMAGE_TIFF},
        {"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0", 16, AGR_IMAGE_ARCHIVE},
        {"\x1F\x8B\x08\0\0\0\0\0\0\x03\0\0\0\0\0\0", 16, AGR_IMAGE_ARCHIVE},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", 63,
         AGR_IMAGE_LFS_POINTER},
        {tar, sizeof tar, AGR_IMAGE_ARCHIVE},
        {"# just some text", 16, AGR_IMAGE_UNKNOWN},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_fault(cases[k].bytes, cases[k].n_bytes, cases[k].fault);
}

static void test_reading_a_file_says_what_and_where(void **state)
{
    (void)state;
    char folder[256], path[300];
    test_folder_make(folder);
    snprintf(path, sizeof path, "%s/photo.jpg", folder);
    agr_error err;
    agr_image image;
    assert_fails(agr_image_read(path, &image, &err), AGR_NOT_FOUND, err, "photo.jpg");
    assert_ok(agr_file_write(path, "RIFF\x10\0\0\0WEBPVP8 ", 16, &err), err);
    assert_fails(agr_image_read(path, &image, &err), AGR_INPUT, err, "photo.jpg': WebP image");
    assert_non_null(strstr(err.hint, "dwebp"));
    make_quarters();
    agr_text file = {0};
    assert_ok(agr_image_encode_png(quarters, HEIGHT, WIDTH, &file, &err), err);
    assert_ok(agr_file_write(path, file.data, file.length, &err), err);
    assert_ok(agr_image_read(path, &image, &err), err);
    assert_quarters(&image, (const int[4]){0, 1, 2, 3});
    agr_image_release(&image);
    agr_text_release(&file);
    test_folder_remove(folder);
}

/* What is no file is refused without waiting for it; a process without descriptors says so. */
static void test_only_a_file_is_read(void **state)
{
    (void)state;
    char folder[256], path[300];
    test_folder_make(folder);
    snprintf(path, sizeof path, "%s/pipe.jpg", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    agr_error err;
    agr_image image;
    assert_fails(agr_image_read(path, &image, &err), AGR_INPUT, err, "pipe.jpg': a pipe, socket");
    assert_fails(agr_image_read("/dev/null", &image, &err), AGR_INPUT, err, "device");
    assert_fails(agr_image_read(folder, &image, &err), AGR_INPUT, err, "Is a directory");

    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const agr_status status = agr_image_read("/dev/null", &image, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_fails(status, AGR_IO, err, "Too many open files");
    test_folder_remove(folder);
}

static void test_one_colour_is_seen(void **state)
{
    (void)state;
    uint8_t rgb[3 * 50];
    for (int i = 0; i < 150; i++)
        rgb[i] = (uint8_t)(10 * (i % 3));
    assert_true(agr_image_is_constant(rgb, 50));
    rgb[149]++;
    assert_false(agr_image_is_constant(rgb, 50));
    assert_true(agr_image_is_constant(rgb, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_comes_back_to_the_bit),
        cmocka_unit_test(test_orientations_are_applied),
        cmocka_unit_test(test_every_cut_is_noticed),
        cmocka_unit_test(test_bytes_after_the_end_are_ignored),
        cmocka_unit_test(test_what_a_jpeg_says_of_itself_is_judged_first),
        cmocka_unit_test(test_a_png_bomb_is_not_decoded),
        cmocka_unit_test(test_other_formats_are_named),
        cmocka_unit_test(test_reading_a_file_says_what_and_where),
        cmocka_unit_test(test_only_a_file_is_read),
        cmocka_unit_test(test_one_colour_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
