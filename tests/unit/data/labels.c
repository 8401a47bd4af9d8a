#include "test.h"

#include <agr/data/labels.h>

static const char *const genders[] = {"male", "female"};
static const char *const races[] = {"white", "black", "asian"};

static agr_labels small_labels(void)
{
    agr_error err;
    agr_labels labels = {.n_rows = 4};
    assert_ok(agr_labels_add(&labels, "age", 0, NULL, &err), err);
    assert_ok(agr_labels_add(&labels, "gender", 2, genders, &err), err);
    assert_ok(agr_labels_add(&labels, "race", 3, races, &err), err);
    const float gender[4] = {0, 1, NAN, 0}, race[4] = {0, 1, 2, 1};
    memcpy(labels.column[1].value, gender, sizeof gender);
    memcpy(labels.column[2].value, race, sizeof race);
    return labels;
}

static const char *class_of(agr_labels *labels, const char *column, int row)
{
    const agr_labels_column *found = agr_labels_find(labels, column);
    return found->class_name[(int)found->value[row]];
}

static void test_known_names_take_their_indices_along(void **state)
{
    (void)state;
    agr_error err;
    agr_labels labels = small_labels();
    static const char *const turned[] = {"female", "male"}, *const moved[] = {"asian", "white",
                                                                              "black"};
    assert_ok(agr_labels_order_classes(&labels, "gender", 2, turned, &err), err);
    assert_ok(agr_labels_order_classes(&labels, "race", 3, moved, &err), err);
    const agr_labels_column *gender = agr_labels_find(&labels, "gender");
    assert_true(gender->value[0] == 1 && gender->value[1] == 0 && isnan(gender->value[2]));
    assert_string_equal(class_of(&labels, "gender", 0), "male");
    assert_string_equal(class_of(&labels, "gender", 1), "female");
    for (int row = 0; row < 3; row++)
        assert_string_equal(class_of(&labels, "race", row), races[row]);
    assert_string_equal(agr_labels_find(&labels, "race")->class_name[0], "asian");
    agr_labels_release(&labels);
}

static void test_other_names_rename(void **state)
{
    (void)state;
    agr_error err;
    agr_labels labels = small_labels();
    static const char *const names[] = {"Mann", "Frau"};
    assert_ok(agr_labels_order_classes(&labels, "gender", 2, names, &err), err);
    assert_string_equal(class_of(&labels, "gender", 0), "Mann");
    assert_string_equal(class_of(&labels, "gender", 1), "Frau");
    agr_labels_release(&labels);
}

static void test_anything_else_is_refused(void **state)
{
    (void)state;
    agr_error err;
    agr_labels labels = small_labels();
    static const char *const mixed[] = {"female", "man"}, *const twice[] = {"male", "male"};
    assert_fails(agr_labels_order_classes(&labels, "gender", 2, mixed, &err), AGR_INPUT, err,
                 "classes of 'gender': expected male, female in any order, or 2 other names, "
                 "found female, man");
    assert_fails(agr_labels_order_classes(&labels, "gender", 2, twice, &err), AGR_INPUT, err,
                 "found male, male");
    assert_fails(agr_labels_order_classes(&labels, "race", 2, genders, &err), AGR_INPUT, err,
                 "expected white, black, asian in any order, or 3 other names, found male, female");
    assert_fails(agr_labels_order_classes(&labels, "age", 2, genders, &err), AGR_INPUT, err,
                 "classes of 'age': it is a number");
    assert_fails(agr_labels_order_classes(&labels, "hair", 2, genders, &err), AGR_INPUT, err,
                 "no such label");
    assert_string_equal(class_of(&labels, "gender", 0), "male");
    agr_labels_release(&labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names_take_their_indices_along),
        cmocka_unit_test(test_other_names_rename),
        cmocka_unit_test(test_anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
