#include "files.h"
#include "test.h"

#include <agr/store/dataset.h>
#include <hdf5.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 7, SIDE = 64, ROW_BYTES = SIDE * SIDE * 3 };

static char path[320], other_path[320];

static int set_up(void **state)
{
    begin_case(state);
    path_in_folder(path, "faces.h5");
    path_in_folder(other_path, "other.h5");
    return 0;
}

/* ---- a small set ---- */

static const char *const names[N] = {"a.jpg",        "b.jpg", "sub/c.jpg", "d",
                                     "\xc3\xa9.png", "f",     "g.jpg"};
static const uint64_t hashes[N] = {11, 22, 33, 44, 55, 66, UINT64_MAX};
static const uint8_t split[N] = {0, 1, 0, 2, 0, 1, 0};
static const char *const eye_names[3] = {"blue", "brown", "green, dark"};
static float age[N] = {0, 116, 26, NAN, 1, 254, 33};
static float weight[N] = {61.5f, NAN, -3, 1e9f, 0, 255, 2};
static float eyes[N] = {0, 1, 2, NAN, 2, 1, 0};
static const agr_label_column columns[3] = {
    {.name = "weight", .kind = AGR_LABEL_NUMBER, .values = weight},
    {.name = "eyes", .kind = AGR_LABEL_CLASS, .n_classes = 3, .classes = eye_names, .values = eyes},
    {.name = "age", .kind = AGR_LABEL_NUMBER, .values = age},
};
static const agr_dataset_text texts[2] = {{"source", "a test"}, {"resize", "bilinear"}};

static agr_dataset_content small_content(void)
{
    return (agr_dataset_content){.n_images = N,
                                 .names = names,
                                 .content_hash = hashes,
                                 .split = split,
                                 .n_labels = 3,
                                 .labels = columns,
                                 .seed = 42,
                                 .n_texts = 2,
                                 .texts = texts};
}

static uint8_t pixel(int64_t image, int64_t i)
{
    return (uint8_t)(image * 37 + i * 11 + i / 251);
}

static void write_image(const agr_dataset_rows *rows, int handle, int64_t row, int64_t image)
{
    uint8_t pixels[ROW_BYTES];
    agr_error err;
    for (int64_t i = 0; i < ROW_BYTES; i++)
        pixels[i] = pixel(image, i);
    assert_ok(agr_dataset_rows_write(rows, handle, row, pixels, &err), err);
}

/* Writes the N pictures to the planned rows kept[0..N). */
static agr_status write_set(const char *to, int64_t n_planned, const int64_t *kept, agr_error *err)
{
    agr_dataset_writer *writer;
    AGR_TRY(agr_dataset_writer_create(to, n_planned, SIDE, SIDE, &writer, err));
    const agr_dataset_rows *rows = agr_dataset_writer_rows(writer);
    int handle;
    assert_ok(agr_dataset_rows_open(rows, &handle, err), *err);
    for (int64_t i = 0; i < N; i++)
        write_image(rows, handle, kept[i], i);
    assert_ok(agr_dataset_rows_close(rows, handle, err), *err);
    agr_dataset_content content = small_content();
    content.rows = n_planned == N ? NULL : kept;
    return agr_dataset_writer_finish(writer, &content, err);
}

static const int64_t in_order[N] = {0, 1, 2, 3, 4, 5, 6};

static void write_small(const char *to)
{
    agr_error err;
    assert_ok(write_set(to, N, in_order, &err), err);
}

static void assert_labels(const agr_label_column *column, const float *expected)
{
    assert_non_null(column);
    for (int i = 0; i < N; i++)
        if (isnan(expected[i]))
            assert_true(isnan(column->values[i]));
        else
            assert_true(column->values[i] == expected[i]);
}

static void assert_images(const agr_dataset *dataset)
{
    for (int64_t i = 0; i < N; i++)
        for (int64_t k = 0; k < ROW_BYTES; k++)
            if (agr_dataset_image(dataset, i)[k] != pixel(i, k))
                fail_msg("picture %d differs at byte %d", (int)i, (int)k);
}

