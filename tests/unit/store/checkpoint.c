#include "files.h"
#include "model.h"
#include "test.h"

#include <agr/store/checkpoint.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[320], previous[320], other_path[320];

static int set_up(void **state)
{
    begin_case(state);
    path_in_folder(path, "checkpoint.h5");
    path_in_folder(previous, "checkpoint.h5.prev");
    path_in_folder(other_path, "other.h5");
    return 0;
}

/* ---- a run of two branches ---- */

static const char *const class_names[2] = {"one", "another"};
static const agr_checkpoint_head heads[3] = {
    {.name = "size", .target = "size", .label_min = -0.5, .label_max = 116},
    {.name = "kind", .target = "kind", .n_classes = 2, .classes = class_names},
    {.name = "more", .target = "kind", .n_classes = 2, .classes = class_names},
};
static const char *const column_names[2] = {"epoch", "loss"};
static const double history_values[4] = {1, 0.5, 2, 0.25};
static const agr_history_table history = {
    .n_columns = 2, .columns = column_names, .n_rows = 2, .values = history_values};
static const agr_checkpoint_branch branches[2] = {
    {.name = "zebra", .n_heads = 1, .heads = heads, .preprocessing = "/255", .history = &history},
    {.name = "ant", .n_heads = 2, .heads = heads + 1, .preprocessing = "/255"},
};
static const agr_checkpoint_info info = {.config = "train:\n  epochs: 3\n",
                                         .kernel_set = "avx2 Haswell",
                                         .versions = "agr-mpi 0.1.0",
                                         .dataset_fingerprint = UINT64_MAX - 5,
                                         .seed = 42};

static agr_status write_one(const char *to, const char *branch, const char *slot,
                            const small_model *model, unsigned parts, agr_error *err)
{
    const agr_checkpoint_update update = {
        .branch = branch, .slot = slot, .state = &model->state, .parts = parts};
    return agr_checkpoint_write(to, &info, branches, 2, &update, 1, err);
}

static void put_in(const char *file, const char *branch, const char *slot, int seed)
{
    agr_error err;
    small_model model;
    model_fill(&model, seed);
    assert_ok(write_one(file, branch, slot, &model, AGR_PARTS_ALL, &err), err);
}

static void put(const char *branch, const char *slot, int seed)
{
    put_in(path, branch, slot, seed);
}

static agr_checkpoint *open_it(const char *from)
{
    agr_error err;
    agr_checkpoint *checkpoint;
    assert_ok(agr_checkpoint_open(from, &checkpoint, &err), err);
    return checkpoint;
}

static agr_status read_model(agr_checkpoint *checkpoint, const char *branch, const char *slot,
                             small_model *model, unsigned parts, agr_error *err)
{
    int b, s;
    AGR_TRY(agr_checkpoint_find_branch(checkpoint, branch, &b, err));
    AGR_TRY(agr_checkpoint_find_slot(checkpoint, b, slot, &s, err));
    return agr_checkpoint_read(checkpoint, b, s, &model->state, parts, err);
}

static void assert_holds(const char *from, const char *branch, const char *slot, int seed)
{
    agr_error err;
    small_model model, expected;
    model_fill(&model, 77);
    model_fill(&expected, seed);
    agr_checkpoint *checkpoint = open_it(from);
    assert_ok(read_model(checkpoint, branch, slot, &model, AGR_PARTS_ALL, &err), err);
    assert_same_model(&model, &expected);
    agr_checkpoint_close(checkpoint);
}

static agr_status verify(const char *from, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(from, &checkpoint, err));
    const agr_status status = agr_checkpoint_verify(checkpoint, err);
    agr_checkpoint_close(checkpoint);
    return status;
}

/* ---- round trips ---- */

static void test_a_state_comes_back(void **state)
{
    (void)state;
    put("zebra", "latest", 1);
    assert_holds(path, "zebra", "latest", 1);
    assert_string_equal(last_warning, "");
}

