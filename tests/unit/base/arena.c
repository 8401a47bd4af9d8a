#include "test.h"

#include <agr/base/arena.h>

static void test_second_pass_hands_out_what_the_first_counted(void **state)
{
    (void)state;
    agr_arena arena = {0};
    agr_error err;
    float *first = NULL;
    double *second = NULL;
    for (int pass = 0; pass < 2; pass++) {
        first = agr_arena_take(&arena, 3, sizeof *first);
        second = agr_arena_take(&arena, 17, sizeof *second);
        if (pass == 0) {
            assert_null(first);
            assert_ok(agr_arena_allocate(&arena, &err), err);
        }
    }
    assert_int_equal((uintptr_t)first % AGR_ARENA_ALIGNMENT, 0);
    assert_int_equal((uintptr_t)second % AGR_ARENA_ALIGNMENT, 0);
    assert_ptr_equal((char *)first + 64, (char *)second);
    for (int i = 0; i < 17; i++)
        assert_true(second[i] == 0);
    assert_int_equal(arena.used_bytes, arena.capacity_bytes);
    agr_arena_release(&arena);
}

static void test_absurd_sizes_are_an_error_not_a_wrap(void **state)
{
    (void)state;
    agr_arena arena = {0};
    agr_error err;
    assert_null(agr_arena_take(&arena, SIZE_MAX / 2, 8));
    assert_fails(agr_arena_allocate(&arena, &err), AGR_MEMORY, err, "does not fit");
    agr_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_pass_hands_out_what_the_first_counted),
        cmocka_unit_test(test_absurd_sizes_are_an_error_not_a_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