/* ---- round trip ---- */

static void test_what_was_written_is_read(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    write_small(path);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_string_equal(last_warning, "");
    assert_int_equal(agr_dataset_count(dataset), N);
    assert_int_equal(agr_dataset_height(dataset), SIDE);
    assert_int_equal(agr_dataset_width(dataset), SIDE);
    assert_images(dataset);
    assert_int_equal(agr_dataset_n_labels(dataset), 3);
    assert_string_equal(agr_dataset_label(dataset, 0)->name, "age");
    assert_labels(agr_dataset_find_label(dataset, "age"), age);
    assert_labels(agr_dataset_find_label(dataset, "weight"), weight);
    assert_labels(agr_dataset_find_label(dataset, "eyes"), eyes);
    assert_null(agr_dataset_find_label(dataset, "hair"));
    const agr_label_column *column = agr_dataset_find_label(dataset, "eyes");
    assert_int_equal(column->kind, AGR_LABEL_CLASS);
    assert_int_equal(column->n_classes, 3);
    assert_string_equal(column->classes[2], "green, dark");
    assert_int_equal(agr_dataset_find_label(dataset, "age")->kind, AGR_LABEL_NUMBER);
    for (int i = 0; i < N; i++) {
        assert_string_equal(agr_dataset_name(dataset, i), names[i]);
        assert_true(agr_dataset_content_hashes(dataset)[i] == hashes[i]);
        assert_int_equal(agr_dataset_split_of(dataset, i), split[i]);
    }
    assert_string_equal(agr_dataset_attribute(dataset, "source"), "a test");
    assert_string_equal(agr_dataset_attribute(dataset, "seed"), "42");
    assert_null(agr_dataset_attribute(dataset, "nothing"));
    agr_dataset_close(dataset);
}

static void test_split_indices_are_ascending_parts(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    int64_t count;
    write_small(path);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    const int64_t *train = agr_dataset_split_indices(dataset, AGR_SPLIT_TRAIN, &count);
    assert_int_equal(count, 4);
    const int64_t expected[4] = {0, 2, 4, 6};
    assert_memory_equal(train, expected, sizeof expected);
    const int64_t *test = agr_dataset_split_indices(dataset, AGR_SPLIT_TEST, &count);
    assert_int_equal(count, 1);
    assert_int_equal(test[0], 3);
    agr_dataset_close(dataset);
}

static void test_split_names_are_parsed(void **state)
{
    (void)state;
    agr_error err;
    agr_split parsed;
    assert_ok(agr_split_parse("validation", &parsed, &err), err);
    assert_int_equal(parsed, AGR_SPLIT_VALIDATION);
    assert_fails(agr_split_parse("dev", &parsed, &err), AGR_USAGE, err,
                 "expected train, validation");
}

/* ---- the same bytes ---- */

static void test_same_content_same_bytes(void **state)
{
    (void)state;
    write_small(path);
    sleep(1); /* a time stamp would show */
    write_small(other_path);
    assert_same_file(path, other_path);
}

static void test_rejected_rows_leave_no_trace(void **state)
{
    (void)state;
    agr_error err;
    const int64_t kept[N] = {1, 2, 3, 7, 8, 11, 12};
    write_small(path);
    assert_ok(write_set(other_path, 13, kept, &err), err);
    assert_same_file(path, other_path);
    assert_int_equal(count_files("tmp"), 0);
}

static void test_fingerprint_follows_the_labels(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    write_small(path);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    const uint64_t first = agr_dataset_fingerprint(dataset);
    agr_dataset_close(dataset);

    age[0] = 5;
    write_small(other_path);
    age[0] = 0;
    assert_ok(agr_dataset_open(other_path, &dataset, &err), err);
    assert_true(agr_dataset_fingerprint(dataset) != first);
    agr_dataset_close(dataset);
}

/* ---- bad content ---- */