static void test_the_run_is_described(void **state)
{
    (void)state;
    put("zebra", "latest", 1);
    put("ant", "epoch_0020", 2);
    put("ant", "best", 3);
    put("ant", "latest", 4);
    agr_checkpoint *checkpoint = open_it(path);
    const agr_checkpoint_info *about = agr_checkpoint_about(checkpoint);
    assert_string_equal(about->config, info.config);
    assert_string_equal(about->kernel_set, info.kernel_set);
    assert_string_equal(about->versions, info.versions);
    assert_true(about->dataset_fingerprint == UINT64_MAX - 5);
    assert_int_equal(about->seed, 42);

    assert_int_equal(agr_checkpoint_n_branches(checkpoint), 2);
    const agr_checkpoint_branch *zebra = agr_checkpoint_branch_at(checkpoint, 0);
    const agr_checkpoint_branch *ant = agr_checkpoint_branch_at(checkpoint, 1);
    assert_string_equal(zebra->name, "zebra");
    assert_string_equal(ant->name, "ant");
    assert_int_equal(zebra->n_heads, 1);
    assert_int_equal(zebra->heads[0].n_classes, 0);
    assert_true(zebra->heads[0].label_min == -0.5 && zebra->heads[0].label_max == 116);
    assert_int_equal(ant->n_heads, 2);
    assert_string_equal(ant->heads[1].name, "more");
    assert_string_equal(ant->heads[1].target, "kind");
    assert_int_equal(ant->heads[1].n_classes, 2);
    assert_string_equal(ant->heads[1].classes[1], "another");
    assert_string_equal(ant->preprocessing, "/255");

    assert_int_equal(zebra->history->n_rows, 2);
    assert_string_equal(zebra->history->columns[1], "loss");
    assert_memory_equal(zebra->history->values, history_values, sizeof history_values);
    assert_int_equal(ant->history->n_rows, 0);

    assert_int_equal(agr_checkpoint_n_slots(checkpoint, 1), 3);
    assert_string_equal(agr_checkpoint_slot_at(checkpoint, 1, 0)->name, "latest");
    assert_string_equal(agr_checkpoint_slot_at(checkpoint, 1, 1)->name, "best");
    const agr_checkpoint_slot *slot = agr_checkpoint_slot_at(checkpoint, 1, 2);
    assert_string_equal(slot->name, "epoch_0020");
    assert_int_equal(agr_state_int64(&slot->state, "epoch", -1), 2);
    assert_int_equal(slot->state.n_tensors, MODEL_TENSORS);
    assert_int_equal(slot->state.n_layers, MODEL_LAYERS);
    assert_string_equal(slot->state.layers[1], "max_pooling2d");
    assert_string_equal(slot->state.tensors[0].layer, "conv2d"); /* network order, not by name */
    agr_checkpoint_close(checkpoint);
}

static void test_other_parts_are_carried_on(void **state)
{
    (void)state;
    put("zebra", "latest", 1);
    put("ant", "latest", 2);
    put("ant", "latest", 3);
    assert_holds(path, "zebra", "latest", 1);
    assert_holds(path, "ant", "latest", 3);
    assert_holds(previous, "ant", "latest", 2);
    agr_error err;
    assert_ok(verify(path, &err), err);
}

static void test_history_is_carried_on(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    model_fill(&model, 2);
    put("zebra", "latest", 1);
    agr_checkpoint_branch without = branches[0];
    without.history = NULL;
    const agr_checkpoint_update update = {
        .branch = "zebra", .slot = "latest", .state = &model.state, .parts = AGR_PARTS_ALL};
    assert_ok(agr_checkpoint_write(path, &info, &without, 1, &update, 1, &err), err);
    agr_checkpoint *checkpoint = open_it(path);
    assert_int_equal(agr_checkpoint_branch_at(checkpoint, 0)->history->n_rows, 2);
    agr_checkpoint_close(checkpoint);
}

/* A run of other branches in the same file leaves these alone. */
static void test_foreign_branches_are_carried_on(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    model_fill(&model, 5);
    put("zebra", "latest", 1);
    const agr_checkpoint_branch only = {.name = "bee", .preprocessing = ""};
    const agr_checkpoint_update update = {
        .branch = "bee", .slot = "latest", .state = &model.state, .parts = AGR_PARTS_ALL};
    assert_ok(agr_checkpoint_write(path, &info, &only, 1, &update, 1, &err), err);
    assert_holds(path, "zebra", "latest", 1);
    assert_holds(path, "bee", "latest", 5);
}

