#include "test.h"

#include <agr/config/config.h>

static agr_options example(void)
{
    return (agr_options){
        .subject = "conv2d 'c'",
        .source = "net.yaml",
        .line = 7,
        .n_options = 5,
        .option = {{"filters", "16", 7, false},
                   {"rate", "0.25", 8, false},
                   {"bias", "no", 9, false},
                   {"activation", "relu", 10, false},
                   {"kernel_sizes", "3", 11, false}},
    };
}

static void test_given_values(void **state)
{
    (void)state;
    agr_error err;
    agr_options options = example();
    int filters, index;
    double rate;
    bool bias;
    const char *activation;
    static const char *const choices[] = {"linear", "relu", NULL};
    assert_ok(agr_options_int(&options, "filters", 0, 1, 64, &filters, &err), err);
    assert_ok(agr_options_number(&options, "rate", 0.5, 0, 1, &rate, &err), err);
    assert_ok(agr_options_flag(&options, "bias", true, &bias, &err), err);
    assert_ok(agr_options_text(&options, "activation", NULL, &activation, &err), err);
    assert_ok(agr_options_choice(&options, "activation", -1, choices, &index, &err), err);
    assert_int_equal(filters, 16);
    assert_true(rate == 0.25);
    assert_false(bias);
    assert_string_equal(activation, "relu");
    assert_int_equal(index, 1);
}

static void test_defaults_and_required_keys(void **state)
{
    (void)state;
    agr_error err;
    agr_options options = example();
    int value = 0, index = 0;
    const char *text;
    double number;
    static const char *const choices[] = {"same", "valid", NULL};
    assert_ok(agr_options_int(&options, "strides", 1, 1, 8, &value, &err), err);
    assert_int_equal(value, 1);
    assert_ok(agr_options_choice(&options, "padding", 0, choices, &index, &err), err);
    assert_int_equal(index, 0);
    assert_fails(agr_options_int(&options, "units", 0, 1, 64, &value, &err), AGR_INPUT, err,
                 "net.yaml:7: conv2d 'c': units: expected an integer from 1 to 64, found none");
    assert_fails(agr_options_number(&options, "x", (double)NAN, 0, 1, &number, &err), AGR_INPUT,
                 err, "x: expected a number from 0 to 1, found none");
    assert_fails(agr_options_text(&options, "x", NULL, &text, &err), AGR_INPUT, err, "found none");
    assert_fails(agr_options_choice(&options, "x", -1, choices, &index, &err), AGR_INPUT, err,
                 "expected one of same, valid, found none");
}

static void test_bad_values_name_their_line(void **state)
{
    (void)state;
    agr_error err;
    agr_options options = example();
    int value = 5;
    bool flag;
    assert_fails(agr_options_int(&options, "filters", 0, 1, 8, &value, &err), AGR_INPUT, err,
                 "net.yaml:7: conv2d 'c': filters: expected an integer from 1 to 8, found '16'");
    assert_fails(agr_options_int(&options, "rate", 0, 1, 8, &value, &err), AGR_INPUT, err,
                 "net.yaml:8: conv2d 'c': rate: expected an integer from 1 to 8, found '0.25'");
    assert_fails(agr_options_flag(&options, "activation", true, &flag, &err), AGR_INPUT, err,
                 "net.yaml:10: conv2d 'c': activation: expected true or false, found 'relu'");
    assert_int_equal(value, 5);
}

static void test_keys_nobody_asked_for(void **state)
{
    (void)state;
    agr_error err;
    agr_options options = example();
    const char *text;
    int size;
    for (int i = 0; i < 4; i++)
        assert_ok(agr_options_text(&options, options.option[i].key, NULL, &text, &err), err);
    assert_ok(agr_options_int(&options, "kernel_size", 3, 1, 9, &size, &err), err);
    assert_fails(agr_options_finish(&options, &err), AGR_INPUT, err,
                 "net.yaml:11: conv2d 'c': unknown key 'kernel_sizes'");
    assert_string_equal(err.hint, "did you mean 'kernel_size'?");
    assert_ok(agr_options_text(&options, "kernel_sizes", NULL, &text, &err), err);
    assert_ok(agr_options_finish(&options, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_values),
        cmocka_unit_test(test_defaults_and_required_keys),
        cmocka_unit_test(test_bad_values_name_their_line),
        cmocka_unit_test(test_keys_nobody_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
