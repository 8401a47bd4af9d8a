#include "test.h"

#include <agr/train/history.h>

static const agr_history_branch branches[] = {
    {"first", 1, {{"first_output", "mae", 0.03}}},
    {"second", 2, {{"left", "accuracy", 1}, {"right", "accuracy", 2}}},
};

static agr_history *history;

static int set_up(void **state)
{
    (void)state;
    agr_error err;
    return agr_history_create(branches, 2, &history, &err) == AGR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    agr_history_destroy(history);
    return 0;
}

static agr_epoch_report make_report(int branch, int64_t epoch, double validation_loss, bool best)
{
    agr_epoch_report report = {.branch = branch,
                               .epoch = epoch,
                               .lr = 0.005,
                               .loss = validation_loss + 1,
                               .validation_loss = validation_loss,
                               .is_best = best};
    for (int h = 0; h < branches[branch].n_heads; h++) {
        report.train[h] = (agr_head_figures){10 + h, 0.5 + h};
        report.validation[h] = (agr_head_figures){20 + h, 0.25 + h};
    }
    return report;
}

static void add(int branch, int64_t epoch, double validation_loss, bool best)
{
    agr_error err;
    const agr_epoch_report report = make_report(branch, epoch, validation_loss, best);
    assert_ok(agr_history_add(history, &report, &err), err);
}

static void stop_early(int branch, int64_t epoch, double validation_loss)
{
    agr_error err;
    agr_epoch_report report = make_report(branch, epoch, validation_loss, false);
    report.ending = AGR_BRANCH_STOPPED_EARLY;
    assert_ok(agr_history_add(history, &report, &err), err);
}

static void test_a_total_waits_for_its_last_branch(void **state)
{
    (void)state;
    agr_history_total total;
    add(0, 1, 8, true);
    add(0, 2, 6, true);
    assert_false(agr_history_total_of(history, 1, &total));
    add(1, 1, 3, true);
    assert_true(agr_history_total_of(history, 1, &total));
    assert_true(total.validation_loss == 11 && total.loss == 13 && !total.carried);
    assert_false(agr_history_total_of(history, 2, &total));
}

static void test_a_branch_that_stopped_early_carries_its_best(void **state)
{
    (void)state;
    agr_history_total total;
    add(1, 1, 3, true);
    stop_early(1, 2, 5);
    add(0, 1, 8, true);
    add(0, 2, 9, false);
    add(0, 3, 4, true);
    assert_true(agr_history_total_of(history, 3, &total));
    assert_true(total.carried && total.validation_loss == 7);
    assert_false(agr_history_total_of(history, 4, &total));
    assert_int_equal(agr_history_best_total(history, &total), 3);
    double bests;
    assert_true(agr_history_total_of_bests(history, &bests));
    assert_true(bests == 7);
}

static void test_epochs_come_in_order(void **state)
{
    (void)state;
    agr_error err;
    add(0, 1, 8, true);
    const agr_epoch_report again = make_report(0, 1, 8, true);
    assert_fails(agr_history_add(history, &again, &err), AGR_FORMAT, err,
                 "branch 'first': expected epoch 2, found 1");
}

static void test_csv_has_a_fixed_order_whatever_came_first(void **state)
{
    (void)state;
    agr_text csv = {0};
    add(1, 1, 3, true);
    add(0, 1, 8, true);
    agr_history_csv(history, &csv);
    assert_string_equal(csv.data, "epoch,branch,head,lr,loss,val_loss,metric,value,val_value,best\n"
                                  "1,first,first_output,0.005,10,20,mae,0.5,0.25,1\n"
                                  "1,second,left,0.005,10,20,accuracy,0.5,0.25,1\n"
                                  "1,second,right,0.005,11,21,accuracy,1.5,1.25,1\n"
                                  "1,total,,,13,11,,,,1\n");
    agr_text_release(&csv);
}

static void test_a_checkpoints_table_brings_it_back_up_to_an_epoch(void **state)
{
    (void)state;
    agr_error err;
    agr_history_table table;
    add(1, 1, 3, true);
    add(1, 2, 2, true);
    add(1, 3, 5, false);
    assert_ok(agr_history_table_make(history, 1, 2, &table, &err), err);
    assert_int_equal(table.n_rows, 2);

    agr_history *other;
    assert_ok(agr_history_create(branches, 2, &other, &err), err);
    assert_ok(agr_history_load(other, 1, &table, 1, &err), err);
    agr_history_table copy;
    assert_ok(agr_history_table_make(other, 1, 3, &copy, &err), err);
    assert_int_equal(copy.n_rows, 1);
    assert_memory_equal(copy.values, table.values, (size_t)table.n_columns * sizeof *copy.values);
    agr_history_table_release(&copy);
    const agr_epoch_report *best = agr_history_best(other, 1);
    assert_true(best->epoch == 1 && best->validation_loss == 3 && best->is_best);
    assert_fails(agr_history_load(other, 0, &table, 1, &err), AGR_FORMAT, err,
                 "branch 'first': expected 10 columns, found 14");
    agr_history_destroy(other);
    assert_ok(agr_history_create(branches, 2, &other, &err), err);
    assert_fails(agr_history_load(other, 1, &table, 3, &err), AGR_INPUT, err,
                 "expected a row for each of 3 epochs, found 2");
    agr_history_destroy(other);
    agr_history_table_release(&table);
}

static void test_csv_marks_the_totals_that_were_the_best_so_far(void **state)
{
    (void)state;
    agr_text csv = {0};
    const double first[] = {8, 9, 9}, second[] = {3, 1, 4};
    for (int epoch = 1; epoch <= 3; epoch++) {
        add(0, epoch, first[epoch - 1], true);
        add(1, epoch, second[epoch - 1], true);
    }
    agr_history_csv(history, &csv);
    assert_non_null(strstr(csv.data, "\n1,total,,,13,11,,,,1\n"));
    assert_non_null(strstr(csv.data, "\n2,total,,,12,10,,,,1\n"));
    assert_non_null(strstr(csv.data, "\n3,total,,,15,13,,,,0\n"));
    agr_text_release(&csv);
}

static void test_a_line_names_what_a_reader_looks_for(void **state)
{
    (void)state;
    agr_text line = {0};
    agr_epoch_report report = make_report(0, 3, 8, true);
    report.elapsed_s = 21.4;
    agr_history_line(history, &report, 50, &line);
    assert_string_equal(line.data, "epoch 3/50  first     loss 10.0000  mae 0.5000  val_loss "
                                   "20.0000  val_mae 0.2500  lr 0.005  21 s  best");
    agr_text_release(&line);
}

static void test_the_best_line_tells_validation_figures(void **state)
{
    (void)state;
    agr_text line = {0};
    add(0, 1, 8, true);
    add(0, 2, 9, false);
    agr_history_best_line(history, agr_history_best(history, 0), &line);
    assert_string_equal(line.data, "best   first     epoch 1  val_loss 20.0000  val_mae 0.2500");
    agr_text_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_total_waits_for_its_last_branch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_branch_that_stopped_early_carries_its_best, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_epochs_come_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_csv_has_a_fixed_order_whatever_came_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_checkpoints_table_brings_it_back_up_to_an_epoch,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_csv_marks_the_totals_that_were_the_best_so_far, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_line_names_what_a_reader_looks_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_best_line_tells_validation_figures, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