static void test_writer_refuses_what_the_reader_would(void **state)
{
    (void)state;
    agr_error err;
    eyes[1] = 3;
    assert_fails(write_set(path, N, in_order, &err), AGR_INPUT, err,
                 "label 'eyes': 'b.jpg': expected a class 0..2, found 3");
    eyes[1] = 1;
    assert_int_equal(count_files("faces"), 0);
}

static void test_missing_folder_and_file(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset_writer *writer;
    agr_dataset *dataset;
    assert_fails(agr_dataset_writer_create("/nowhere/x.h5", 1, 8, 8, &writer, &err), AGR_NOT_FOUND,
                 err, "no folder '/nowhere'");
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_NOT_FOUND, err, "no dataset at");
    assert_non_null(strstr(err.hint, "agr-mpi prepare"));
}

static void test_full_disk_keeps_the_old_file(void **state)
{
    (void)state;
    agr_error err;
    size_t size_bytes;
    write_small(path);
    unsigned char *before = file_bytes(path, &size_bytes);
    /* From refusing the pictures to failing at the last label. */
    for (size_t limit = 1; limit < size_bytes; limit += 1777) {
        limit_file_size(limit);
        const agr_status status = write_set(path, N, in_order, &err);
        limit_file_size(0);
        assert_int_equal(status, AGR_IO);
        assert_non_null(strstr(err.text, "cannot write"));
        assert_int_equal(count_files("tmp"), 0);
    }
    size_t after_bytes;
    unsigned char *after = file_bytes(path, &after_bytes);
    assert_int_equal(after_bytes, size_bytes);
    assert_memory_equal(after, before, size_bytes);
    free(before);
    free(after);
    forgive_open_hdf5(); /* it keeps what it could not flush */
}

/* ---- damaged files ---- */

static void test_truncated_at_many_lengths(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    size_t size_bytes;
    write_small(path);
    unsigned char *data = file_bytes(path, &size_bytes);
    for (size_t length = 0; length < size_bytes; length += length < 6000 ? 97 : 1511) {
        file_put(other_path, data, length);
        assert_fails(agr_dataset_open(other_path, &dataset, &err), AGR_FORMAT, err, "other.h5'");
    }
    file_put(other_path, data, 3000);
    assert_fails(agr_dataset_open(other_path, &dataset, &err), AGR_FORMAT, err,
                 "other.h5': truncated: expected ");
    assert_non_null(strstr(err.text, " bytes, found 3000"));
    assert_non_null(strstr(err.hint, "copy interrupted"));
    file_put(other_path, data, size_bytes - 20);
    assert_fails(agr_dataset_open(other_path, &dataset, &err), AGR_FORMAT, err,
                 "other.h5': truncated or damaged at its end");
    free(data);
}

/* Nothing damaged comes before HDF5; the pictures alone are nobody's to check. */
static void test_a_damaged_byte_anywhere_is_found(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    size_t size_bytes;
    write_small(path);
    unsigned char *data = file_bytes(path, &size_bytes);
    assert_null(memmem(data, size_bytes, "GCOL", 4)); /* HDF5's heap of texts */
    uint8_t first[64];
    for (int64_t i = 0; i < 64; i++)
        first[i] = pixel(0, i);
    const unsigned char *pictures = memmem(data, size_bytes, first, sizeof first);
    assert_non_null(pictures);
    const size_t begin = (size_t)(pictures - data), end = begin + N * ROW_BYTES;
    free(data);
    for (size_t i = 0; i < size_bytes; i += i >= begin && i < end ? 499 : 1) {
        const unsigned char bits = (unsigned char)(1 << i % 8);
        file_flip(path, i, bits);
        const agr_status status = agr_dataset_open(path, &dataset, &err);
        file_flip(path, i, bits);
        const bool is_pixel = i >= begin && i < end;
        if (status == AGR_OK)
            agr_dataset_close(dataset);
        if (status != (is_pixel ? AGR_OK : AGR_FORMAT) ||
            (!is_pixel && strstr(err.text, "damaged") == NULL))
            fail_msg("byte %zu of %zu: status %d: %s", i, size_bytes, status, err.text);
    }
}