static void test_a_slot_holds_the_parts_that_were_asked_for(void **state)
{
    (void)state;
    agr_error err;
    small_model model, expected;
    model_fill(&expected, 1);
    put("ant", "latest", 2);
    assert_ok(write_one(path, "ant", "best", &expected, AGR_PARTS_MODEL, &err), err);
    model_fill(&model, 77);
    agr_checkpoint *checkpoint = open_it(path);
    assert_ok(read_model(checkpoint, "ant", "best", &model, AGR_PARTS_MODEL, &err), err);
    assert_memory_equal(model.kernel, expected.kernel, sizeof model.kernel);
    assert_int_equal(model.epoch, 1);
    assert_fails(read_model(checkpoint, "ant", "best", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "layer 'conv2d': optimizer/m kernel: not in the file");
    assert_fails(read_model(checkpoint, "ant", "epoch_0020", &model, AGR_PARTS_ALL, &err),
                 AGR_NOT_FOUND, err, "no slot 'epoch_0020', found latest, best");
    assert_fails(read_model(checkpoint, "bee", "latest", &model, AGR_PARTS_ALL, &err),
                 AGR_NOT_FOUND, err, "no branch 'bee', found ant");
    agr_checkpoint_close(checkpoint);
}

static void test_snapshots_come_back(void **state)
{
    (void)state;
    agr_error err;
    agr_snapshot *snapshot;
    small_model model, expected;
    model_fill(&model, 77);
    model_fill(&expected, 6);
    put("ant", "latest", 6);
    agr_checkpoint *checkpoint = open_it(path);
    assert_ok(agr_checkpoint_read_snapshot(checkpoint, 0, 0, &snapshot, &err), err);
    agr_checkpoint_close(checkpoint);
    assert_ok(agr_snapshot_restore(snapshot, &model.state, &err), err);
    assert_same_model(&model, &expected);
    agr_snapshot_destroy(snapshot);
}

static void test_same_states_same_bytes(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    model_fill(&model, 3);
    for (int i = 0; i < 2; i++) {
        const char *to = i == 0 ? path : other_path;
        assert_ok(write_one(to, "zebra", "latest", &model, AGR_PARTS_ALL, &err), err);
        assert_ok(write_one(to, "ant", "latest", &model, AGR_PARTS_ALL, &err), err);
        assert_ok(write_one(to, "ant", "best", &model, AGR_PARTS_MODEL, &err), err);
        if (i == 0)
            sleep(1); /* a time stamp would show */
    }
    assert_same_file(path, other_path);
}

/* The file depends on what it holds, not on how it came about: other orders, slots that were written
 * again, other states on the way, another order of tensors and values in memory. */
static void test_equal_content_gives_equal_bytes(void **state)
{
    (void)state;
    agr_error err;
    small_model model[3];
    for (int i = 0; i < 3; i++)
        model_fill(&model[i], 3 + i);
    assert_ok(write_one(path, "zebra", "latest", &model[0], AGR_PARTS_ALL, &err), err);
    assert_ok(write_one(path, "ant", "latest", &model[1], AGR_PARTS_ALL, &err), err);
    assert_ok(write_one(path, "ant", "best", &model[2], AGR_PARTS_MODEL, &err), err);
    assert_ok(write_one(path, "ant", "epoch_0020", &model[2], AGR_PARTS_MODEL, &err), err);

    put_in(other_path, "ant", "best", 50);
    put_in(other_path, "ant", "latest", 51);
    put_in(other_path, "zebra", "latest", 52);
    for (int t = 0; t < 3; t++) { /* bias, moving_mean, kernel */
        const agr_tensor first = model[1].tensors[0];
        model[1].tensors[0] = model[1].tensors[t];
        model[1].tensors[t] = first;
    }
    const agr_value first = model[1].values[0];
    model[1].values[0] = model[1].values[2];
    model[1].values[2] = first;
    const agr_checkpoint_update updates[3] = {
        {.branch = "ant", .slot = "epoch_0020", .state = &model[2].state, .parts = AGR_PARTS_MODEL},
        {.branch = "zebra", .slot = "latest", .state = &model[0].state, .parts = AGR_PARTS_ALL},
        {.branch = "ant", .slot = "best", .state = &model[2].state, .parts = AGR_PARTS_MODEL}};
    assert_ok(agr_checkpoint_write(other_path, &info, branches, 2, updates, 3, &err), err);
    put_in(other_path, "ant", "latest", 53);
    assert_ok(write_one(other_path, "ant", "latest", &model[1], AGR_PARTS_ALL, &err), err);
    assert_same_file(path, other_path);
}

/* ---- wrong shapes and names ---- */

static void test_wrong_shapes_are_named(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    put("ant", "latest", 1);
    agr_checkpoint *checkpoint = open_it(path);
    model_fill(&model, 1);
    model.tensors[0].shape[3] = 2;
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err,
                 "checkpoint.h5': branch 'ant': layer 'conv2d': kernel: expected 3x3x3x2, found "
                 "3x3x3x4");
    model_fill(&model, 1);
    strcpy(model.tensors[3].layer, "dense_9");
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "layer 'dense_9': kernel: not in the file");
    model_fill(&model, 1);
    model.tensors[3] = model.tensors[6]; /* the network has no a_dense */
    model.state.n_tensors = 6;
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "layer 'a_dense': kernel: not in the network");
    model_fill(&model, 1);
    model.values[2].count = 3;
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "value 'running_sums': expected 3 double, found 4 double");
    strcpy(model.values[2].name, "patience");
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "no value 'patience'");
    agr_checkpoint_close(checkpoint);
}

