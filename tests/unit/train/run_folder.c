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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_folder_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_is_not_overwritten_by_mistake, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_one_process_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events_are_lines_of_json, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
