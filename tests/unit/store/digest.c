#include "files.h"
#include "model.h"
#include "test.h"

#include <agr/store/digest.h>

static char path[320];

static int set_up(void **state)
{
    begin_case(state);
    path_in_folder(path, "checkpoint.h5");
    return 0;
}

static const char *const columns[2] = {"loss", "val_loss"};
static double numbers[4];
static agr_checkpoint_info info;
static small_model model;

/* The digest of a file that holds the model; each test changes one thing before. */
static void fill(void)
{
    model_fill(&model, 3);
    numbers[0] = 0.5;
    numbers[1] = (double)NAN;
    numbers[2] = 0.25;
    numbers[3] = 0.75;
    info = (agr_checkpoint_info){
        .config = "a: 1\n", .kernel_set = "avx2", .versions = "1", .dataset_fingerprint = 1};
}

static uint64_t digest_of_file(void)
{
    agr_error err;
    agr_checkpoint *checkpoint;
    uint64_t digest;
    const agr_history_table history = {
        .n_columns = 2, .columns = columns, .n_rows = 2, .values = numbers};
    const agr_checkpoint_head head = {.name = "size", .target = "size"};
    const agr_checkpoint_branch branch = {
        .name = "ant", .n_heads = 1, .heads = &head, .preprocessing = "/255", .history = &history};
    const agr_checkpoint_update update = {
        .branch = "ant", .slot = "latest", .state = &model.state, .parts = AGR_PARTS_ALL};
    assert_ok(agr_checkpoint_write(path, &info, &branch, 1, &update, 1, &err), err);
    assert_ok(agr_checkpoint_open(path, &checkpoint, &err), err);
    assert_ok(agr_checkpoint_digest(checkpoint, 0, &digest, &err), err);
    agr_checkpoint_close(checkpoint);
    return digest;
}

/* Published digests are made of this: it may never change. */
static const uint64_t digest_of_model = 0x02c165cd151edd0a;

static void test_the_digest_of_known_numbers(void **state)
{
    (void)state;
    fill();
    const uint64_t found = digest_of_file();
    if (found != digest_of_model)
        fail_msg("expected %016llx, found %016llx", (unsigned long long)digest_of_model,
                 (unsigned long long)found);
}

static void test_every_number_counts(void **state)
{
    (void)state;
    uint64_t seen[MODEL_TENSORS + 3];
    int n = 0;
    for (int t = 0; t < MODEL_TENSORS; t++) {
        fill();
        model.tensors[t].data[1] = nextafterf(model.tensors[t].data[1], 1e30f);
        seen[n++] = digest_of_file();
    }
    fill();
    numbers[3] = nextafter(numbers[3], 1);
    seen[n++] = digest_of_file();
    fill();
    model.tensors[3].shape[0] = 2; /* 5x2 becomes 2x5 */
    model.tensors[3].shape[1] = 5;
    seen[n++] = digest_of_file();
    fill();
    strcpy(model.tensors[1].parameter, "beta");
    seen[n++] = digest_of_file();
    for (int i = 0; i < n; i++) {
        assert_true(seen[i] != digest_of_model);
        for (int k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    }
}

static void test_nothing_else_counts(void **state)
{
    (void)state;
    fill();
    info = (agr_checkpoint_info){
        .config = "b: 22\n", .kernel_set = "avx512", .versions = "2", .dataset_fingerprint = 5};
    model.epoch = 99;
    numbers[1] = -(double)NAN;
    assert_true(digest_of_file() == digest_of_model);
}

static void test_a_branch_without_latest_has_none(void **state)
{
    (void)state;
    agr_error err;
    agr_checkpoint *checkpoint;
    uint64_t digest;
    fill();
    const agr_checkpoint_branch branch = {.name = "ant", .preprocessing = "/255"};
    const agr_checkpoint_update update = {
        .branch = "ant", .slot = "best", .state = &model.state, .parts = AGR_PARTS_MODEL};
    assert_ok(agr_checkpoint_write(path, &info, &branch, 1, &update, 1, &err), err);
    assert_ok(agr_checkpoint_open(path, &checkpoint, &err), err);
    assert_fails(agr_checkpoint_digest(checkpoint, 0, &digest, &err), AGR_NOT_FOUND, err,
                 "branch 'ant': no slot 'latest', found best");
    agr_checkpoint_close(checkpoint);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, end_case)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_digest_of_known_numbers),
        CASE(test_every_number_counts),
        CASE(test_nothing_else_counts),
        CASE(test_a_branch_without_latest_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
