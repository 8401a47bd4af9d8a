#include "test.h"

#include <agr/comm/handover.h>

static agr_error err;

static agr_placement_input three_branches(int n_ranks)
{
    agr_placement_input input = {.n_branches = 3,
                                 .n_ranks = n_ranks,
                                 .ranks_per_node = n_ranks,
                                 .cores_per_node = n_ranks,
                                 .links = AGR_LINKS_ASSUMED};
    for (int b = 0; b < 3; b++) {
        input.branch[b] = (agr_placement_branch){.image_ms = b == 0 ? 40 : 0.5,
                                                 .images_left = 1000,
                                                 .batch = 32,
                                                 .micro_batch = 2,
                                                 .thread_loss = AGR_PLACEMENT_THREAD_LOSS};
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%c", 'a' + b);
    }
    return input;
}

static agr_board *board_of(const agr_placement_input *input, const char *teams)
{
    agr_placement placement;
    agr_board *board;
    assert_ok(agr_placement_parse(teams, input, &placement, &err), err);
    assert_ok(agr_board_create(input, &placement, &board, &err), err);
    return board;
}

static void test_nothing_is_offered_while_all_work(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(4);
    agr_board *board = board_of(&input, "a:2,b:1,c:1");
    agr_invitation offer;
    assert_false(agr_board_offer(board, &offer));
    assert_int_equal(agr_board_leader(board, 0), 0);
    assert_int_equal(agr_board_leader(board, 2), 3);
    agr_board_destroy(board);
}

