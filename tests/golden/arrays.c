/* The committed arrays, on every instruction set this processor has, with every algorithm of the
 * convolutions, with micro-batches of 1 to 3 images and 1 to 3 threads. */
#include "golden.h"

#include "openblas.h"

#include "test.h"

static const char *const names[] = {
    "number",
    "binary",
    "classes",
    "single_image",
    "shared_trunk",
    "other_layers",
    "number_cross_entropy",
    "number_expected_mse",
    "number_variance",
    "number_mse_cross_entropy",
    "number_label_distribution",
    "number_mean_variance",
};

enum { N_NAMES = sizeof names / sizeof *names };

static void check(const golden_set *golden, const char *name, const golden_run *run)
{
    golden_report report = {0};
    golden_check_branch(golden, name, run, &report);
    assert_true(report.n_lines >= 5);
    for (int i = 0; i < report.n_lines; i++) {
        const golden_line *line = &report.line[i];
        if (!(line->worst <= line->tolerance))
            fail_msg("%s, %s, %s, micro-batch %lld, %d threads: %s: expected at most %.2g, found "
                     "%.2g in '%s'",
                     name, agr_isa_name(run->isa), golden_algorithm_name(run->conv_algorithm),
                     (long long)run->micro_batch, run->n_threads, line->what, line->tolerance,
                     line->worst, line->where);
    }
}

/* Layers this narrow are never given to Winograd's algorithm on their own; where it is forced, its
 * transforms cost two more bits. */
static double factor_for(int algorithm)
{
    return algorithm == AGR_CONV_WINOGRAD ? 4 : 1;
}

static void networks_agree_with_the_reference(void **state)
{
    (void)state;
    for (int n = 0; n < N_NAMES; n++) {
        char path[512];
        golden_set golden;
        snprintf(path, sizeof path, "%s/%s.golden", GOLDEN_FOLDER, names[n]);
        golden_read(&golden, path);
        for (int isa = AGR_ISA_GENERIC; isa <= (int)agr_isa_detect(); isa++)
            for (int algorithm = AGR_CONV_AUTO; algorithm <= AGR_CONV_IM2COL; algorithm++) {
                const golden_run run = {.isa = (agr_isa)isa,
                                        .conv_algorithm = (agr_conv_algorithm)algorithm,
                                        .tolerance_factor = factor_for(algorithm),
                                        .n_threads = 1 + (n + algorithm) % 3,
                                        .micro_batch = 1 + (isa + algorithm) % 3};
                check(&golden, names[n], &run);
            }
        golden_release(&golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_agree_with_the_reference),
    };
    return cmocka_run_group_tests(tests, test_load_openblas, NULL);
}
