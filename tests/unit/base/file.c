#include "test.h"

#include <agr/base/file.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* Two writers of one file, be it in one process or with one number on two hosts, do not share their
 * temporary file. */
static void test_two_writers_do_not_meet(void **state)
{
    (void)state;
    agr_replacement first, second;
    agr_error err;
    assert_ok(agr_replacement_begin(&first, path, &err), err);
    write_temporary(&first, "one");
    assert_ok(agr_replacement_begin(&second, path, &err), err);
    write_temporary(&second, "two");
    assert_string_not_equal(first.temporary_path, second.temporary_path);
    assert_ok(agr_replacement_commit(&second, false, &err), err);
    assert_content(path, "two");
    assert_ok(agr_replacement_commit(&first, false, &err), err);
    assert_content(path, "one");
}

/* Begins to write and waits to be killed. */
static pid_t start_writer(agr_replacement *replacement)
{
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        agr_error err;
        if (agr_replacement_begin(replacement, path, &err) != AGR_OK ||
            write(pipe_fd[1], replacement, sizeof *replacement) != sizeof *replacement)
            _exit(1);
        for (;;)
            pause();
    }
    assert_true(child > 0);
    close(pipe_fd[1]);
    assert_int_equal(read(pipe_fd[0], replacement, sizeof *replacement), sizeof *replacement);
    close(pipe_fd[0]);
    return child;
}

static void make_leftover(char leftover[400], const char *owner, time_t age_s)
{
    snprintf(leftover, 400, "%s/.file.tmp.%s", folder, owner);
    FILE *file = fopen(leftover, "w");
    assert_non_null(file);
    fclose(file);
    const struct timespec then[2] = {{time(NULL) - age_s, 0}, {time(NULL) - age_s, 0}};
    assert_int_equal(utimensat(AT_FDCWD, leftover, then, 0), 0);
}

static void test_leftovers_of_the_dead_go(void **state)
{
    (void)state;
    agr_replacement of_child;
    char fresh[400], old[400], other[400];
    const pid_t child = start_writer(&of_child);
    make_leftover(fresh, "elsewhere.1", 60);
    make_leftover(old, "elsewhere.2", 2 * 24 * 60 * 60);
    snprintf(other, sizeof other, "%s/.file2.tmp.elsewhere.3", folder);
    assert_int_equal(link(old, other), 0);

    agr_leftovers_remove(path, AGR_LEFTOVERS_ABANDONED);
    assert_true(agr_path_exists(of_child.temporary_path)); /* its writer lives */
    assert_true(agr_path_exists(fresh));                   /* its writer may live elsewhere */
    assert_false(agr_path_exists(old));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(agr_path_exists(of_child.temporary_path));
    agr_leftovers_remove(path, AGR_LEFTOVERS_ABANDONED);
    assert_false(agr_path_exists(of_child.temporary_path));
    assert_true(agr_path_exists(fresh));
    agr_leftovers_remove(path, AGR_LEFTOVERS_ALL);
    assert_false(agr_path_exists(fresh));
    assert_true(agr_path_exists(other)); /* of another file */
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
        cmocka_unit_test_setup_teardown(test_two_writers_do_not_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers_of_the_dead_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_folder_names_the_remedy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_stops_at_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders_are_made_with_their_parents, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
