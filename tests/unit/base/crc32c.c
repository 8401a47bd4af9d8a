#include "test.h"

#include <agr/base/crc32c.h>

/* The check value of the catalogue of CRCs, and RFC 3720, appendix B.4. */
static void test_known_values(void **state)
{
    (void)state;
    uint8_t zeros[32] = {0}, ones[32], rising[32];
    for (int i = 0; i < 32; i++) {
        ones[i] = 0xff;
        rising[i] = (uint8_t)i;
    }
    assert_int_equal(agr_crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(agr_crc32c(zeros, 32), 0x8a9136aau);
    assert_int_equal(agr_crc32c(ones, 32), 0x62a8ab43u);
    assert_int_equal(agr_crc32c(rising, 32), 0x46dd794eu);
    assert_int_equal(agr_crc32c("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
