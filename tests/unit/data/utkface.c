#include "test.h"

#include <agr/data/utkface.h>
#include <stdbool.h>

static void assert_labels(const char *name, int age, int gender, int race)
{
    int value[AGR_UTKFACE_LABELS];
    agr_error err;
    assert_ok(agr_utkface_parse(name, value, &err), err);
    assert_int_equal(value[AGR_UTKFACE_AGE], age);
    assert_int_equal(value[AGR_UTKFACE_GENDER], gender);
    assert_int_equal(value[AGR_UTKFACE_RACE], race);
}

static void assert_rejected(const char *name, const char *words)
{
    int value[AGR_UTKFACE_LABELS] = {-1, -2, -3};
    agr_error err;
    assert_fails(agr_utkface_parse(name, value, &err), AGR_INPUT, err, words);
    assert_int_equal(value[0], -1); /* untouched */
    assert_int_equal(value[2], -3);
}

static void test_ordinary_names(void **state)
{
    (void)state;
    assert_labels("100_1_0_20170112213303693.jpg.chip.jpg", 100, 1, 0);
    assert_labels("0_0_0_.png", 0, 0, 0);
    assert_labels("116_1_4_x", 116, 1, 4);
    assert_labels("7_0_3_a_b_c.jpg", 7, 0, 3);
    assert_labels("007_0_3_bond.jpg", 7, 0, 3);
}

/* The eight names of the published set that differ from the pattern. */
static void test_odd_names_of_the_published_set(void **state)
{
    (void)state;
    assert_labels("14_0_0_2017011022340900.jpg.chip.jpg", 14, 0, 0);
    assert_labels("24_0_1_20170116220224657 .jpg.chip.jpg", 24, 0, 1);
    assert_labels("28_1_2_201701161846515488.jpg.chip.jpg", 28, 1, 2);
    assert_labels("38_0_1_201701162330572788.jpg.chip.jpg", 38, 0, 1);
    assert_labels("55_0_0_20170116232725357jpg.chip.jpg", 55, 0, 0);
    assert_rejected("39_1_20170116174525125.jpg.chip.jpg", "race: expected 0..4");
    assert_rejected("61_1_20170109142408075.jpg.chip.jpg", "race: expected 0..4");
    assert_rejected("61_1_20170109150557335.jpg.chip.jpg", "race: expected 0..4");
}

static void test_names_that_break_the_rule(void **state)
{
    (void)state;
    assert_rejected("", "age: expected 0..116 followed by '_', found ''");
    assert_rejected("117_0_0_x.jpg", "age");
    assert_rejected("0007_0_0_x.jpg", "age");
    assert_rejected("-1_0_0_x.jpg", "age");
    assert_rejected("+1_0_0_x.jpg", "age");
    assert_rejected(" 1_0_0_x.jpg", "age");
    assert_rejected("1.5_0_0_x.jpg", "age");
    assert_rejected("_0_0_x.jpg", "age");
    assert_rejected("photo.jpg", "age");
    assert_rejected("30", "age");
    assert_rejected("30_2_0_x.jpg", "gender");
    assert_rejected("30__0_x.jpg", "gender");
    assert_rejected("30_1_5_x.jpg", "race");
    assert_rejected("30_1_0.jpg", "race");
    assert_rejected("30_1_0", "race");
}

/* ---- what goes wrong when a rejected name still leaves a label behind ---- */

enum { N_NAMES = 8 };
static const char *const names[N_NAMES] = {
    "10_0_0_20170110215927291.jpg", "61_1_20170109142408075.jpg",   "20_1_1_20170110215927292.jpg",
    "30_0_2_20170110215927293.jpg", "39_1_20170116174525125.jpg",   "40_1_3_20170110215927294.jpg",
    "50_0_4_20170110215927295.jpg", "60_1_0_20170110215927296.jpg",
};

/* True ages of images in the order of names; 0 for those that have none. */
static const int true_age[N_NAMES] = {10, 0, 20, 30, 0, 40, 50, 60};

typedef struct {
    int n_images, n_labels;
    int image[N_NAMES], age[N_NAMES]; /* image k is names[image[k]] and is given age[k] */
} pairing;

/* The tutorial's loop: a name without exactly four fields adds no image, but a label all the same,
 * that of the name before. */
static pairing pair_as_the_tutorial_does(void)
{
    pairing p = {0};
    int age = 0;
    for (int i = 0; i < N_NAMES; i++) {
        int n_fields = 1;
        for (const char *c = names[i]; *c != '\0'; c++)
            n_fields += *c == '_';
        if (n_fields == 4) {
            p.image[p.n_images++] = i;
            age = atoi(names[i]);
        }
        p.age[p.n_labels++] = age;
    }
    return p;
}

static pairing pair_as_we_do(void)
{
    pairing p = {0};
    for (int i = 0; i < N_NAMES; i++) {
        int value[AGR_UTKFACE_LABELS];
        if (agr_utkface_parse(names[i], value, NULL) != AGR_OK)
            continue;
        p.image[p.n_images++] = i;
        p.age[p.n_labels++] = value[AGR_UTKFACE_AGE];
    }
    return p;
}

static int count_wrong(const pairing *p)
{
    int n_wrong = 0;
    for (int k = 0; k < p->n_images; k++)
        n_wrong += p->age[k] != true_age[p->image[k]];
    return n_wrong;
}

static void test_no_label_shifts_to_another_image(void **state)
{
    (void)state;
    const pairing theirs = pair_as_the_tutorial_does(), ours = pair_as_we_do();
    assert_int_equal(theirs.n_images, 6);
    assert_int_equal(theirs.n_labels, 8);
    assert_int_equal(count_wrong(&theirs), 5); /* every image behind the first bad name */
    assert_int_equal(ours.n_images, 6);
    assert_int_equal(ours.n_labels, 6);
    assert_int_equal(count_wrong(&ours), 0);
}

static void test_columns(void **state)
{
    (void)state;
    agr_labels labels;
    agr_error err;
    assert_ok(agr_utkface_columns(3, &labels, &err), err);
    assert_int_equal(labels.n_columns, 3);
    assert_int_equal(agr_labels_find(&labels, "age")->n_classes, 0);
    assert_int_equal(agr_labels_class(agr_labels_find(&labels, "gender"), "female"), 1);
    assert_int_equal(agr_labels_class(agr_labels_find(&labels, "race"), "indian"), 3);
    assert_int_equal(agr_labels_class(agr_labels_find(&labels, "race"), "martian"), -1);
    assert_true(isnan(labels.column[0].value[2]));
    agr_labels_release(&labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary_names),
        cmocka_unit_test(test_odd_names_of_the_published_set),
        cmocka_unit_test(test_names_that_break_the_rule),
        cmocka_unit_test(test_no_label_shifts_to_another_image),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
