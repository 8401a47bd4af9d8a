/* Files on which HDF5 itself crashes, loops or reads other files: refused with a line, and this process lives. */
#include "files.h"
#include "test.h"

#include "vet_impl.h"

#include <agr/store/dataset.h>
#include <agr/store/format.h>
#include <agr/store/keras_file.h>
#include <hdf5.h>

enum { N = 4 };

static char path[320], other_path[320];

static int set_up(void **state)
{
    begin_case(state);
    path_in_folder(path, "stranger.h5");
    path_in_folder(other_path, "other.h5");
    return 0;
}

static void put(hid_t group, const char *name, hid_t type, int rank, const hsize_t *shape,
                hid_t list, const void *values)
{
    const hid_t space = H5Screate_simple(rank, shape, NULL);
    const hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (values != NULL)
        assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

/* As a stranger's program would write it: names of variable length, no seal. */
static hid_t begin_dataset(void)
{
    static const char *const names[N] = {"a", "bb", "ccc", "dddd"};
    const hsize_t shape[1] = {N};
    const unsigned char split[N] = {0, 1, 2, 0};
    const float age[N] = {1, 2, 3, 4};
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    const hid_t labels = H5Gcreate2(file, "labels", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "names", text, 1, shape, H5P_DEFAULT, names);
    put(file, "split", H5T_NATIVE_UCHAR, 1, shape, H5P_DEFAULT, split);
    put(labels, "age", H5T_NATIVE_FLOAT, 1, shape, H5P_DEFAULT, age);
    H5Gclose(labels);
    H5Tclose(text);
    return file;
}

static void end_dataset(hid_t file, hid_t list)
{
    static const unsigned char pixels[N * 2 * 2 * 3];
    const hsize_t shape[4] = {N, 2, 2, 3};
    put(file, "images", H5T_NATIVE_UCHAR, 4, shape, list, list == H5P_DEFAULT ? pixels : NULL);
    assert_true(H5Fclose(file) >= 0);
}

/* The names' last element refers into the heap that begins behind it: {length, address, index}. */
static size_t find_heap(void)
{
    size_t n_bytes;
    unsigned char *bytes = file_bytes(path, &n_bytes);
    size_t at = 0;
    while (at + 4 <= n_bytes && memcmp(bytes + at, "GCOL", 4) != 0)
        at++;
    free(bytes);
    assert_true(at + 4 <= n_bytes);
    return at;
}

static agr_status open_it(agr_error *err)
{
    agr_dataset *dataset = NULL;
    const agr_status status = agr_dataset_open(path, &dataset, err);
    agr_dataset_close(dataset);
    return status;
}

static void test_strangers_file_is_read(void **state)
{
    (void)state;
    agr_error err;
    end_dataset(begin_dataset(), H5P_DEFAULT);
    assert_ok(open_it(&err), err);
}

/* HDF5 1.14 sees for itself what ends a process that opens the file with HDF5 1.10. */
static bool hdf5_crashes_on_it(void)
{
    return !H5_VERSION_GE(1, 12, 0);
}

/* Each of these. */
static void test_crash_becomes_an_error(void **state)
{
    (void)state;
    agr_error err;
    agr_file_format format;
    agr_keras_reading *reading;
    end_dataset(begin_dataset(), H5P_DEFAULT);
    file_flip(path, find_heap() - 1, 1); /* an index of an object that the heap cannot have */
    if (!hdf5_crashes_on_it()) {
        assert_fails(open_it(&err), AGR_FORMAT, err, "stranger.h5'");
        return;
    }
    assert_fails(open_it(&err), AGR_FORMAT, err, "stranger.h5': HDF5 crashes on it (");
    assert_fails(agr_file_format_of(path, &format, &err), AGR_FORMAT, err, "HDF5 crashes on it");
    assert_fails(agr_keras_file_read(path, &reading, &err), AGR_FORMAT, err, "HDF5 crashes on it");
}

/* Half a billion numbers in pieces of 64: minutes of work. */
static void test_no_end_becomes_an_error(void **state)
{
    (void)state;
    agr_error err;
    const vet_limits limits = {.memory_bytes = (uint64_t)1 << 30, .cpu_s = 1, .wall_s = 600};
    const hsize_t chunk[1] = {64}, shape[1] = {(hsize_t)1 << 29};
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, chunk);
    const hid_t file = begin_dataset();
    put(file, "slow", H5T_NATIVE_UCHAR, 1, shape, list, NULL);
    end_dataset(file, H5P_DEFAULT);
    H5Pclose(list);
    assert_fails(vet_file(path, &limits, &err), AGR_FORMAT, err, "does not come to an end");
}

static void test_numbers_in_another_file(void **state)
{
    (void)state;
    agr_error err;
    file_put(other_path, "not for everybody's eyes, and not pictures at all", 48);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(list, other_path, 0, 48);
    end_dataset(begin_dataset(), list);
    H5Pclose(list);
    assert_fails(open_it(&err), AGR_FORMAT, err, "'images' has its numbers in another file");
}

static void test_link_into_another_file(void **state)
{
    (void)state;
    agr_error err;
    const hid_t file = begin_dataset();
    H5Lcreate_external(other_path, "/secret", file, "more", H5P_DEFAULT, H5P_DEFAULT);
    end_dataset(file, H5P_DEFAULT);
    assert_fails(open_it(&err), AGR_FORMAT, err, "'more' is a link into another file");
}

/* 12 TB of zeros in a file of some KB. */
static void test_a_bomb(void **state)
{
    (void)state;
    agr_error err;
    const hsize_t chunk[1] = {1 << 20}, shape[1] = {(hsize_t)12 << 40};
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, chunk);
    const hid_t file = begin_dataset();
    put(file, "bomb", H5T_NATIVE_UCHAR, 1, shape, list, NULL);
    end_dataset(file, H5P_DEFAULT);
    H5Pclose(list);
    assert_fails(open_it(&err), AGR_FORMAT, err, "'bomb' is far larger than its file");
}

static void test_what_is_known_needs_no_child(void **state)
{
    (void)state;
    agr_error err;
    const vet_limits limits = {.memory_bytes = (uint64_t)1 << 30, .cpu_s = 60, .wall_s = 600};
    end_dataset(begin_dataset(), H5P_DEFAULT);
    file_flip(path, find_heap() - 1, 1);
    vet_trust(path);
    assert_ok(vet_file(path, &limits, &err), err);
    file_put(path, "another file", 12); /* of the same name */
    assert_ok(vet_file(path, &limits, &err), err);
    end_dataset(begin_dataset(), H5P_DEFAULT);
    file_flip(path, find_heap() - 1, 1);
    if (hdf5_crashes_on_it())
        assert_fails(vet_file(path, &limits, &err), AGR_FORMAT, err, "crashes");
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, end_case)
    const struct CMUnitTest tests[] = {
        CASE(test_strangers_file_is_read),       CASE(test_crash_becomes_an_error),
        CASE(test_no_end_becomes_an_error),      CASE(test_numbers_in_another_file),
        CASE(test_link_into_another_file),       CASE(test_a_bomb),
        CASE(test_what_is_known_needs_no_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