static void test_unknown_branches_are_refused(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    model_fill(&model, 1);
    assert_fails(write_one(path, "bee", "latest", &model, AGR_PARTS_ALL, &err), AGR_INPUT, err,
                 "no branch 'bee' in the run");
    assert_int_equal(count_files("checkpoint"), 0);
}

/* ---- damage ---- */

/* Where these bytes lie in the file. */
static size_t find_bytes(const unsigned char *data, size_t size_bytes, const void *what,
                         size_t what_bytes)
{
    const unsigned char *found = memmem(data, size_bytes, what, what_bytes);
    assert_non_null(found);
    return (size_t)(found - data);
}

static void damage_kernel(const char *of, int seed)
{
    small_model model;
    size_t size_bytes;
    model_fill(&model, seed);
    unsigned char *data = file_bytes(of, &size_bytes);
    data[find_bytes(data, size_bytes, model.kernel, sizeof model.kernel) + 17] ^= 4;
    unlink(of); /* .prev may be another name of it */
    file_put(of, data, size_bytes);
    free(data);
}

static void test_a_flipped_bit_in_weights_is_found(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    put("ant", "latest", 1);
    damage_kernel(path, 1);
    assert_fails(verify(path, &err), AGR_FORMAT, err, "'kernel': wrong checksum: expected xxh64");
    model_fill(&model, 1);
    agr_checkpoint *checkpoint = open_it(path);
    assert_fails(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), AGR_FORMAT,
                 err, "branch 'ant': layer 'conv2d': kernel: wrong checksum");
    agr_checkpoint_close(checkpoint);
}

static void test_resume_takes_the_previous_file(void **state)
{
    (void)state;
    agr_error err;
    char chosen[AGR_PATH_BYTES];
    put("ant", "latest", 1);
    put("ant", "latest", 2);
    assert_ok(agr_checkpoint_choose(path, chosen, &err), err);
    assert_string_equal(chosen, path);
    damage_kernel(path, 2);
    assert_ok(agr_checkpoint_choose(path, chosen, &err), err);
    assert_string_equal(chosen, previous);
    assert_non_null(strstr(last_warning, "wrong checksum"));
    damage_kernel(previous, 1);
    assert_fails(agr_checkpoint_choose(path, chosen, &err), AGR_FORMAT, err, "wrong checksum");
    assert_non_null(strstr(err.text, "checkpoint.h5': '"));
    assert_non_null(strstr(err.text, ", and checkpoint '"));
    assert_non_null(strstr(err.text, "checkpoint.h5.prev': '"));
    unlink(path);
    assert_fails(agr_checkpoint_choose(path, chosen, &err), AGR_FORMAT, err,
                 "checkpoint.h5', and checkpoint '");
    unlink(previous);
    assert_fails(agr_checkpoint_choose(path, chosen, &err), AGR_NOT_FOUND, err, "no checkpoint at");
}

