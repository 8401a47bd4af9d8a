#include "test.h"

#include <agr/base/file.h>
#include <unistd.h>

static char folder[256], path[300], previous[310];

static int set_up(void **state)
{
    (void)state;
    test_folder_make(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(previous, sizeof previous, "%s.prev", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static void assert_content(const char *file, const char *expected)
{
    char *data;
    size_t size_bytes;
    agr_error err;
    assert_ok(agr_file_read(file, 100, &data, &size_bytes, &err), err);
    assert_string_equal(data, expected);
    free(data);
}

static void write_temporary(const agr_replacement *replacement, const char *content)
{
    FILE *file = fopen(replacement->temporary_path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void test_commit_replaces_and_keeps_the_previous(void **state)
{
    (void)state;
    agr_replacement replacement;
    agr_error err;
    assert_ok(agr_file_write(path, "one", 3, &err), err);
    assert_ok(agr_replacement_begin(&replacement, path, &err), err);
    write_temporary(&replacement, "two");
    assert_content(path, "one");
    assert_ok(agr_replacement_commit(&replacement, true, &err), err);
    assert_content(path, "two");
    assert_content(previous, "one");
    assert_false(agr_path_exists(replacement.temporary_path));
}

static void test_abandon_leaves_the_old_file(void **state)
{
    (void)state;
    agr_replacement replacement;
    agr_error err;
    assert_ok(agr_file_write(path, "one", 3, &err), err);
    assert_ok(agr_replacement_begin(&replacement, path, &err), err);
    write_temporary(&replacement, "two");
    agr_replacement_abandon(&replacement);
    assert_content(path, "one");
    assert_false(agr_path_exists(replacement.temporary_path));
    assert_false(agr_path_exists(previous));
}

static void test_missing_folder_names_the_remedy(void **state)
{
    (void)state;
    agr_replacement replacement;
    agr_error err;
    assert_fails(agr_replacement_begin(&replacement, "/nowhere/at/all", &err), AGR_NOT_FOUND, err,
                 "no folder '/nowhere/at'");
    assert_string_equal(err.hint, "mkdir -p /nowhere/at");
}

static void test_reading_stops_at_the_limit(void **state)
{
    (void)state;
    char *data;
    size_t size_bytes;
    agr_error err;
    assert_ok(agr_file_write(path, "0123456789", 10, &err), err);
    assert_fails(agr_file_read(path, 9, &data, &size_bytes, &err), AGR_INPUT, err,
                 "larger than 9 bytes");
    assert_fails(agr_file_read("/nowhere", 9, &data, &size_bytes, &err), AGR_NOT_FOUND, err,
                 "cannot open '/nowhere'");
}

static void test_folders_are_made_with_their_parents(void **state)
{
    (void)state;
    agr_error err;
    char deep[300];
    snprintf(deep, sizeof deep, "%s/a/b/c", folder);
    assert_ok(agr_folder_create(deep, &err), err);
    assert_ok(agr_folder_create(deep, &err), err);
    assert_true(agr_path_is_folder(deep));
    assert_ok(agr_file_write(path, "x", 1, &err), err);
    assert_fails(agr_folder_create(path, &err), AGR_INPUT, err, "is not a folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_replaces_and_keeps_the_previous, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_abandon_leaves_the_old_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_folder_names_the_remedy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_stops_at_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders_are_made_with_their_parents, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
