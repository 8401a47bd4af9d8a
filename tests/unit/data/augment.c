#include "test.h"

#include <agr/data/augment.h>

static const agr_augment_ranges tutorial = {
    .rotation_deg = 25,
    .shift_height = 0.1,
    .shift_width = 0.1,
    .shear_deg = 0.2,
    .zoom = 0.2,
    .flip_horizontal = true,
};

/* Matrices computed with keras_preprocessing 1.1.0 (transform_matrix_offset_center of its rotation,
 * shift, shear and zoom) for a picture of 96 x 96. */
static void test_matrix_is_keras(void **state)
{
    (void)state;
    const struct {
        agr_augment_draw draw;
        double m[6];
    } cases[] = {
        {{17.5, -3.25, 6.5, -0.15, 0.93, 1.11, false},
         {0.8869567641958512, -0.33101082085486905, 16.48245396125285, 0.27965639353897404,
          1.0594960294767444, -11.22702618478776}},
        {{-11.25, 9.6, 9.6, 0.2, 1.2, 0.8, false},
         {1.1769423364838765, 0.15333244314564373, -4.72992102880589, -0.23410838641935391,
          0.7851682379458482, 29.316268801481204}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double m[6];
        agr_augment_matrix(&cases[i].draw, 96, 96, m);
        for (int j = 0; j < 6; j++)
            if (fabs(m[j] - cases[i].m[j]) > 1e-12 * 96)
                fail_msg("case %zu, m[%d]: expected %.17g, found %.17g", i, j, cases[i].m[j], m[j]);
    }
}

static void test_flip_mirrors_the_output(void **state)
{
    (void)state;
    agr_augment_draw draw = {17.5, -3.25, 6.5, -0.15, 0.93, 1.11, false};
    double plain[6], mirrored[6];
    agr_augment_matrix(&draw, 20, 30, plain);
    draw.flip = true;
    agr_augment_matrix(&draw, 20, 30, mirrored);
    for (int row = 0; row < 2; row++) {
        const double *p = plain + 3 * row, *q = mirrored + 3 * row;
        const double at_mirrored = p[0] * 5 + p[1] * (29 - 7) + p[2];
        assert_true(fabs(q[0] * 5 + q[1] * 7 + q[2] - at_mirrored) < 1e-12);
    }
}

static void test_draws_fill_their_ranges(void **state)
{
    (void)state;
    enum { N = 4000 };
    double low[6], high[6];
    int n_flips = 0;
    for (int k = 0; k < 6; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
    }
    for (uint32_t sample = 0; sample < N; sample++) {
        const agr_augment_draw d =
            agr_augment_draw_at(1, (agr_draw_address){2, sample, 0}, &tutorial, 96, 48);
        const double value[6] = {d.theta_deg, d.shift_rows, d.shift_columns,
                                 d.shear_deg, d.zoom_rows,  d.zoom_columns};
        for (int k = 0; k < 6; k++) {
            low[k] = fmin(low[k], value[k]);
            high[k] = fmax(high[k], value[k]);
        }
        n_flips += d.flip;
    }
    const double limit_low[6] = {-25, -9.6, -4.8, -0.2, 0.8, 0.8};
    const double limit_high[6] = {25, 9.6, 4.8, 0.2, 1.2, 1.2};
    for (int k = 0; k < 6; k++) {
        const double slack = 0.01 * (limit_high[k] - limit_low[k]);
        assert_true(low[k] >= limit_low[k] && low[k] < limit_low[k] + slack);
        assert_true(high[k] < limit_high[k] && high[k] > limit_high[k] - slack);
    }
    assert_in_range(n_flips, N / 2 - 150, N / 2 + 150);
}

static void test_draws_are_addressed(void **state)
{
    (void)state;
    const agr_augment_draw a =
        agr_augment_draw_at(1, (agr_draw_address){2, 3, 0}, &tutorial, 96, 96);
    const agr_augment_draw same =
        agr_augment_draw_at(1, (agr_draw_address){2, 3, 0}, &tutorial, 96, 96);
    assert_true(a.theta_deg == same.theta_deg && a.zoom_columns == same.zoom_columns);
    const agr_augment_draw others[] = {
        agr_augment_draw_at(2, (agr_draw_address){2, 3, 0}, &tutorial, 96, 96),
        agr_augment_draw_at(1, (agr_draw_address){3, 3, 0}, &tutorial, 96, 96),
        agr_augment_draw_at(1, (agr_draw_address){2, 4, 0}, &tutorial, 96, 96),
        agr_augment_draw_at(1, (agr_draw_address){2, 3, 1}, &tutorial, 96, 96),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(a.theta_deg != others[i].theta_deg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix_is_keras),
        cmocka_unit_test(test_flip_mirrors_the_output),
        cmocka_unit_test(test_draws_fill_their_ranges),
        cmocka_unit_test(test_draws_are_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