/* Who decides, who opens and who writes all look at the same damaged file. */
static void test_one_damage_is_one_warning(void **state)
{
    (void)state;
    agr_error err;
    char chosen[AGR_PATH_BYTES];
    put("ant", "latest", 1);
    put("ant", "latest", 2);
    damage_kernel(path, 2);
    assert_ok(agr_checkpoint_choose(path, chosen, &err), err);
    assert_non_null(strstr(last_warning, "checkpoint.h5.prev' instead"));
    last_warning[0] = '\0';
    assert_ok(agr_checkpoint_choose(path, chosen, &err), err);
    assert_string_equal(chosen, previous);
    put("ant", "latest", 3);
    assert_string_equal(last_warning, "");
}

static void test_a_damaged_file_does_not_push_out_a_sound_one(void **state)
{
    (void)state;
    put("zebra", "latest", 1);
    put("ant", "latest", 2);
    put("ant", "latest", 3);
    damage_kernel(path, 3);
    put("ant", "latest", 4);
    assert_non_null(strstr(last_warning, "wrong checksum"));
    assert_holds(path, "zebra", "latest", 1);
    assert_holds(path, "ant", "latest", 4);
    assert_holds(previous, "ant", "latest", 2);
}

static void test_what_is_sound_is_kept(void **state)
{
    (void)state;
    agr_error err;
    put("zebra", "latest", 1);
    put("ant", "latest", 2);
    unlink(previous);
    damage_kernel(path, 2);
    put("ant", "best", 3);
    assert_non_null(strstr(last_warning, "slot 'latest' is damaged and left out"));
    assert_holds(path, "zebra", "latest", 1);
    assert_holds(path, "ant", "best", 3);
    assert_ok(verify(path, &err), err);
}

static void test_truncated_at_many_lengths(void **state)
{
    (void)state;
    agr_error err;
    agr_checkpoint *checkpoint;
    size_t size_bytes;
    put("ant", "latest", 1);
    unsigned char *data = file_bytes(path, &size_bytes);
    for (size_t length = 0; length < size_bytes; length += 131) {
        file_put(other_path, data, length);
        assert_fails(agr_checkpoint_open(other_path, &checkpoint, &err), AGR_FORMAT, err,
                     "checkpoint '");
    }
    file_put(other_path, data, 3000);
    assert_fails(agr_checkpoint_open(other_path, &checkpoint, &err), AGR_FORMAT, err,
                 "other.h5': truncated: expected ");
    assert_non_null(strstr(err.text, " bytes, found 3000"));
    assert_non_null(strstr(err.hint, "copy interrupted"));
    file_put(other_path, data, size_bytes - 1);
    assert_fails(agr_checkpoint_open(other_path, &checkpoint, &err), AGR_FORMAT, err,
                 "other.h5': truncated or damaged at its end");
    free(data);
}