/* HDF5 prints its errors itself unless each thread tells it not to. */
static void *open_it(void *status)
{
    agr_error err;
    agr_dataset *dataset;
    *(agr_status *)status = agr_dataset_open(path, &dataset, &err);
    return NULL;
}

static void test_hdf5_is_silent_in_every_thread(void **state)
{
    (void)state;
    agr_status verdict;
    size_t size_bytes;
    char text[1024];
    pthread_t thread;
    write_small(path);
    unsigned char *data = file_bytes(path, &size_bytes);
    file_put(path, data, 3000);
    free(data);
    begin_stderr();
    assert_int_equal(pthread_create(&thread, NULL, open_it, &verdict), 0);
    pthread_join(thread, NULL);
    end_stderr(text);
    assert_int_equal(verdict, AGR_FORMAT);
    assert_string_equal(text, "");
}

static void test_not_hdf5_and_not_a_file(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    file_put(path, "hello", 5);
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err, "not an HDF5 file");
    file_put(path, "", 0);
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err, "empty file");
    assert_fails(agr_dataset_open(folder, &dataset, &err), AGR_FORMAT, err, "not a file");
}

/* ---- files by other hands ---- */

typedef struct {
    hsize_t images[4];
    int image_rank;
    hsize_t n_labels;
    hid_t label_type;
    double label; /* value of label 2; the others are their index */
    int split;    /* value of split 1; the others are 0 */
    bool compressed;
    const char *format;
    int version;
    const char *kind;
} foreign_file;

static foreign_file good_foreign(void)
{
    return (foreign_file){.images = {4, 8, 8, 3},
                          .image_rank = 4,
                          .n_labels = 4,
                          .label_type = H5T_NATIVE_INT64,
                          .label = 2};
}