static void test_free_ranks_join_where_most_is_left(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(4);
    agr_board *board = board_of(&input, "a:2,b:1,c:1");
    agr_invitation offer, second;
    agr_board_finished(board, 1);
    agr_board_finished(board, 2);
    assert_true(agr_board_offer(board, &offer));
    assert_int_equal(offer.team, 0);
    assert_int_equal(offer.n_ranks, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(offer.rank[i], i);
    assert_false(agr_board_offer(board, &second)); /* one at a time */
    agr_board_answered(board, offer.tag, true);
    assert_false(agr_board_offer(board, &second)); /* nobody is free */
    agr_board_finished(board, 0);
    assert_false(agr_board_offer(board, &offer)); /* nobody needs them */
    assert_int_equal(agr_board_leader(board, 0), -1);
    agr_board_destroy(board);
}

/* Those who joined are free again when the team they joined has finished. */
static void test_joined_ranks_are_handed_on(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(4);
    input.branch[2].image_ms = 30;
    input.threads = 1;
    agr_board *board = board_of(&input, "a:2,b:1,c:1");
    agr_invitation offer;
    agr_board_finished(board, 1);
    assert_true(agr_board_offer(board, &offer));
    assert_int_equal(offer.team, 2);
    agr_board_answered(board, offer.tag, false);
    assert_true(agr_board_offer(board, &offer));
    assert_int_equal(offer.team, 0);
    assert_int_equal(offer.n_ranks, 3);
    agr_board_answered(board, offer.tag, true);
    agr_board_finished(board, 0);
    assert_true(agr_board_offer(board, &offer));
    assert_int_equal(offer.team, 2);
    const int expected[4] = {3, 0, 1, 2}; /* its own first, then the free ones in order */
    assert_int_equal(offer.n_ranks, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(offer.rank[i], expected[i]);
    agr_board_destroy(board);
}

static void test_a_refused_offer_is_not_repeated_until_something_changes(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(4);
    agr_board *board = board_of(&input, "a:2,b:1,c:1");
    agr_invitation first, second;
    agr_board_progress(board, 1, 0);
    agr_board_finished(board, 1);
    agr_board_progress(board, 0, 1); /* a is all but ready, c is not */
    agr_board_progress(board, 2, 900);
    assert_true(agr_board_offer(board, &first));
    assert_int_equal(first.team, 2);
    agr_board_answered(board, first.tag, false);
    while (agr_board_offer(board, &second)) {
        assert_int_not_equal(second.team, 2);
        agr_board_answered(board, second.tag, false);
    }
    agr_board_finished(board, 0);
    assert_true(agr_board_offer(board, &second));
    assert_int_equal(second.team, 2);
    assert_int_not_equal(second.tag, first.tag);
    agr_board_destroy(board);
}

/* 8 ranks are as fast as 11; 4 with three threads each are faster than both. */
static void test_a_team_may_shrink_to_grow(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(12);
    agr_board *board = board_of(&input, "a:8,b:2,c:2");
    agr_invitation offer;
    agr_board_finished(board, 1);
    agr_board_finished(board, 2);
    assert_true(agr_board_offer(board, &offer));
    assert_int_equal(offer.n_ranks, 4);
    assert_int_equal(offer.threads, 3);
    assert_int_equal(offer.rank[0], 0);
    agr_board_answered(board, offer.tag, true);
    assert_false(agr_board_offer(board, &offer)); /* the sleepers would not help */
    agr_board_destroy(board);
}

static void test_invitations_survive_the_mail(void **state)
{
    (void)state;
    const agr_invitation sent = {
        .team = 1, .tag = 7, .threads = 2, .n_ranks = 3, .rank = {4, 5, 9}};
    agr_mail mail = {.payload = &sent, .n_bytes = agr_invitation_bytes(&sent), .from = 6};
    agr_invitation received;
    assert_ok(agr_invitation_read(&mail, &received, &err), err);
    assert_memory_equal(&received, &sent, mail.n_bytes);
    mail.n_bytes -= 1;
    assert_fails(agr_invitation_read(&mail, &received, &err), AGR_FORMAT, err, "rank 6");
    mail.n_bytes = 3;
    assert_fails(agr_invitation_read(&mail, &received, &err), AGR_FORMAT, err, "3 bytes");
}

/* The rest of a run, from the teams as they are: planned, with finished ones, and grown. */
static void test_the_rest_of_the_run_is_predicted(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(4);
    agr_placement planned, rest;
    agr_invitation offer;
    assert_ok(agr_placement_parse("a:2,b:1,c:1", &input, &planned, &err), err);
    agr_board *board = board_of(&input, "a:2,b:1,c:1");
    agr_board_predict(board, &input, &rest);
    assert_true(fabs(rest.end_s - planned.end_s) <= 1e-9);
    for (int b = 0; b < 3; b++)
        assert_true(fabs(rest.branch_end_s[b] - planned.branch_end_s[b]) <= 1e-9);
    assert_int_equal(agr_board_ranks(board, 0), 2);
    assert_true(fabs(agr_board_step_ms(board, 0) - agr_placement_step_ms(&input, 0, 2, 1)) <= 1e-9);

    agr_board_finished(board, 1);
    agr_board_finished(board, 2);
    assert_true(agr_board_offer(board, &offer));
    agr_board_answered(board, offer.tag, true);
    input.branch[0].images_left = 320;
    input.branch[1].images_left = input.branch[2].images_left = 0;
    agr_board_predict(board, &input, &rest);
    assert_true(fabs(rest.end_s - 10 * agr_placement_step_ms(&input, 0, 4, 1) / 1000) <= 1e-9);
    assert_true(fabs(rest.branch_end_s[0] - rest.end_s) <= 1e-9);
    assert_true(rest.branch_end_s[1] == 0);
    assert_int_equal(agr_board_ranks(board, 0), 4);
    assert_int_equal(agr_board_ranks(board, 1), 0);
    assert_true(agr_board_step_ms(board, 1) == 0);
    agr_board_destroy(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_offered_while_all_work),
        cmocka_unit_test(test_free_ranks_join_where_most_is_left),
        cmocka_unit_test(test_joined_ranks_are_handed_on),
        cmocka_unit_test(test_a_refused_offer_is_not_repeated_until_something_changes),
        cmocka_unit_test(test_a_team_may_shrink_to_grow),
        cmocka_unit_test(test_invitations_survive_the_mail),
        cmocka_unit_test(test_the_rest_of_the_run_is_predicted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