/* Backups of every epoch of a long run. */
static void test_many_objects_are_no_damage(void **state)
{
    (void)state;
    agr_error err;
    put("ant", "latest", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    for (int i = 0; i < 70; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        const hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        for (int k = 0; k < 1000; k++) {
            snprintf(name, sizeof name, "%d", k);
            H5Gclose(H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        }
        H5Gclose(group);
    }
    H5Fclose(file);
    assert_ok(verify(path, &err), err);
}

/* A group that holds itself. */
static void test_groups_nested_without_end_are_refused(void **state)
{
    (void)state;
    agr_error err;
    put("ant", "latest", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Lcreate_hard(file, "/branches", file, "/branches/ant/latest/again", H5P_DEFAULT,
                               H5P_DEFAULT) >= 0);
    H5Fclose(file);
    assert_fails(verify(path, &err), AGR_FORMAT, err, "its groups are nested deeper than 8");
}

/* Each of six groups lists the next one 40 times: a small file, 40^6 ways through it. */
static void test_links_that_repeat_are_refused(void **state)
{
    (void)state;
    agr_error err;
    put("ant", "latest", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t inner = H5Gcreate2(file, "0", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int depth = 1; depth < 6; depth++) {
        char name[16];
        snprintf(name, sizeof name, "%d", depth);
        const hid_t outer = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        for (int i = 0; i < 40; i++) {
            snprintf(name, sizeof name, "%d", i);
            assert_true(H5Lcreate_hard(inner, ".", outer, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
        }
        H5Gclose(inner);
        inner = outer;
    }
    H5Gclose(inner);
    H5Fclose(file);
    assert_fails(verify(path, &err), AGR_FORMAT, err, "links that repeat");
}

/* Whichever number is hit, a tensor's or a value's, verifying says so. */
static void test_a_flipped_bit_in_any_number_is_found(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    size_t size_bytes;
    put("ant", "latest", 5);
    model_fill(&model, 5);
    unsigned char *data = file_bytes(path, &size_bytes);
    for (int i = 0; i < MODEL_TENSORS; i++) {
        const size_t tensor_bytes = agr_tensor_count(&model.tensors[i]) * sizeof(float);
        const size_t begin = find_bytes(data, size_bytes, model.tensors[i].data, tensor_bytes);
        for (size_t k = 0; k < tensor_bytes; k += 37) {
            data[begin + k] ^= 1;
            file_put(other_path, data, size_bytes);
            data[begin + k] ^= 1;
            assert_fails(verify(other_path, &err), AGR_FORMAT, err, "wrong checksum");
        }
    }
    const size_t sums = find_bytes(data, size_bytes, model.sums, sizeof model.sums);
    data[sums + 9] ^= 32;
    file_put(other_path, data, size_bytes);
    assert_fails(verify(other_path, &err), AGR_FORMAT, err, "'running_sums': wrong checksum");
    free(data);
}

/* Book-keeping, texts, gaps, seal: nothing damaged comes before HDF5. Of numbers it names which. */
static void test_a_damaged_byte_anywhere_is_found(void **state)
{
    (void)state;
    agr_error err;
    size_t size_bytes;
    put("zebra", "latest", 4);
    put("ant", "latest", 5);
    unsigned char *data = file_bytes(path, &size_bytes);
    assert_null(memmem(data, size_bytes, "GCOL", 4)); /* HDF5's heap of texts */
    free(data);
    for (size_t i = 0; i < size_bytes; i += 11) {
        const unsigned char bits = (unsigned char)(1 << i % 8);
        file_flip(path, i, bits);
        const agr_status status = verify(path, &err);
        file_flip(path, i, bits);
        if (status != AGR_FORMAT || strstr(err.text, "checkpoint.h5': ") == NULL)
            fail_msg("byte %zu of %zu: status %d: %s", i, size_bytes, status, err.text);
    }
}

static void test_resume_survives_damaged_book_keeping(void **state)
{
    (void)state;
    agr_error err;
    char chosen[AGR_PATH_BYTES];
    put("ant", "latest", 1);
    put("ant", "latest", 2);
    file_flip(path, 700, 255);
    assert_ok(agr_checkpoint_choose(path, chosen, &err), err);
    assert_string_equal(chosen, previous);
    assert_non_null(strstr(last_warning, "damaged: wrong checksum of its book-keeping: expected"));
    put("ant", "best", 3); /* the next write takes it up from there */
    assert_holds(path, "ant", "latest", 1);
    assert_holds(previous, "ant", "latest", 1);
}

/* Too long for an attribute of fixed length. */
static void test_long_texts_come_back(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    model_fill(&model, 1);
    enum { LONG = 300000 };
    char *text = malloc(LONG + 1);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    agr_checkpoint_info about = info;
    about.config = text;
    about.versions = "";
    const agr_checkpoint_update update = {
        .branch = "ant", .slot = "latest", .state = &model.state, .parts = AGR_PARTS_ALL};
    assert_ok(agr_checkpoint_write(path, &about, branches, 2, &update, 1, &err), err);
    agr_checkpoint *checkpoint = open_it(path);
    assert_string_equal(agr_checkpoint_about(checkpoint)->config, text);
    assert_string_equal(agr_checkpoint_about(checkpoint)->versions, "");
    agr_checkpoint_close(checkpoint);
    free(text);
}

static void test_not_a_checkpoint(void **state)
{
    (void)state;
    agr_error err;
    agr_checkpoint *checkpoint;
    assert_fails(agr_checkpoint_open(path, &checkpoint, &err), AGR_NOT_FOUND, err,
                 "no checkpoint at");
    file_put(path, "plain text", 10);
    assert_fails(agr_checkpoint_open(path, &checkpoint, &err), AGR_FORMAT, err, "not an HDF5 file");
    H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    assert_fails(agr_checkpoint_open(path, &checkpoint, &err), AGR_FORMAT, err,
                 "not a checkpoint: expected format 'agr-mpi/checkpoint'");
}

/* ---- edited by hand ---- */

static hid_t edit(const char *dataset, hid_t *file)
{
    *file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(*file >= 0);
    const hid_t id = H5Dopen2(*file, dataset, H5P_DEFAULT);
    assert_true(id >= 0);
    return id;
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    agr_error err;
    put("ant", "latest", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    const int64_t version = 2;
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT64, &version) >= 0);
    H5Aclose(attribute);
    H5Fclose(file);
    assert_fails(verify(path, &err), AGR_FORMAT, err, "expected format version 1, found 2");
}

static void test_weights_without_checksum_are_taken_with_a_warning(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    hid_t file;
    put("ant", "latest", 1);
    const hid_t id = edit("/branches/ant/latest/weights/conv2d/bias", &file);
    const float values[4] = {9, 8, 7, 6};
    assert_true(H5Dwrite(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    assert_true(H5Adelete(id, "xxh64") >= 0);
    H5Dclose(id);
    H5Fclose(file);
    model_fill(&model, 1);
    agr_checkpoint *checkpoint = open_it(path);
    assert_ok(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), err);
    agr_checkpoint_close(checkpoint);
    assert_memory_equal(model.bias, values, sizeof values);
    assert_non_null(strstr(last_warning, "no checksum"));
    last_warning[0] = '\0';
    assert_ok(verify(path, &err), err);
    assert_non_null(strstr(last_warning, "no checksum"));
}

static void test_weights_of_another_width_are_converted(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    put("ant", "latest", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const char *name = "/branches/ant/latest/weights/conv2d/bias";
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    const hsize_t four = 4;
    const hid_t space = H5Screate_simple(1, &four, NULL);
    const hid_t id =
        H5Dcreate2(file, name, H5T_IEEE_F64BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const double values[4] = {0.5, -2, 3, 1e-3};
    assert_true(H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(id);
    H5Fclose(file);
    model_fill(&model, 1);
    agr_checkpoint *checkpoint = open_it(path);
    assert_ok(read_model(checkpoint, "ant", "latest", &model, AGR_PARTS_ALL, &err), err);
    agr_checkpoint_close(checkpoint);
    for (int i = 0; i < 4; i++)
        assert_true(model.bias[i] == (float)values[i]);
}

static void test_an_edit_is_not_undone_by_the_previous_file(void **state)
{
    (void)state;
    agr_error err;
    char chosen[AGR_PATH_BYTES];
    hid_t file;
    put("ant", "latest", 1);
    put("ant", "latest", 2);
    const hid_t id = edit("/branches/ant/latest/weights/conv2d/bias", &file);
    assert_true(H5Adelete(file, "seed") >= 0);
    const int64_t seed = -1;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        H5Acreate2(file, "seed", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT64, &seed) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(id);
    H5Fclose(file);
    assert_fails(agr_checkpoint_choose(path, chosen, &err), AGR_INPUT, err,
                 "checkpoint.h5': attribute 'seed': expected no number below 0, found -1");
    assert_non_null(strstr(err.hint, "edited by hand?"));
    assert_string_equal(last_warning, "");
}

/* ---- the disk ---- */

static void test_full_disk_keeps_the_old_file(void **state)
{
    (void)state;
    agr_error err;
    small_model model;
    size_t size_bytes;
    put("ant", "latest", 1);
    model_fill(&model, 2);
    free(file_bytes(path, &size_bytes));
    for (size_t limit = 1; limit < size_bytes; limit += 2999) {
        limit_file_size(limit);
        const agr_status status = write_one(path, "ant", "latest", &model, AGR_PARTS_ALL, &err);
        limit_file_size(0);
        assert_int_equal(status, AGR_IO);
        assert_non_null(strstr(err.text, "cannot write checkpoint '"));
        assert_non_null(strstr(err.text, "File too large"));
        assert_int_equal(count_files("tmp"), 0);
    }
    assert_holds(path, "ant", "latest", 1);
}

/* Writes without end, and says of each write that it has come back. */
static void write_without_end(int64_t epoch, int report)
{
    agr_error err;
    small_model model;
    for (;; epoch++) {
        model_fill(&model, (int)epoch);
        if (write_one(path, "ant", "latest", &model, AGR_PARTS_ALL, &err) != AGR_OK ||
            write(report, "", 1) != 1)
            _exit(1);
    }
}

/* A child writes and is killed at a moment drawn at random behind so many writes, most often inside
 * the next; what it leaves is always whole, and no older than what it said. */
static void test_killed_writers_leave_whole_files(void **state)
{
    (void)state;
    agr_error err;
    put("ant", "latest", 0);
    uint32_t random = 12345;
    int64_t last_epoch = 0;
    for (int round = 0; round < 25; round++) {
        int report[2], result;
        char said;
        assert_int_equal(pipe(report), 0);
        const pid_t child = fork();
        if (child == 0)
            write_without_end(last_epoch + 1, report[1]);
        random = random * 1664525 + 1013904223;
        const int n_said = (int)(random >> 8) % 4;
        for (int i = 0; i < n_said; i++)
            assert_int_equal(read(report[0], &said, 1), 1);
        usleep((random >> 10) % 3000);
        kill(child, SIGKILL);
        waitpid(child, &result, 0);
        assert_true(WIFSIGNALED(result));
        close(report[0]);
        close(report[1]);

        assert_ok(verify(path, &err), err);
        agr_checkpoint *checkpoint = open_it(path);
        const int64_t epoch =
            agr_state_int64(&agr_checkpoint_slot_at(checkpoint, 0, 0)->state, "epoch", -1);
        agr_checkpoint_close(checkpoint);
        assert_true(epoch >= last_epoch + n_said);
        assert_holds(path, "ant", "latest", (int)epoch);
        if (agr_path_exists(previous))
            assert_ok(verify(previous, &err), err);
        last_epoch = epoch;
    }
    assert_true(last_epoch > 0);
    agr_leftovers_remove(path, AGR_LEFTOVERS_ALL);
    assert_int_equal(count_files("tmp"), 0);
    assert_holds(path, "ant", "latest", (int)last_epoch);
}

static void test_a_run_folder_stands_for_its_checkpoint(void **state)
{
    (void)state;
    agr_error err;
    char located[AGR_PATH_BYTES];
    assert_ok(agr_checkpoint_locate(folder, located, &err), err);
    assert_string_equal(located, path);
    assert_ok(agr_checkpoint_locate(other_path, located, &err), err);
    assert_string_equal(located, other_path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, end_case)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_state_comes_back),
        CASE(test_the_run_is_described),
        CASE(test_other_parts_are_carried_on),
        CASE(test_history_is_carried_on),
        CASE(test_foreign_branches_are_carried_on),
        CASE(test_a_slot_holds_the_parts_that_were_asked_for),
        CASE(test_snapshots_come_back),
        CASE(test_same_states_same_bytes),
        CASE(test_equal_content_gives_equal_bytes),
        CASE(test_wrong_shapes_are_named),
        CASE(test_unknown_branches_are_refused),
        CASE(test_a_flipped_bit_in_weights_is_found),
        CASE(test_resume_takes_the_previous_file),
        CASE(test_one_damage_is_one_warning),
        CASE(test_a_damaged_file_does_not_push_out_a_sound_one),
        CASE(test_what_is_sound_is_kept),
        CASE(test_truncated_at_many_lengths),
        CASE(test_many_objects_are_no_damage),
        CASE(test_groups_nested_without_end_are_refused),
        CASE(test_links_that_repeat_are_refused),
        CASE(test_a_flipped_bit_in_any_number_is_found),
        CASE(test_a_damaged_byte_anywhere_is_found),
        CASE(test_resume_survives_damaged_book_keeping),
        CASE(test_long_texts_come_back),
        CASE(test_not_a_checkpoint),
        CASE(test_another_version_is_refused),
        CASE(test_weights_without_checksum_are_taken_with_a_warning),
        CASE(test_weights_of_another_width_are_converted),
        CASE(test_an_edit_is_not_undone_by_the_previous_file),
        CASE(test_full_disk_keeps_the_old_file),
        CASE(test_killed_writers_leave_whole_files),
        CASE(test_a_run_folder_stands_for_its_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
