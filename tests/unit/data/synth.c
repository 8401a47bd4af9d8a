/* The synthetic set: names that tell the labels, UTKFace's counts, the same bytes everywhere. */
#include "test.h"

#include <agr/base/file.h>
#include <agr/base/hash.h>
#include <agr/data/synth.h>
#include <agr/data/utkface.h>

enum { SAMPLES = 20000, PIXEL_BYTES = AGR_SYNTH_SIDE * AGR_SYNTH_SIDE * 3 };

static void names_carry_the_labels(void **state)
{
    (void)state;
    agr_error err = {0};
    char before[AGR_SYNTH_NAME_BYTES] = "", name[AGR_SYNTH_NAME_BYTES];
    for (int64_t i = 0; i < 1000; i++) {
        const agr_synth_labels labels = agr_synth_labels_of(3, i);
        int value[AGR_UTKFACE_LABELS];
        agr_synth_name(3, i, name);
        assert_ok(agr_utkface_parse(name, value, &err), err);
        assert_int_equal(value[AGR_UTKFACE_AGE], labels.age);
        assert_int_equal(value[AGR_UTKFACE_GENDER], labels.gender);
        assert_int_equal(value[AGR_UTKFACE_RACE], labels.race);
        assert_string_not_equal(strrchr(name, '_'), before);
        strcpy(before, strrchr(name, '_'));
    }
    agr_synth_name(3, 3723004, name); /* 1 h, 2 min, 3 s, 4 ms after midnight */
    assert_non_null(strstr(name, "_20170101010203004.jpg"));
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("expected %g within %g, found %g", expected, tolerance, found);
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The bounds are five standard deviations of 20,000 draws wide, and more for the table's own
 * distance from the whole set's figures: mean age 33.3, median 29, 9.3 % of age 26, 4.7 % of
 * age 1. */
static void labels_follow_utkface(void **state)
{
    (void)state;
    static int age[SAMPLES];
    int gender[2] = {0}, race[5] = {0}, eye_color[AGR_SYNTH_EYE_COLORS] = {0};
    double sum = 0;
    int n_26 = 0, n_1 = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const agr_synth_labels labels = agr_synth_labels_of(1, i);
        age[i] = labels.age;
        sum += labels.age;
        n_26 += labels.age == 26;
        n_1 += labels.age == 1;
        gender[labels.gender]++;
        race[labels.race]++;
        eye_color[labels.eye_color]++;
    }
    qsort(age, SAMPLES, sizeof *age, by_value);
    assert_true(age[0] == 1 && age[SAMPLES - 1] <= 116);
    assert_near(sum / SAMPLES, 33.3, 1.2);
    assert_in_range(age[SAMPLES / 2], 28, 30);
    assert_near(n_26 / (double)SAMPLES, 0.093, 0.011);
    assert_near(n_1 / (double)SAMPLES, 0.047, 0.008);
    assert_near(gender[0] / (double)SAMPLES, 0.523, 0.018);
    static const double share[5] = {0.425, 0.191, 0.145, 0.168, 0.071};
    for (int i = 0; i < 5; i++)
        assert_near(race[i] / (double)SAMPLES, share[i], 0.018);
    for (int i = 0; i < AGR_SYNTH_EYE_COLORS; i++)
        assert_true(eye_color[i] > SAMPLES / 12);
}

/* The picture of one seed and number on the machine on which this was written. */
static void pixels_are_the_same_on_every_machine(void **state)
{
    (void)state;
    uint8_t *rgb = malloc(PIXEL_BYTES), *other = malloc(PIXEL_BYTES);
    assert_true(rgb != NULL && other != NULL);
    uint64_t hash = 0;
    for (int64_t i = 0; i < 20; i++) {
        agr_synth_draw(1, i, rgb);
        hash = hash * 31 + agr_hash(rgb, PIXEL_BYTES);
    }
    assert_int_equal(hash, UINT64_C(0xdff9a1f2973b199e));
    agr_synth_draw(2, 0, rgb);
    agr_synth_draw(1, 0, other);
    assert_memory_not_equal(rgb, other, PIXEL_BYTES);
    free(rgb);
    free(other);
}

static void refuses_what_would_mix(void **state)
{
    (void)state;
    agr_error err = {0};
    char folder[256], path[AGR_PATH_BYTES];
    test_folder_make(folder);
    assert_ok(agr_path_join(path, folder, "set", &err), err);
    agr_synth_options options = {.folder = path, .count = 3, .seed = 1};
    assert_ok(agr_synth_write(&options, &err), err);
    assert_fails(agr_synth_write(&options, &err), AGR_INPUT, err, "is not empty");
    options.count = 0;
    assert_fails(agr_synth_write(&options, &err), AGR_INPUT, err, "count: expected 1 to");
    options.count = 3;
    options.folder = "/absent/folder/set";
    assert_fails(agr_synth_write(&options, &err), AGR_NOT_FOUND, err, "/absent/folder/set.partial");
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_carry_the_labels),
        cmocka_unit_test(labels_follow_utkface),
        cmocka_unit_test(pixels_are_the_same_on_every_machine),
        cmocka_unit_test(refuses_what_would_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
