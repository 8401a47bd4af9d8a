#include "model.h"
#include "test.h"

static small_model first, second, empty;

static agr_snapshot *snapshot_of(const small_model *model)
{
    agr_error err;
    agr_snapshot *snapshot;
    assert_ok(agr_snapshot_create(&model->state, "age", &snapshot, &err), err);
    agr_snapshot_take(snapshot, &model->state);
    return snapshot;
}

static void test_numbers_go_in_and_out(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 1);
    model_fill(&empty, 9);
    agr_snapshot *snapshot = snapshot_of(&first);
    assert_ok(agr_snapshot_restore(snapshot, &empty.state, &err), err);
    assert_same_model(&empty, &first);
    assert_int_equal(agr_state_int64(agr_snapshot_state(snapshot), "epoch", -1), 1);
    assert_int_equal(agr_state_int64(agr_snapshot_state(snapshot), "nothing", -1), -1);
    agr_snapshot_destroy(snapshot);
}

static void test_take_again_replaces_all(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 1);
    model_fill(&second, 2);
    model_fill(&empty, 9);
    agr_snapshot *snapshot = snapshot_of(&first);
    agr_snapshot_take(snapshot, &second.state);
    assert_ok(agr_snapshot_restore(snapshot, &empty.state, &err), err);
    assert_same_model(&empty, &second);
    agr_snapshot_destroy(snapshot);
}

/* As a message: the block arrives elsewhere, and the sender's memory is gone. */
static void test_a_sent_block_is_a_snapshot(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 3);
    model_fill(&empty, 9);
    agr_snapshot *sent = snapshot_of(&first);
    const size_t size_bytes = agr_snapshot_size_bytes(sent);
    void *received = malloc(size_bytes);
    assert_non_null(received);
    memcpy(received, agr_snapshot_bytes(sent), size_bytes);
    agr_snapshot_destroy(sent);

    agr_snapshot *snapshot;
    assert_ok(agr_snapshot_adopt(received, size_bytes, &snapshot, &err), err);
    assert_ok(agr_snapshot_restore(snapshot, &empty.state, &err), err);
    assert_same_model(&empty, &first);
    assert_int_equal(agr_snapshot_state(snapshot)->n_layers, MODEL_LAYERS);
    assert_string_equal(agr_snapshot_state(snapshot)->layers[1], "max_pooling2d");
    agr_snapshot_destroy(snapshot);
}

static void test_another_shape_is_refused_whole(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 1);
    model_fill(&second, 2);
    model_fill(&empty, 2);
    agr_snapshot *snapshot = snapshot_of(&first);
    empty.tensors[3].shape[0] = 2;
    empty.tensors[3].shape[1] = 5;
    assert_fails(agr_snapshot_restore(snapshot, &empty.state, &err), AGR_FORMAT, err,
                 "layer 'a_dense': kernel: found with another shape");
    assert_same_model(&empty, &second);
    agr_snapshot_destroy(snapshot);
}

/* Whatever byte of the tables is wrong, adopting fails or gives a snapshot that stays in its block
 * (the sanitizer build would tell). */
static void test_damaged_blocks_are_harmless(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 1);
    agr_snapshot *sent = snapshot_of(&first);
    const size_t size_bytes = agr_snapshot_size_bytes(sent);
    int n_refused = 0;
    for (size_t i = 0; i < size_bytes - 1024; i++) {
        char *received = malloc(size_bytes);
        assert_non_null(received);
        memcpy(received, agr_snapshot_bytes(sent), size_bytes);
        received[i] = (char)(received[i] ^ 0x91);
        agr_snapshot *snapshot;
        if (agr_snapshot_adopt(received, size_bytes, &snapshot, &err) != AGR_OK) {
            n_refused++;
            free(received);
            continue;
        }
        model_fill(&empty, 9);
        (void)agr_snapshot_restore(snapshot, &empty.state, &err);
        agr_snapshot_destroy(snapshot);
    }
    assert_true(n_refused > 100);
    agr_snapshot_destroy(sent);
}

static void test_shortened_blocks_are_refused(void **state)
{
    (void)state;
    agr_error err;
    model_fill(&first, 1);
    agr_snapshot *sent = snapshot_of(&first), *snapshot;
    for (size_t length = 0; length < agr_snapshot_size_bytes(sent); length += 61) {
        void *received = malloc(length + 1);
        assert_non_null(received);
        memcpy(received, agr_snapshot_bytes(sent), length);
        assert_fails(agr_snapshot_adopt(received, length, &snapshot, &err), AGR_FORMAT, err,
                     "is not a snapshot");
        free(received);
    }
    agr_snapshot_destroy(sent);
}

static void test_names_are_checked(void **state)
{
    (void)state;
    agr_error err;
    agr_snapshot *snapshot;
    char field[AGR_NAME_BYTES];
    assert_fails(agr_state_name(field, "a/b", &err), AGR_INPUT, err, "without '/'");
    assert_fails(agr_state_name(field, "", &err), AGR_INPUT, err, "1 to 63 characters");
    model_fill(&first, 1);
    assert_ok(agr_state_name(first.values[0].name, "adam_step", &err), err);
    assert_fails(agr_snapshot_create(&first.state, "age", &snapshot, &err), AGR_INPUT, err,
                 "value 'adam_step' is there twice");
    assert_ok(agr_state_name(first.values[0].name, "weights", &err), err);
    assert_fails(agr_snapshot_create(&first.state, "age", &snapshot, &err), AGR_INPUT, err,
                 "value 0: malformed");
    model_fill(&first, 1);
    first.tensors[5].kind = AGR_TENSOR_ADAM_M;
    assert_fails(agr_snapshot_create(&first.state, "age", &snapshot, &err), AGR_INPUT, err,
                 "optimizer/m/conv2d/kernel is there twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_go_in_and_out),
        cmocka_unit_test(test_take_again_replaces_all),
        cmocka_unit_test(test_a_sent_block_is_a_snapshot),
        cmocka_unit_test(test_another_shape_is_refused_whole),
        cmocka_unit_test(test_damaged_blocks_are_harmless),
        cmocka_unit_test(test_shortened_blocks_are_refused),
        cmocka_unit_test(test_names_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
