/* Memory that is not there: every allocation of a decoding fails once, and each time the machine is
 * named, not the picture. The linker leads our allocations here (--wrap). */
#include "test.h"

#include <agr/image/decode.h>
#include <agr/image/encode.h>

enum { HEIGHT = 48, WIDTH = 40 };

static long n_until_failure = -1; /* below 0: none fails */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool is_the_one(void)
{
    return n_until_failure >= 0 && n_until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return is_the_one() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_the_one() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_the_one() ? NULL : __real_realloc(memory, size);
}

static void draw(uint8_t *rgb)
{
    for (int i = 0; i < HEIGHT * WIDTH * 3; i++)
        rgb[i] = (uint8_t)((unsigned)i * 2654435761U >> 24);
}

/* How many allocations a decoding takes; each of them failed once. A decoder may do without one
 * (stb asks whether a PNG is a JPEG), if the picture is the same. */
static int fail_each_allocation(const agr_text *file)
{
    const uint8_t *bytes = (const uint8_t *)file->data;
    agr_image whole, image;
    int n_lacking = 0;
    assert_int_equal(agr_image_decode(bytes, file->length, &whole), AGR_IMAGE_NONE);
    const size_t n_values = (size_t)(whole.height * whole.width * 3);
    for (int k = 0;; k++) {
        n_until_failure = k;
        const agr_image_fault fault = agr_image_decode(bytes, file->length, &image);
        const bool none_failed = n_until_failure >= 0;
        n_until_failure = -1;
        if (fault == AGR_IMAGE_NONE) {
            assert_int_equal(image.height, whole.height);
            assert_memory_equal(image.rgb, whole.rgb, n_values);
        } else if (none_failed || fault != AGR_IMAGE_MEMORY) {
            fail_msg("allocation %d: found '%s'", k, agr_image_fault_text(fault));
        }
        n_lacking += fault == AGR_IMAGE_MEMORY;
        agr_image_release(&image);
        if (none_failed)
            break;
    }
    agr_image_release(&whole);
    return n_lacking;
}

static void test_png(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT * WIDTH * 3];
    agr_error err;
    agr_text file = {0};
    draw(rgb);
    assert_ok(agr_image_encode_png(rgb, HEIGHT, WIDTH, &file, &err), err);
    assert_true(fail_each_allocation(&file) >= 3);
    agr_text_release(&file);
}

/* "Exif", then a big-endian TIFF header and one entry: orientation 6. */
static const char turned[] =
    "\xFF\xE1\x00\x22"
    "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

static void test_turned_jpeg(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT * WIDTH * 3];
    agr_error err;
    agr_text plain = {0}, file = {0};
    draw(rgb);
    assert_ok(agr_image_encode_jpeg(rgb, HEIGHT, WIDTH, 90, &plain, &err), err);
    agr_text_add_bytes(&file, plain.data, 2);
    agr_text_add_bytes(&file, turned, sizeof turned - 1);
    agr_text_add_bytes(&file, plain.data + 2, plain.length - 2);
    assert_true(fail_each_allocation(&file) > fail_each_allocation(&plain) + 3);
    agr_text_release(&plain);
    agr_text_release(&file);
}

static void test_a_fault_of_the_file_stays_one(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT * WIDTH * 3];
    agr_error err;
    agr_text file = {0};
    agr_image image;
    draw(rgb);
    assert_ok(agr_image_encode_png(rgb, HEIGHT, WIDTH, &file, &err), err);
    memset(file.data + 60, 0xFF, 40); /* inside the compressed pixels */
    n_until_failure = 0;
    assert_int_equal(agr_image_decode((const uint8_t *)file.data, file.length, &image),
                     AGR_IMAGE_MEMORY);
    n_until_failure = -1;
    assert_int_equal(agr_image_decode((const uint8_t *)file.data, file.length, &image),
                     AGR_IMAGE_CORRUPT);
    agr_text_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_turned_jpeg),
        cmocka_unit_test(test_a_fault_of_the_file_stays_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
