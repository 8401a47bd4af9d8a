/* Every kind of bad text gets its line, its key, what was expected and what was found. */
#include "test.h"

#include <agr/config/config.h>

typedef struct {
    const char *yaml;
    const char *words; /* start of the message */
} bad_text;

static const bad_text bad_settings[] = {
    {"optimizer:\n  lr: fast", "my.yaml:2: optimizer.lr: expected a number from 0 to 1000, "
                               "found 'fast'"},
    {"optimizer: {lr: -1}", "my.yaml:1: optimizer.lr: expected a number from 0"},
    {"optimizer: {lr: nan}", "my.yaml:1: optimizer.lr: expected a number"},
    {"optimizer: {lr: [1, a]}", "my.yaml:1: optimizer.lr: expected a number from 0 to 1000, "
                                "found 'a'"},
    {"optimizer: {lr: {a: 1}}", "my.yaml:1: optimizer.lr: expected a value, found a map"},
    {"optimizer: 3", "my.yaml:1: optimizer: expected a map of settings, found '3'"},
    {"data:\n  batch_size: 0", "my.yaml:2: data.batch_size: expected an integer from 1 to 65536, "
                               "found '0'"},
    {"data: {batch_size: 1.5}", "my.yaml:1: data.batch_size: expected an integer"},
    {"data: {shuffle: maybe}", "my.yaml:1: data.shuffle: expected true or false, found 'maybe'"},
    {"data: {path: ''}", "my.yaml:1: data.path: expected text"},
    {"data: {path: \"a\\nb\"}", "my.yaml:1: expected printable text, found a control character"},
    {"checkpoint: {every: 60}",
     "my.yaml:1: checkpoint.every: expected auto or a time with unit such as "
     "60s, 5m or 2h, found '60'"},
    {"schedule: {kind: linear}", "my.yaml:1: schedule.kind: expected keras, constant, cosine or "
                                 "plateau, found 'linear'"},
    {"optimizer:\n  kind: adm", "my.yaml:2: optimizer.kind: expected adam, adamw or sgd, found "
                                "'adm'"},
    {"optimizer:\n  weight_decay: 0.1",
     "my.yaml:2: optimizer.weight_decay: expected 0 with optimizer.kind adam, found 0.1"},
    {"optimizer:\n  kind: adamw\n  momentum: 0.9",
     "my.yaml:3: optimizer.momentum: expected 0 with optimizer.kind adam or adamw, found 0.9"},
    {"optimizer: {kind: sgd,\n  nesterov: true}",
     "my.yaml:2: optimizer.nesterov: expected false without optimizer.momentum, found true"},
    {"balance:\n  by: a*b\ndata: {shuffle: false}",
     "my.yaml:2: balance.by: expected none with data.shuffle false, found \"a*b\""},
    {"balance: {weights: inverted}",
     "my.yaml:1: balance.weights: expected none, inverse or effective, found 'inverted'"},
    {"balance: {beta: 1}", "my.yaml:1: balance.beta: expected a number from 0 to 0.999999"},
    {"init: {bias: mean}", "my.yaml:1: init.bias: expected zero or target_mean, found 'mean'"},
    {"network: {dropout: 1}", "my.yaml:1: network.dropout: expected null or a number from 0 to "
                              "0.99, found '1'"},
    {"\n\nbanana: 1", "my.yaml:3: unknown key 'banana'"},
    {"train: {epochs: 1}\ntrain: {max_steps: 2}",
     "my.yaml:2: train: expected once, found again (first on line 1)"},
    {"train: {epochs: 1}\ntrain.epochs: 2",
     "my.yaml:2: train.epochs: expected once, found again (first on line 1)"},
};

static const bad_text bad_yaml[] = {
    {"optimizer: {lr: 1", "my.yaml:"},
    {"optimizer: \"lr", "my.yaml:"},
    {"a: b: c", "my.yaml:1: expected YAML"},
    {"\tseed: 1", "my.yaml:1: expected YAML"},
    {"seed: \x01", "my.yaml:1: expected YAML"},
    {"seed: \xff\xfe", "my.yaml:1: expected YAML"},
    {"\x89PNG\r\n\x1a\n", "my.yaml:1: expected YAML"},
    {"x: &a 1\nseed: *a", "my.yaml:1: expected plain values, found an anchor or alias"},
    {"seed: *a", "my.yaml:1: expected plain values, found an anchor or alias"},
    {"seed: !!int 3", "my.yaml:1: expected plain values, found a tag"},
    {"? {a: 1}\n: 2", "my.yaml:1: expected a word as key"},
    {"seed: 1\n---\nseed: 2", "my.yaml:2: expected one document"},
    {"just words", "my.yaml:1: expected a map of settings, found 'just words'"},
    {"- 1\n- 2", "my.yaml:1: expected a map of settings, found a list"},
    {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "my.yaml:1: expected at most 16 levels"},
};

