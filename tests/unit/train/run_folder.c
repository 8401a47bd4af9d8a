#include "test.h"

#include <agr/base/file.h>
#include <agr/train/run_folder.h>

static char top[256], path[300];

static int set_up(void **state)
{
    (void)state;
    test_folder_make(top);
    snprintf(path, sizeof path, "%s/runs/one", top);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_remove(top);
    return 0;
}

static agr_status open_folder(agr_resume resume, agr_run_folder **folder, bool *resumes,
                              agr_error *err)
{
    char checkpoint[AGR_PATH_BYTES];
    return agr_run_folder_open(path, resume, folder, resumes, checkpoint, err);
}

static void test_a_new_folder_starts(void **state)
{
    (void)state;
    agr_run_folder *folder;
    agr_error err;
    bool resumes = true;
    assert_ok(open_folder(AGR_RESUME_NEVER, &folder, &resumes, &err), err);
    assert_false(resumes);
    agr_run_folder_close(folder);
    assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
    assert_false(resumes);
    agr_run_folder_close(folder);
    assert_fails(open_folder(AGR_RESUME_MUST, &folder, &resumes, &err), AGR_NOT_FOUND, err,
                 "holds no checkpoint to resume");
}

static void test_a_checkpoint_is_not_overwritten_by_mistake(void **state)
{
    (void)state;
    agr_run_folder *folder;
    agr_error err;
    bool resumes;
    char checkpoint[400];
    assert_ok(agr_folder_create(path, &err), err);
    snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint.h5", path);
    assert_ok(agr_file_write(checkpoint, "x", 1, &err), err);
    assert_fails(open_folder(AGR_RESUME_NEVER, &folder, &resumes, &err), AGR_INPUT, err,
                 "already holds a checkpoint");
    assert_non_null(strstr(err.hint, "--resume"));
}

static void test_one_process_at_a_time(void **state)
{
    (void)state;
    agr_run_folder *folder, *second;
    agr_error err;
    bool resumes;
    assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
    assert_fails(open_folder(AGR_RESUME_AUTO, &second, &resumes, &err), AGR_INPUT, err,
                 "is in use by another process");
    agr_run_folder_close(folder);
    assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
    agr_run_folder_close(folder);
}

static void test_events_are_lines_of_json(void **state)
{
    (void)state;
    agr_run_folder *folder;
    agr_error err;
    bool resumes;
    char file[400], *text;
    size_t n_bytes;
    assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
    agr_run_folder_event(folder, "start", NULL);
    agr_run_folder_event(folder, "team", "\"ranks\": %d", 3);
    agr_run_folder_close(folder);
    snprintf(file, sizeof file, "%s/events.jsonl", path);
    assert_ok(agr_file_read(file, 1000, &text, &n_bytes, &err), err);
    assert_non_null(strstr(text, ", \"event\": \"start\"}\n{\"time\": "));
    assert_non_null(strstr(text, ", \"event\": \"team\", \"ranks\": 3}\n"));
    free(text);
}

static void write_file(const char *name, const char *content)
{
    char file[400];
    agr_error err;
    assert_ok(agr_folder_create(path, &err), err);
    snprintf(file, sizeof file, "%s/%s", path, name);
    assert_ok(agr_file_write(file, content, strlen(content), &err), err);
}

/* What was torn by a death goes; whole lines stay. The torn part is longer than what is read at
 * once. */
static void test_a_torn_line_is_not_continued(void **state)
{
    (void)state;
    static char torn[10000];
    static const char whole[] = "{\"event\": \"start\"}\n";
    agr_run_folder *folder;
    agr_error err;
    bool resumes;
    char file[400], *text;
    size_t n_bytes;
    for (int has_line = 0; has_line < 2; has_line++) {
        memset(torn, 'x', sizeof torn - 1);
        if (has_line)
            memcpy(torn, whole, strlen(whole));
        write_file("events.jsonl", torn);
        write_file("log.txt", "one\ntwo\nthr");
        assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
        agr_run_folder_event(folder, "next", NULL);
        agr_run_folder_log(folder, "three");
        agr_run_folder_close(folder);
        snprintf(file, sizeof file, "%s/events.jsonl", path);
        assert_ok(agr_file_read(file, sizeof torn, &text, &n_bytes, &err), err);
        const size_t n_kept = has_line ? strlen(whole) : 0;
        assert_memory_equal(text, whole, n_kept);
        assert_memory_equal(text + n_kept, "{\"time\": ", 9);
        assert_non_null(strstr(text, "\"event\": \"next\"}\n"));
        free(text);
        snprintf(file, sizeof file, "%s/log.txt", path);
        assert_ok(agr_file_read(file, 100, &text, &n_bytes, &err), err);
        assert_string_equal(text, "one\ntwo\nthree\n");
        free(text);
    }
}

static void test_leftovers_of_the_killed_go(void **state)
{
    (void)state;
    static const char *const leftovers[] = {".config.yaml.tmp.host.1", ".history.csv.tmp.7",
                                            ".checkpoint.h5.tmp.elsewhere.8"};
    agr_run_folder *folder;
    agr_error err;
    bool resumes;
    for (size_t i = 0; i < 3; i++)
        write_file(leftovers[i], "x");
    write_file(".notes.tmp.1", "x");
    assert_ok(open_folder(AGR_RESUME_AUTO, &folder, &resumes, &err), err);
    agr_run_folder_close(folder);
    char file[400];
    for (size_t i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s/%s", path, leftovers[i]);
        assert_false(agr_path_exists(file));
    }
    snprintf(file, sizeof file, "%s/.notes.tmp.1", path);
    assert_true(agr_path_exists(file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_folder_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_is_not_overwritten_by_mistake, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_one_process_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events_are_lines_of_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_torn_line_is_not_continued, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers_of_the_killed_go, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
