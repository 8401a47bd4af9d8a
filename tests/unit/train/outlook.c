/* What is left of a run: by the plan, by what was measured, and after teams have changed. */
#include "outlook_impl.h"

#include "test.h"

static agr_error err;
static agr_placement_input input;
static agr_placement placement;
static agr_board *board;
static outlook o;

enum { EPOCHS = 10, IMAGES = 320 };

/* Three branches, the first with most of the work: 320 images an epoch, a batch of 32. */
static int set_up(void **state)
{
    (void)state;
    outlook_branch about[3] = {{.name = "ant", .metric = "mae"}, {.name = "bee"}, {.name = "cat"}};
    input = (agr_placement_input){.n_branches = 3,
                                  .n_ranks = 4,
                                  .ranks_per_node = 4,
                                  .cores_per_node = 4,
                                  .links = AGR_LINKS_ASSUMED};
    for (int b = 0; b < 3; b++) {
        about[b].n_epochs = EPOCHS;
        about[b].all_images = EPOCHS * IMAGES;
        input.branch[b] = (agr_placement_branch){.image_ms = b == 0 ? 40 : 1,
                                                 .images_left = EPOCHS * IMAGES,
                                                 .batch = 32,
                                                 .micro_batch = 2,
                                                 .thread_loss = AGR_PLACEMENT_THREAD_LOSS};
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%s", about[b].name);
    }
    assert_ok(agr_placement_parse("ant:2,bee+cat:2", &input, &placement, &err), err);
    assert_ok(agr_board_create(&input, &placement, &board, &err), err);
    outlook_begin(&o, &input, board, about);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    agr_board_destroy(board);
    return 0;
}

static void expect(double found, double expected)
{
    /* The exchange of two ranks is more than nothing. */
    if (!(fabs(found - expected) <= 1e-4 * fabs(expected)))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

static void tell_pace(int branch, double images_left, double images_per_s)
{
    outlook_pace(&o, &(agr_pace){.branch = branch,
                                 .epoch = 1,
                                 .n_epochs = EPOCHS,
                                 .images_left = images_left,
                                 .images_per_s = images_per_s});
}

static void tell_epoch(int branch, int64_t epoch, double images_per_s)
{
    outlook_epoch(
        &o, &(agr_epoch_report){.branch = branch, .epoch = epoch, .images_per_s = images_per_s});
    outlook_left(&o, branch, (double)((EPOCHS - epoch) * IMAGES));
}

static void test_before_anything_is_measured_the_plan_counts(void **state)
{
    (void)state;
    const agr_outlook *view = outlook_view(&o);
    for (int b = 0; b < 3; b++) {
        expect(view->branch[b].left_s, placement.branch_end_s[b]);
        assert_int_equal(view->branch[b].n_ranks, 2);
        assert_int_equal(view->branch[b].epoch, 1);
        assert_true(view->branch[b].done == 0 && !view->branch[b].has_ended);
    }
    expect(view->total.left_s, placement.end_s);
    assert_int_equal(view->total.n_ranks, 4);
    assert_int_equal(view->total.n_epochs, EPOCHS);
}

/* 2 ranks were to see 50 images a second: an epoch that goes half as fast takes twice as long. */
static void test_the_pace_of_an_epoch_corrects_the_plan(void **state)
{
    (void)state;
    agr_board_finished(board, 1); /* nobody is left to join later */
    const double left = EPOCHS * IMAGES - 160;
    tell_pace(0, left, 25);
    expect(outlook_view(&o)->branch[0].left_s, left / 25);
    tell_pace(0, left, 20); /* the newest, until a whole epoch is known */
    expect(outlook_view(&o)->branch[0].left_s, left / 20);
    expect(outlook_view(&o)->branch[0].done, 160.0 / (EPOCHS * IMAGES));
    tell_epoch(0, 1, 40);
    expect(outlook_view(&o)->branch[0].left_s, (EPOCHS - 1) * IMAGES / 40.0);
    tell_pace(0, (EPOCHS - 1) * IMAGES, 10); /* a moment counts no longer */
    expect(outlook_view(&o)->branch[0].left_s, (EPOCHS - 1) * IMAGES / 40.0);
    tell_epoch(0, 2, 20); /* as much as all before: 1/40 and 1/20 a second an image */
    expect(outlook_view(&o)->branch[0].left_s, (EPOCHS - 2) * IMAGES * (1 / 40.0 + 1 / 20.0) / 2);
}

static void test_ranks_that_will_be_free_are_counted_on(void **state)
{
    (void)state;
    tell_pace(0, EPOCHS * IMAGES, 50);
    tell_pace(1, 320, 2000);
    tell_pace(2, 320, 2000);
    /* Two branches in turns, 320 images each at 2000 a second; then four ranks, twice as fast. */
    const double first_s = 2 * 320 / 2000.0;
    const double then_s = (EPOCHS * IMAGES - 50 * first_s) / 100;
    const agr_outlook *view = outlook_view(&o);
    expect(view->branch[1].left_s, first_s);
    expect(view->branch[0].left_s, first_s + then_s);
    expect(view->total.left_s, first_s + then_s);
    expect(view->total.images_per_s, 50 + 2000); /* one team trains two in turns */
}

static void test_a_team_that_grew_is_measured_anew(void **state)
{
    (void)state;
    agr_invitation offer;
    tell_epoch(0, 1, 25); /* twice as slow as planned */
    tell_epoch(1, EPOCHS, 2000);
    tell_epoch(2, EPOCHS, 2000);
    agr_board_finished(board, 1);
    assert_true(agr_board_offer(board, &offer));
    agr_board_answered(board, offer.tag, true);
    const double left = (EPOCHS - 1) * IMAGES;
    const agr_outlook *view = outlook_view(&o);
    assert_int_equal(view->branch[0].n_ranks, 4);
    assert_true(view->branch[1].has_ended && view->branch[1].left_s == 0 &&
                view->branch[1].done == 1 && view->branch[1].n_ranks == 0);
    expect(view->branch[0].left_s, left / 50); /* twice the ranks, and as slow as before */
    tell_pace(0, left, 80);
    expect(outlook_view(&o)->branch[0].left_s, left / 80);
    expect(view->total.images_per_s, 80);
    tell_epoch(0, EPOCHS, 80);
    assert_true(outlook_view(&o)->total.has_ended);
    assert_true(view->total.done == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_before_anything_is_measured_the_plan_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_pace_of_an_epoch_corrects_the_plan, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_ranks_that_will_be_free_are_counted_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_team_that_grew_is_measured_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