#define NET "branches:\n  b:\n"
static const bad_text bad_networks[] = {
    {"branches: {}", "my.yaml:1: branches: expected at least one, found none"},
    {"branches: 3", "my.yaml:1: branches: expected a map, found '3'"},
    {"branches: {a b: age}", "my.yaml:1: branches: expected names"},
    {"branches: {x: agee}", "my.yaml:1: branches.x: expected a built-in network or a file, found "
                            "'agee'"},
    {"branches: {x: ./absent.yaml}", "my.yaml:1: branches.x: "},
    {"branches: {x: [[age]]}", "my.yaml:1: branches.x: expected a network, or a list"},
    {"branches: {x: {heads: {}}}", "my.yaml:1: branches.x: expected the name of a network"},
    {"branches: {x: {network: age, layer: 3}}",
     "my.yaml:1: branches.x: expected network and heads"},
    {"branches: {x: {network: age, heads: {ag_output: {weight: 1}}}}",
     "my.yaml:1: branches.x.heads: expected a head of the network, found 'ag_output'"},
    {NET "    layers: [flatten]", "my.yaml:2: network: expected layers and heads, found no heads"},
    {NET "    layers: []\n    heads: []", "my.yaml:3: layers: expected 1 to 1024 entries, found 0"},
    {NET "    layers: [{dense: 3}]\n    heads: []", "my.yaml:3: dense: expected a map of options"},
    {NET "    layers: [{dense: {}, flatten: {}}]\n    heads: []",
     "my.yaml:3: layer: expected one kind"},
    {NET "    layers: [{dense: {name: a/b}}]\n    heads: []", "my.yaml:3: dense: expected a name"},
    {NET "    layers: [{dense: {units: {a: 1}}}]\n    heads: []",
     "my.yaml:3: dense: units: expected a value, found a map"},
    {NET "    layers: [flatten]\n    heads: [3]", "my.yaml:4: head: expected a map, found '3'"},
    {NET "    layers: [flatten]\n    heads: [{name: o, loss: mse}]",
     "my.yaml:4: head: expected a target, found none"},
    {NET "    layers: [flatten]\n    heads: [{name: o, target: t, loss: mse, weight: -1}]",
     "my.yaml:4: head 'o': weight: expected a number from 0 up, found '-1'"},
    {NET "    layers: [{dense: {name: a}}, {dense: {name: a}}]\n"
         "    heads: [{name: o, target: t, loss: mse}]",
     "my.yaml:3: dense 'a': expected a name of its own, found it twice"},
    {NET "    layers: [flatten]\n    heads: [{name: o, target: t, loss: mse},\n"
         "     {name: o, target: t, loss: mse}]",
     "my.yaml:5: head 'o': expected a name of its own"},
    {"train: {branches: [age, agee]}",
     "my.yaml:1: train.branches: expected branches of this configuration, found 'agee'"},
    {"train: {branches: [age, age]}", "my.yaml:1: train.branches: expected each branch once"},
    {"train:\n  branch_epochs: age",
     "my.yaml:2: train.branch_epochs: expected none or a list like"},
    {"train: {branch_epochs: 'age:x'}", "my.yaml:1: train.branch_epochs: expected none or a list"},
    {"train: {branch_epochs: 'age:0'}", "my.yaml:1: train.branch_epochs: expected none or a list"},
    {"train: {branch_epochs: 'age:3,'}", "my.yaml:1: train.branch_epochs: expected none or a list"},
    {"train: {branch_epochs: ['age:3', 'agge:2']}",
     "my.yaml:1: train.branch_epochs: expected branches of this configuration, found 'agge'"},
    {"train: {branch_epochs: ['age:3', 'age:2']}",
     "my.yaml:1: train.branch_epochs: expected each branch once, found 'age' twice"},
    {"optimizer: {lr_scale: 'age:-1'}",
     "my.yaml:1: optimizer.lr_scale: expected none or a list like A:0.5,B:2 of factors"},
    {"optimizer: {lr_scale: 'agge:2'}",
     "my.yaml:1: optimizer.lr_scale: expected branches of this configuration, found 'agge'"},
    {"train: {branches: []}", "my.yaml:1: train.branches: expected text"},
};

