/* The bytes of event files, against records put together by hand and their checksums by another program. */
#include "tfevents_impl.h"

#include "test.h"

#include <math.h>

/* The checksum of the length is that of every file of this version that TensorFlow ever wrote. */
#define HEAD(length, ...) length, 0, 0, 0, 0, 0, 0, 0, __VA_ARGS__
#define WALL_TIME 0x09, 0x00, 0x00, 0x00, 0xc0, 0x0b, 0x5a, 0xd6, 0x41 /* 1.5e9 */

static void expect(agr_text *file, const unsigned char *bytes, size_t n_bytes)
{
    assert_false(file->failed);
    assert_int_equal(file->length, n_bytes);
    assert_memory_equal(file->data, bytes, n_bytes);
    agr_text_release(file);
}

static void test_a_file_begins_with_its_version(void **state)
{
    (void)state;
    static const unsigned char record[] = {HEAD(24, 0xa3, 0x7f, 0x4b, 0x22),
                                           WALL_TIME,
                                           0x1a,
                                           13,
                                           'b',
                                           'r',
                                           'a',
                                           'i',
                                           'n',
                                           '.',
                                           'E',
                                           'v',
                                           'e',
                                           'n',
                                           't',
                                           ':',
                                           '2',
                                           0x4c,
                                           0xa9,
                                           0xa4,
                                           0x64};
    agr_text file = {0};
    tfevents_add_version(&file, 1.5e9);
    expect(&file, record, sizeof record);
}

static void test_a_start_voids_from_its_step_on(void **state)
{
    (void)state;
    static const unsigned char record[] = {HEAD(16, 0x95, 0xfb, 0xfe, 0x18),
                                           WALL_TIME,
                                           0x10,
                                           0xac,
                                           0x02, /* 300 */
                                           0x3a,
                                           2,
                                           0x08,
                                           0x01,
                                           0x86,
                                           0xd2,
                                           0x6f,
                                           0x32};
    agr_text file = {0};
    tfevents_add_start(&file, 1.5e9, 300);
    expect(&file, record, sizeof record);
}

static void test_scalars_are_one_event(void **state)
{
    (void)state;
    static const unsigned char record[] = {HEAD(37, 0xea, 0xbc, 0x36, 0xf3),
                                           WALL_TIME,
                                           0x10,
                                           7,
                                           0x2a,
                                           24,
                                           0x0a,
                                           11,
                                           0x0a,
                                           4,
                                           'l',
                                           'o',
                                           's',
                                           's',
                                           0x15,
                                           0x00,
                                           0x00,
                                           0x00,
                                           0x3f,
                                           0x0a,
                                           9,
                                           0x0a,
                                           2,
                                           'l',
                                           'r',
                                           0x15,
                                           0x00,
                                           0x00,
                                           0x00,
                                           0xc0,
                                           0x11,
                                           0x04,
                                           0xa8,
                                           0xe6};
    const tfevents_scalar scalar[] = {{"loss", 0.5}, {"val_loss", (double)NAN}, {"lr", -2}};
    agr_text file = {0};
    tfevents_add_scalars(&file, 1.5e9, 7, scalar, 3);
    expect(&file, record, sizeof record);
    tfevents_add_scalars(&file, 1.5e9, 7, &scalar[1], 1);
    assert_int_equal(file.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_begins_with_its_version),
        cmocka_unit_test(test_a_start_voids_from_its_step_on),
        cmocka_unit_test(test_scalars_are_one_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