static void put_text(hid_t object, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static hid_t put_dataset(hid_t parent, const char *name, hid_t type, hid_t memory_type, int rank,
                         const hsize_t *shape, bool compressed, const void *values)
{
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(rank, shape, NULL);
    if (compressed) {
        H5Pset_chunk(list, rank, shape);
        H5Pset_deflate(list, 6);
    }
    const hid_t id = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(id >= 0);
    assert_true(H5Dwrite(id, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Pclose(list);
    return id;
}

/* Writes a file as a user of h5py would: default layouts, fixed strings, maybe attributes. */
static void put_foreign(const foreign_file *what)
{
    uint8_t pixels[4 * 8 * 8 * 3 * 2];
    double labels[8];
    int32_t parts[4] = {0, what->split, 0, 0};
    const hsize_t four = 4;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)i;
    for (int i = 0; i < 8; i++)
        labels[i] = i == 2 ? what->label : i;
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(put_dataset(file, "images", H5T_STD_U8LE, H5T_NATIVE_UINT8, what->image_rank,
                         what->images, what->compressed, pixels));
    const hid_t group = H5Gcreate2(file, "labels", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t label = put_dataset(group, "age", what->label_type, H5T_NATIVE_DOUBLE, 1,
                                    &what->n_labels, false, labels);
    if (what->kind != NULL)
        put_text(label, "kind", what->kind);
    H5Dclose(label);
    H5Gclose(group);
    H5Dclose(put_dataset(file, "split", H5T_STD_I32BE, H5T_NATIVE_INT32, 1, &four, false, parts));
    if (what->format != NULL) {
        const hid_t space = H5Screate(H5S_SCALAR);
        put_text(file, "format", what->format);
        const hid_t version =
            H5Acreate2(file, "format_version", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(version, H5T_NATIVE_INT, &what->version);
        H5Aclose(version);
        H5Sclose(space);
    }
    assert_true(H5Fclose(file) >= 0);
}

static void assert_foreign_fails(const foreign_file *what, const char *words)
{
    agr_error err;
    agr_dataset *dataset;
    put_foreign(what);
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err, words);
}

static void test_bare_file_is_accepted_with_a_warning(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    foreign_file what = good_foreign();
    put_foreign(&what);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_non_null(strstr(last_warning, "no attribute 'format'"));
    assert_int_equal(agr_dataset_label(dataset, 0)->kind, AGR_LABEL_UNKNOWN);
    assert_true(agr_dataset_label(dataset, 0)->values[3] == 3);
    assert_string_equal(agr_dataset_name(dataset, 3), "row 3");
    assert_null(agr_dataset_content_hashes(dataset));
    assert_int_equal(agr_dataset_image(dataset, 1)[5], (8 * 8 * 3 + 5) % 256);
    agr_dataset_close(dataset);
}

static void test_compressed_images_are_read_into_memory(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    foreign_file what = good_foreign();
    what.compressed = true;
    what.format = "agr-mpi/dataset";
    what.version = 1;
    what.kind = "number";
    put_foreign(&what);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_non_null(strstr(last_warning, "read into memory"));
    assert_int_equal(agr_dataset_image(dataset, 1)[5], (8 * 8 * 3 + 5) % 256);
    agr_dataset_close(dataset);
}

static void test_missing_marks(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    foreign_file what = good_foreign();
    what.label = 255;
    put_foreign(&what);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_true(agr_dataset_label(dataset, 0)->values[2] == 255); /* a number in a wide type */
    agr_dataset_close(dataset);
    what.label_type = H5T_STD_U8LE;
    put_foreign(&what);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_true(isnan(agr_dataset_label(dataset, 0)->values[2]));
    agr_dataset_close(dataset);
}

static void test_wrong_files_are_named(void **state)
{
    (void)state;
    foreign_file what = good_foreign();
    what.format = "agr-mpi/checkpoint";
    assert_foreign_fails(&what, "expected format 'agr-mpi/dataset', found 'agr-mpi/checkpoint'");

    what = good_foreign();
    what.format = "agr-mpi/dataset";
    what.version = 2;
    assert_foreign_fails(&what, "expected format version 1, found 2");

    what = good_foreign();
    what.format = "agr-mpi/dataset";
    what.version = 1;
    assert_foreign_fails(&what, "label 'age': no attribute 'kind'");

    what = good_foreign();
    what.images[3] = 1;
    assert_foreign_fails(&what, "expected shape NxHxWx3, found 4x8x8x1");

    what = good_foreign();
    what.image_rank = 3;
    assert_foreign_fails(&what, "expected shape NxHxWx3, found 4x8x8");

    what = good_foreign();
    what.images[0] = 5;
    assert_foreign_fails(&what, "expected shape 5, found 4");

    what = good_foreign();
    what.n_labels = 3;
    assert_foreign_fails(&what, "'age': expected shape 4, found 3");

    what = good_foreign();
    what.split = 3;
    assert_foreign_fails(&what, "'split': picture 1: expected 0 (train)");

    what = good_foreign();
    what.label_type = H5T_NATIVE_DOUBLE;
    what.label = INFINITY;
    assert_foreign_fails(&what, "label 'age': picture 2: expected a finite number");

    what = good_foreign();
    what.kind = "colour";
    assert_foreign_fails(&what, "kind: expected 'number' or 'class', found 'colour'");
}

/* Whatever else lies at the path may be somebody's work. */
static void test_only_a_dataset_is_replaced(void **state)
{
    (void)state;
    agr_error err;
    file_put(path, "my thesis", 9);
    assert_fails(write_set(path, N, in_order, &err), AGR_INPUT, err,
                 "faces.h5': it is no dataset: file '");
    assert_non_null(strstr(err.text, "not an HDF5 file"));
    assert_non_null(strstr(err.hint, "another name"));
    H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    assert_fails(write_set(path, N, in_order, &err), AGR_INPUT, err, "no attribute 'format'");
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    put_text(file, "format", "agr-mpi/checkpoint");
    H5Fclose(file);
    assert_fails(write_set(path, N, in_order, &err), AGR_INPUT, err, "it is a checkpoint");
    assert_int_equal(count_files("tmp"), 0);
    unlink(path);
    write_small(path);
    write_small(path);
}

static void test_class_labels_are_checked(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    write_small(path);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t column = H5Dopen2(file, "labels/eyes", H5P_DEFAULT);
    const uint8_t bad[N] = {0, 1, 2, 255, 7, 1, 0};
    assert_true(H5Dwrite(column, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bad) >= 0);
    H5Dclose(column);
    H5Fclose(file);
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err,
                 "label 'eyes': picture 4: expected a class 0..2 or 255 (no label), found 7");
}

static void test_foreign_hdf5_is_no_dataset(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err,
                 "not a dataset: no '/images'");
}

/* A shape of a terabyte without its data must be refused before anything is allocated. */
static void test_promised_but_absent_data(void **state)
{
    (void)state;
    agr_error err;
    agr_dataset *dataset;
    const hsize_t huge[4] = {1 << 20, 1024, 1024, 3};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(4, huge, NULL);
    H5Dclose(
        H5Dcreate2(file, "images", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(file, "labels", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(file, "split", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    H5Fclose(file);
    assert_fails(agr_dataset_open(path, &dataset, &err), AGR_FORMAT, err, "never written");
}

/* ---- SIGBUS ---- */

static void end_child(void)
{
    _exit(1);
}

static void test_bus_error_names_rank_and_file(void **state)
{
    (void)state;
    int channel[2];
    write_small(path);
    assert_int_equal(pipe(channel), 0);
    const pid_t child = fork();
    if (child == 0) {
        agr_error err;
        agr_dataset *dataset;
        dup2(channel[1], STDERR_FILENO);
        signal(SIGBUS, SIG_DFL); /* cmocka's own handler */
        agr_dataset_install_bus_handler(3, end_child);
        if (agr_dataset_open(path, &dataset, &err) != AGR_OK || truncate(path, 4096) != 0)
            _exit(3);
        volatile uint8_t sum = 0;
        for (int64_t i = 0; i < N; i++)
            sum = (uint8_t)(sum + agr_dataset_image(dataset, i)[0]);
        _exit(0);
    }
    close(channel[1]);
    char message[1024] = "";
    size_t length = 0;
    for (ssize_t n; /* it comes in pieces */
         (n = read(channel[0], message + length, sizeof message - 1 - length)) > 0;)
        length += (size_t)n;
    close(channel[0]);
    int result;
    waitpid(child, &result, 0);
    assert_true(length > 0);
    assert_non_null(strstr(message, "rank 3: dataset '"));
    assert_non_null(strstr(message, "faces.h5"));
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 1);
    assert_non_null(strstr(message, "hint: put it back"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, end_case)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_was_written_is_read),
        CASE(test_split_indices_are_ascending_parts),
        CASE(test_split_names_are_parsed),
        CASE(test_same_content_same_bytes),
        CASE(test_rejected_rows_leave_no_trace),
        CASE(test_fingerprint_follows_the_labels),
        CASE(test_writer_refuses_what_the_reader_would),
        CASE(test_missing_folder_and_file),
        CASE(test_full_disk_keeps_the_old_file),
        CASE(test_truncated_at_many_lengths),
        CASE(test_a_damaged_byte_anywhere_is_found),
        CASE(test_hdf5_is_silent_in_every_thread),
        CASE(test_not_hdf5_and_not_a_file),
        CASE(test_bare_file_is_accepted_with_a_warning),
        CASE(test_compressed_images_are_read_into_memory),
        CASE(test_missing_marks),
        CASE(test_wrong_files_are_named),
        CASE(test_only_a_dataset_is_replaced),
        CASE(test_class_labels_are_checked),
        CASE(test_foreign_hdf5_is_no_dataset),
        CASE(test_promised_but_absent_data),
        CASE(test_bus_error_names_rank_and_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