static void check(const bad_text *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        agr_error err = {0};
        agr_config config;
        const agr_status status = agr_config_parse(&config, cases[i].yaml, strlen(cases[i].yaml),
                                                   "my.yaml", NULL, 0, &err);
        if (status != AGR_INPUT)
            fail_msg("'%s': expected bad input, found %s", cases[i].yaml, test_status_text(status));
        if (strncmp(err.text, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("'%s':\nexpected '%s'\nfound '%s'", cases[i].yaml, cases[i].words, err.text);
        assert_null(config.branch);
        assert_null(config.source);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof(cases)[0])

static void test_bad_settings(void **state)
{
    (void)state;
    CHECK(bad_settings);
}

static void test_bad_yaml(void **state)
{
    (void)state;
    CHECK(bad_yaml);
}

static void test_bad_networks(void **state)
{
    (void)state;
    CHECK(bad_networks);
}

/* A good file cut anywhere is either refused with its line or still a configuration. */
static void test_truncated_files(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    agr_text text = {0};
    assert_ok(agr_config_load(&config, "seed", NULL, 0, &err), err);
    agr_config_yaml(&config, AGR_CONFIG_PLAIN, &text);
    agr_config_release(&config);
    int n_refused = 0;
    for (size_t length = 0; length < text.length; length += 67) {
        err.text[0] = '\0';
        if (agr_config_parse(&config, text.data, length, "cut.yaml", NULL, 0, &err) == AGR_OK) {
            agr_config_release(&config);
        } else {
            assert_non_null(strstr(err.text, "cut.yaml:"));
            n_refused++;
        }
    }
    assert_true(n_refused > 20);
    agr_text_release(&text);
}

static void test_too_large_a_file(void **state)
{
    (void)state;
    agr_error err;
    agr_config config;
    const size_t n_bytes = (1 << 20) + 1;
    char *blanks = malloc(n_bytes);
    assert_non_null(blanks);
    memset(blanks, ' ', n_bytes);
    assert_fails(agr_config_parse(&config, blanks, n_bytes, "my.yaml", NULL, 0, &err), AGR_INPUT,
                 err, "expected at most 1048576 bytes");
    for (size_t i = 0; i + 3 < n_bytes; i += 3)
        memcpy(blanks + i, "- \n", 3);
    assert_fails(agr_config_parse(&config, blanks, n_bytes - 2, "my.yaml", NULL, 0, &err),
                 AGR_INPUT, err, "expected at most 10000 values");
    free(blanks);
}

static void test_bad_overrides_are_usage_errors(void **state)
{
    (void)state;
    const struct {
        agr_config_override override;
        const char *words, *hint;
    } cases[] = {
        {{"optimizer.lr", "x", "--lr"},
         "--lr: optimizer.lr: expected a number from 0 to 1000, found 'x'",
         ""},
        {{"optimizer.rl", "1", "--set"},
         "--set: unknown key 'optimizer.rl'",
         "did you mean 'optimizer.lr'?"},
        {{"optimizer.learning_rate", "1", "--set"},
         "--set: unknown key 'optimizer.learning_rate'",
         "did you mean 'optimizer.lr'?"},
        {{"micro_batch", "1", "--set"},
         "--set: unknown key 'micro_batch'",
         "did you mean 'data.micro_batch'?"},
        {{"optimizer.kind", "adamww", "--set"},
         "--set: optimizer.kind: expected adam, adamw or sgd, found 'adamww'",
         "did you mean 'adamw'?"},
        {{"optimizer.momentum", "0.9", "--set"},
         "--set: optimizer.momentum: expected 0 with optimizer.kind adam or adamw, found 0.9",
         "theirs is optimizer.beta_1"},
        {{"train.epochs", "+5", "--set"}, "--set: train.epochs: expected an integer", ""},
        {{"data.path", "a\nb", "--set"}, "--set: data.path: expected text", ""},
        {{"train.branches", "age,gende", "--branches"},
         "--branches: train.branches: expected branches of this configuration, found 'gende'",
         "did you mean 'gender'?"},
        {{"train.branch_epochs", "eyes:x", "--set"},
         "--set: train.branch_epochs: expected none or a list like A:30,B:20 of epochs from 1",
         ""},
        {{"train.branch_epochs", "gende:3", "--set"},
         "--set: train.branch_epochs: expected branches of this configuration, found 'gende'",
         "did you mean 'gender'"},
        {{"branches.age.heads.age_output.weight", "x", "--set"},
         "--set: head 'age_output': weight: expected a number from 0 up, found 'x'",
         ""},
        {{"branches.age.layers", "x", "--set"}, "--set: unknown key 'branches.age.layers'", "br"},
        {{"branches.age", "agge", "--set"}, "--set: branches.age: expected a built-in", "did you"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        agr_error err;
        agr_config config;
        assert_fails(agr_config_load(&config, NULL, &cases[i].override, 1, &err), AGR_USAGE, err,
                     cases[i].words);
        assert_int_equal(strncmp(err.hint, cases[i].hint, strlen(cases[i].hint)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_bad_yaml),
        cmocka_unit_test(test_bad_networks),
        cmocka_unit_test(test_truncated_files),
        cmocka_unit_test(test_too_large_a_file),
        cmocka_unit_test(test_bad_overrides_are_usage_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
