/* Run records: what folders of every age tell, who trained what when, and what is damaged. */
#include <agr/base/file.h>
#include <agr/report/plots.h>
#include <agr/report/run_record.h>
#include <fcntl.h>
#include <sys/file.h>
#include <test.h>
#include <unistd.h>

static char folder[256];
static agr_run_record record;

static int make_folder(void **state)
{
    (void)state;
    test_folder_make(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    agr_run_record_release(&record);
    test_folder_remove(folder);
    return 0;
}

static void write_file(const char *name, const char *content)
{
    char path[AGR_PATH_BYTES];
    agr_error err;
    assert_ok(agr_path_join(path, folder, name, &err), err);
    assert_ok(agr_file_write(path, content, strlen(content), &err), err);
}

static void read_record(void)
{
    agr_error err;
    assert_ok(agr_run_record_read(folder, &record, &err), err);
}

static bool words_hold(const char *words)
{
    agr_text text = {0};
    agr_run_record_words(&record, 112, &text);
    assert_false(text.failed);
    const bool found = strstr(text.data, words) != NULL;
    if (!found)
        print_message("not in:\n%s", text.data);
    agr_text_release(&text);
    return found;
}

#define START                                                                                      \
    "{\"time\": 100, \"event\": \"start\", \"ranks\": 3, \"placement\": \"age: ranks 0-2\"}\n"

static void test_no_run(void **state)
{
    (void)state;
    agr_error err;
    assert_false(agr_run_record_exists(folder));
    assert_fails(agr_run_record_read(folder, &record, &err), AGR_NOT_FOUND, err, "is no run");
}

/* Young, at work, with a line that is being written. */
static void test_young(void **state)
{
    (void)state;
    char path[AGR_PATH_BYTES];
    agr_error err;
    write_file("events.jsonl", START "{\"time\": 101, \"eve");
    write_file("lock", "");
    assert_ok(agr_path_join(path, folder, "lock", &err), err);
    const int lock = open(path, O_RDWR);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    read_record();
    assert_int_equal(record.state, AGR_RUN_RUNNING);
    assert_int_equal(record.n_bad_events, 0);
    assert_true(words_hold(": running; started 12 s ago, no epoch yet\n"));
    agr_run_record_release(&record);
    close(lock);
    read_record();
    assert_int_equal(record.state, AGR_RUN_BROKEN);
    assert_true(words_hold("--resume=auto"));
}

static void check_span(int64_t i, int rank, int branch, double from_s, double to_s)
{
    const agr_run_span *s = &record.span[i];
    if (s->rank != rank || s->branch != branch || fabs(s->from_s - from_s) > 1e-9 ||
        fabs(s->to_s - to_s) > 1e-9)
        fail_msg(
            "span %lld: expected rank %d, branch %d, %g to %g, found rank %d, branch %d, %g to %g",
            (long long)i, rank, branch, from_s, to_s, s->rank, s->branch, s->from_s, s->to_s);
}

/* Team 1 trains two branches in turn and ends; its rank joins team 0; a kill and a resume later the run ends. */
static void test_teams(void **state)
{
    (void)state;
    write_file(
        "events.jsonl", START
        "{\"time\": 100, \"event\": \"team formed\", \"team\": 0, \"branches\": [\"age\"], "
        "\"members\": [0, 1]}\n"
        "{\"time\": 100, \"event\": \"team formed\", \"team\": 1, \"branches\": [\"b\", \"c\"], "
        "\"members\": [2]}\n"
        "{\"time\": 102, \"event\": \"epoch\", \"branch\": \"b\", \"epoch\": 1}\n"
        "{\"time\": 105, \"event\": \"epoch\", \"branch\": \"c\", \"epoch\": 1}\n"
        "{\"time\": 105, \"event\": \"team finished\", \"team\": 1}\n"
        "{\"time\": 106, \"event\": \"team\", \"team\": 0, \"ranks\": 3, \"members\": [0, 1, 2]}\n"
        "{\"time\": 108, \"event\": \"epoch\", \"branch\": \"age\", \"epoch\": 1}\n"
        "{\"time\": 500, \"event\": \"start\", \"ranks\": 1, \"placement\": \"age: rank 0\"}\n"
        "{\"time\": 500, \"event\": \"team formed\", \"team\": 0, \"branches\": [\"age\"], "
        "\"members\": [0]}\n"
        "{\"time\": 502, \"event\": \"epoch\", \"branch\": \"age\", \"epoch\": 2}\n"
        "{\"time\": 503, \"event\": \"end\"}\n");
    read_record();
    assert_int_equal(record.state, AGR_RUN_ENDED);
    assert_int_equal(record.n_starts, 2);
    assert_true(fabs(record.trained_s - 11) < 1e-9);
    assert_int_equal(record.n_branches, 3); /* in the order in which they are met */
    assert_int_equal(record.n_spans, 5);
    check_span(0, 2, 1, 0, 2);
    check_span(1, 2, 2, 2, 5);
    check_span(2, 0, 0, 0, 11); /* on both sides of the resume: one piece */
    check_span(3, 1, 0, 0, 8);
    check_span(4, 2, 0, 6, 8);
    assert_int_equal(record.n_marks, 2);
    assert_string_equal(record.mark[0].what, "resumed");
    assert_true(fabs(record.mark[0].at_s - 8) < 1e-9);
    agr_text svg = {0};
    agr_plot_teams(&record, &svg);
    assert_false(svg.failed);
    assert_non_null(strstr(svg.data, "age: 6.0 s to 8.0 s"));
    agr_text_release(&svg);
}

#define HEAD "epoch,branch,head,lr,loss,val_loss,metric,value,val_value,best\n"

/* A stop and the resume after it are one mark. */
static void test_marks(void **state)
{
    (void)state;
    write_file("events.jsonl", START "{\"time\": 103, \"event\": \"stopped\"}\n");
    read_record();
    assert_int_equal(record.state, AGR_RUN_STOPPED);
    assert_int_equal(record.n_marks, 1);
    assert_string_equal(record.mark[0].what, "stopped");
    agr_run_record_release(&record);
    write_file("events.jsonl", START "{\"time\": 103, \"event\": \"stopped\"}\n"
                                     "{\"time\": 110, \"event\": \"start\"}\n");
    read_record();
    assert_int_equal(record.n_marks, 1);
    assert_string_equal(record.mark[0].what, "resumed");
    assert_true(fabs(record.mark[0].at_s - 3) < 1e-9);
}

static void test_history(void **state)
{
    (void)state;
    write_file("events.jsonl", START);
    write_file("history.csv", HEAD "1,age,years,0.1,4,5,mae,2,2.5,1\n"
                                   "1,sex,sex,0.1,0.7,,accuracy,0.5,,1\n"
                                   "1,total,,,4.7,,,,,1\n"
                                   "2,age,years,0.1,3,6,mae,1.5,2.75,0\n"
                                   "2,sex,sex,0.1,inf,,accuracy,0.25,,0\n"
                                   "2,total,,,inf,,,,,0\n"
                                   "3,age,years,0.1,2,4,mae,1,2.25,1\n");
    read_record();
    assert_int_equal(record.n_branches, 2);
    const agr_run_branch *age = &record.branch[0], *sex = &record.branch[1];
    assert_string_equal(age->head[0].name, "years");
    assert_string_equal(age->head[0].metric, "mae");
    assert_int_equal(age->n_epochs, 3);
    assert_int_equal(age->best_epoch, 3);
    assert_true(age->head[0].loss[2] == 2 && age->head[0].val_value[1] == 2.75);
    assert_int_equal(sex->n_epochs, 2);
    assert_int_equal(sex->best_epoch, 1);
    assert_true(isnan(sex->head[0].val_loss[0]) && isnan(sex->head[0].loss[1]));
    assert_int_equal(record.n_totals, 2);
    assert_int_equal(record.best_total, 1);
    assert_true(words_hold("epoch 3"));
    assert_true(words_hold("best 1"));
    agr_text svg = {0};
    agr_plot_branch(&record, 0, &svg);
    assert_false(svg.failed);
    assert_non_null(strstr(svg.data, "3 epochs, best after epoch 3"));
    agr_text_release(&svg);
}

static void test_damage(void **state)
{
    (void)state;
    static const struct {
        const char *csv, *words;
    } cases[] = {
        {"epoch,branch\n1,age\n", "expected a column 'head', found none"},
        {HEAD "x,age,years,0.1,4,5,mae,2,2.5,1\n", "line 2: epoch: expected an epoch, found 'x'"},
        {HEAD "2,age,years,0.1,4,5,mae,2,2.5,1\n", "line 2: epoch: expected"},
        {HEAD "1,age,years,0.1,4,5,mae,2,2.5,1\n1,age,x,0.1,4,5,mae,2,2.5,1\n3,age,years,0.1,4,5,"
              "mae,2,2.5,1\n",
         "line 4: epoch: expected the one after"},
        {HEAD "1,age,years,0.1,4 5,5,mae,2,2.5,1\n",
         "line 2: loss: expected a number, found '4 5'"},
        {HEAD "1,age,years,0.1\n", "line 2"},
        {HEAD "9223372036854775807,age,years,0.1,4,5,mae,2,2.5,1\n",
         "line 2: epoch: expected an epoch"},
    };
    write_file("events.jsonl", START "not json\n[1]\n{\"event\": 3}\n{}\n" START);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        agr_error err = {0};
        write_file("history.csv", cases[i].csv);
        assert_fails(agr_run_record_read(folder, &record, &err), AGR_FORMAT, err, cases[i].words);
        assert_non_null(strstr(err.text, "history.csv"));
        agr_run_record_release(&record);
    }
    write_file("history.csv", HEAD);
    read_record();
    assert_int_equal(record.n_bad_events, 4);
    assert_int_equal(record.first_bad_event, 2);
    assert_true(words_hold("4 lines are no events, the first is line 2"));
}

/* Events that make no sense change nothing that matters. */
static void test_odd_events(void **state)
{
    (void)state;
    write_file("events.jsonl",
               "{\"time\": 1, \"event\": \"epoch\"}\n{\"time\": \"x\", \"event\": \"team\", "
               "\"team\": 99}\n"
               "{\"time\": 2, \"event\": \"team finished\", \"team\": -1}\n" START
               "{\"time\": 50, \"event\": \"team formed\", \"team\": 0, \"branches\": [3, "
               "\"age\"], \"members\": [-1, 1e30, \"a\", 0]}\n"
               "{\"time\": 104, \"event\": \"epoch\", \"branch\": \"age\", \"epoch\": 1e300}\n");
    read_record();
    assert_int_equal(record.n_spans, 1);
    check_span(0, 0, 0, 0, 4);
    cJSON *json = agr_run_record_json(&record);
    assert_non_null(json);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_run, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_young, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_teams, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_marks, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_history, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_damage, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_odd_events, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
