#include "test.h"

#include <agr/comm/placement.h>

static agr_error err;

/* The tutorial's three branches: age costs `ratio` times as much as either of the others. */
static agr_placement_input three_branches(double ratio, int n_ranks, int cores)
{
    agr_placement_input input = {.n_branches = 3,
                                 .n_ranks = n_ranks,
                                 .ranks_per_node = n_ranks,
                                 .cores_per_node = cores,
                                 .links = AGR_LINKS_ASSUMED};
    const char *names[] = {"age", "gender", "race"};
    for (int b = 0; b < 3; b++) {
        input.branch[b] = (agr_placement_branch){.image_ms = b == 0 ? 38 : 38 / ratio,
                                                 .images_left = 50 * 4800,
                                                 .batch = 32,
                                                 .micro_batch = 2,
                                                 .thread_loss = AGR_PLACEMENT_THREAD_LOSS,
                                                 .gradient_bytes = b == 0 ? 12.0e6 : 1.1e6,
                                                 .sum_bytes = b == 0 ? 48e3 : 6.6e3,
                                                 .n_sums = b == 0 ? 17 : 7};
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%s", names[b]);
    }
    return input;
}

static agr_placement plan(const agr_placement_input *input)
{
    agr_placement placement;
    assert_ok(agr_placement_plan(input, &placement, &err), err);
    return placement;
}

static void check_sound(const agr_placement_input *input, const agr_placement *placement)
{
    int n_seen[AGR_PLACEMENT_MAX_BRANCHES] = {0}, next_rank = 0;
    for (int i = 0; i < placement->n_teams; i++) {
        const agr_placement_team *team = &placement->team[i];
        assert_int_equal(team->first_rank, next_rank);
        assert_true(team->n_ranks >= 1);
        assert_in_range(team->layout.n_computing, 1, team->n_ranks);
        assert_in_range(team->layout.threads, 1, input->cores_per_node);
        assert_true(team->end_s > 0 && team->end_s <= placement->end_s * (1 + 1e-9));
        next_rank += team->n_ranks;
        double last_s = 0;
        for (int j = 0; j < team->n_branches; j++) {
            const double branch_s = placement->branch_end_s[team->branch[j]];
            n_seen[team->branch[j]]++;
            assert_true(branch_s > 0);
            last_s = branch_s > last_s ? branch_s : last_s;
        }
        assert_true(fabs(last_s - team->end_s) <= 1e-9 * team->end_s);
    }
    assert_int_equal(next_rank, placement->n_ranks_used);
    assert_true(next_rank <= input->n_ranks);
    for (int b = 0; b < input->n_branches; b++)
        assert_int_equal(n_seen[b], input->branch[b].images_left > 0);
    assert_true(placement->efficiency > 0 && placement->efficiency <= 1 + 1e-9);
}

static void test_few_ranks_get_the_obvious_teams(void **state)
{
    (void)state;
    for (double ratio = 60; ratio <= 100; ratio += 20) {
        for (int cores_given = 0; cores_given < 2; cores_given++) {
            agr_placement_input input = three_branches(ratio, 1, cores_given ? 2 : 1);
            agr_placement placement = plan(&input);
            assert_int_equal(placement.n_teams, 1);
            assert_int_equal(placement.team[0].n_branches, 3);

            input = three_branches(ratio, 2, 2);
            placement = plan(&input);
            assert_int_equal(placement.n_teams, 2);
            assert_int_equal(placement.team[0].n_branches, 1);
            assert_int_equal(placement.team[0].branch[0], 0);
            assert_int_equal(placement.team[1].n_branches, 2);

            /* One each, on three cores and on two. */
            input = three_branches(ratio, 3, cores_given ? 3 : 2);
            placement = plan(&input);
            assert_int_equal(placement.n_teams, 3);
            for (int i = 0; i < 3; i++) {
                assert_int_equal(placement.team[i].branch[0], i);
                assert_int_equal(placement.team[i].n_ranks, 1);
            }
        }
    }
}

static void test_speed_on_as_many_cores(void **state)
{
    (void)state;
    for (double ratio = 60; ratio <= 100; ratio += 10) {
        const agr_placement_input three = three_branches(ratio, 3, 3);
        const agr_placement_input twelve = three_branches(ratio, 12, 12);
        const agr_placement on_three = plan(&three), on_twelve = plan(&twelve);
        assert_true(on_three.speedup >= 2.8);
        assert_true(on_twelve.speedup >= 10);
        check_sound(&three, &on_three);
        check_sound(&twelve, &on_twelve);
    }
}

/* Each rank brings a core; all on one node, or eight a node. */
static void test_one_rank_more_never_costs_time(void **state)
{
    (void)state;
    const double ratios[] = {1, 7, 60, 100};
    for (int r = 0; r < 4; r++) {
        double before_s[2] = {INFINITY, INFINITY};
        for (int n = 1; n <= 64; n += n < 20 ? 1 : 4) {
            for (int nodes = 0; nodes < 2; nodes++) {
                agr_placement_input input = three_branches(ratios[r], n, nodes ? 8 : n);
                if (nodes)
                    input.ranks_per_node = 8;
                const agr_placement placement = plan(&input);
                check_sound(&input, &placement);
                if (placement.end_s > before_s[nodes] * 1.01) /* what a team more may cost */
                    fail_msg("ratio %g: %d ranks (%s) take %g s, fewer %g s", ratios[r], n,
                             nodes ? "8 a node" : "one node", placement.end_s, before_s[nodes]);
                before_s[nodes] = placement.end_s;
            }
        }
    }
}

static void test_fewer_ranks_with_more_threads_where_they_divide_better(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(60, 12, 12);
    const int age = 0;
    agr_layout layout = agr_placement_layout(&input, &age, 1, 12, 12);
    assert_int_equal(layout.n_computing, 4);
    assert_int_equal(layout.threads, 3);
    layout = agr_placement_layout(&input, &age, 1, 8, 8);
    assert_int_equal(layout.n_computing, 8);
    assert_int_equal(layout.threads, 1);
    layout = agr_placement_layout(&input, &age, 1, 3, 2); /* three ranks, two cores */
    assert_int_equal(layout.n_computing, 2);
    assert_int_equal(layout.threads, 1);
}

static void test_a_step_takes_as_long_as_its_fullest_rank(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 16, 16);
    static const struct {
        int n_ranks, threads;
        double images; /* of the fullest, on one thread */
    } known[] = {{1, 1, 32}, {8, 1, 4}, {15, 1, 4}, {16, 1, 2}, {1, 2, 32 / (2 / 1.035)}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const int n = known[i].n_ranks, threads = known[i].threads;
        const double compute_ms = known[i].images * 38;
        const double exchange_ms = agr_placement_exchange_ms(&input, 0, n, threads, compute_ms);
        assert_true((exchange_ms > 0) == (n > 1));
        assert_true(
            fabs(agr_placement_step_ms(&input, 0, n, threads) - (compute_ms + exchange_ms)) < 1e-9);
    }
    input.branch[0].batch = 1;
    assert_true(fabs(agr_placement_step_ms(&input, 0, 1, 1) - 38) < 1e-9);
}

static void test_finished_branches_leave_their_ranks_to_the_others(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 2, 2);
    input.branch[1].images_left = input.branch[2].images_left = 0;
    agr_placement placement = plan(&input);
    assert_int_equal(placement.n_teams, 1);
    assert_int_equal(placement.team[0].n_branches, 1);
    assert_int_equal(placement.team[0].n_ranks, 2);
    input.branch[0].images_left = 0;
    placement = plan(&input);
    assert_int_equal(placement.n_teams, 0);
    assert_true(placement.end_s == 0);
}

/* One rank trains them a round at a time: who has less left ends while the others go on. */
static void test_each_branch_has_an_end_of_its_own(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(2, 1, 1);
    input.branch[0].image_ms = 2;
    input.branch[1].image_ms = input.branch[2].image_ms = 1;
    input.branch[0].images_left = 3000;
    input.branch[1].images_left = 1000;
    input.branch[2].images_left = 0;
    const agr_placement placement = plan(&input);
    assert_true(fabs(placement.branch_end_s[0] - 7) <= 1e-6);
    assert_true(fabs(placement.branch_end_s[1] - 3) <= 1e-6);
    assert_true(placement.branch_end_s[2] == 0);
    assert_true(fabs(placement.end_s - 7) <= 1e-6);
}

/* A run has measured that a branch takes twice as long as thought. */
static void test_what_was_measured_counts(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 2, 2);
    const double thought_s = plan(&input).end_s;
    for (int b = 0; b < 3; b++)
        input.branch[b].drift = 2;
    assert_true(fabs(plan(&input).end_s - 2 * thought_s) <= 1e-6 * thought_s);
}

static void test_many_branches(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 9, 9);
    input.n_branches = 9;
    for (int b = 0; b < 9; b++) {
        input.branch[b] = input.branch[b % 3];
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "b%d", b);
        input.branch[b].image_ms = 1 + b;
    }
    for (input.n_ranks = 1; input.n_ranks <= 9; input.n_ranks++) {
        const agr_placement placement = plan(&input);
        check_sound(&input, &placement);
    }
}

/* The search must stay a search: these took minutes when all sizes of all teams were tried. */
static void test_many_branches_on_many_ranks(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 128, 128);
    input.n_branches = AGR_PLACEMENT_MAX_BRANCHES;
    for (int b = 0; b < input.n_branches; b++) {
        input.branch[b] = input.branch[1];
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "b%d", b);
        input.branch[b].image_ms = 1 + b % 5;
    }
    for (int n = 6; n <= AGR_PLACEMENT_MAX_BRANCHES; n += 5) {
        input.n_branches = n;
        const agr_placement placement = plan(&input);
        check_sound(&input, &placement);
        assert_true(placement.speedup > 0.7 * 128); /* 16 micro-batches a branch, many branches */
    }
}

/* Branches that outnumber the ranks need no exchange: nobody's cores are lost. */
static void test_a_population(void **state)
{
    (void)state;
    static const int n_ranks[] = {1, 5, 12, 60, 300};
    agr_placement_input input = three_branches(60, 1, 60);
    input.ranks_per_node = input.cores_per_node = 60;
    input.n_branches = 75;
    for (int b = 0; b < input.n_branches; b++) {
        input.branch[b] = input.branch[b / 25];
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "b%d", b);
    }
    for (int b = 0; b < input.n_branches; b++)
        input.branch[b].image_ms = b < 25 ? 26 : 0.3; /* age, gender, race */
    for (size_t i = 0; i < sizeof n_ranks / sizeof n_ranks[0]; i++) {
        input.n_ranks = n_ranks[i];
        input.cores_per_node = n_ranks[i] < 60 ? n_ranks[i] : 60;
        const agr_placement placement = plan(&input);
        check_sound(&input, &placement);
        /* Beyond a rank a branch they exchange, and use threads. */
        const double least = n_ranks[i] <= input.n_branches ? 0.9 : 0.78;
        if (placement.speedup < least * n_ranks[i])
            fail_msg("%d ranks: expected a speed-up of %g of them, found %.2f", n_ranks[i], least,
                     placement.speedup);
        for (int t = 0; t < placement.n_teams && n_ranks[i] == 5; t++)
            assert_int_equal(placement.team[t].n_ranks, 1); /* 25 equal ones on 5 ranks */
    }
}

/* Twelve branches that can use four ranks each, and many that are next to nothing. */
static void test_some_heavy_branches_among_many(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 49, 1);
    input.ranks_per_node = 1;
    input.n_branches = 32;
    for (int b = 0; b < input.n_branches; b++) {
        input.branch[b] = input.branch[0];
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "b%d", b);
        input.branch[b].batch = 8;
    }
    for (int b = 0; b < input.n_branches; b++)
        input.branch[b].image_ms = b < 12 ? 26 : 0.1;
    const agr_placement placement = plan(&input);
    check_sound(&input, &placement);
    if (placement.speedup < 0.9 * 48)
        fail_msg("expected a speed-up of 43, found %.2f with %d teams", placement.speedup,
                 placement.n_teams);
}

/* Four of gender, three of race, one age. */
static agr_placement_input eight(void)
{
    agr_placement_input input = three_branches(60, 20, 20);
    input.threads = 1;
    input.n_branches = 8;
    for (int b = 0; b < 8; b++) {
        const char *kind = b < 4 ? "gender" : b < 7 ? "race" : "age";
        input.branch[b] = input.branch[1];
        snprintf(input.branch[b].kind, sizeof input.branch[b].kind, "%s", kind);
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%s-r%d", kind,
                 b < 4 ? b + 1 : b - 3);
    }
    snprintf(input.branch[7].name, sizeof input.branch[7].name, "age");
    return input;
}

static void expect_words(const agr_placement_input *input, const char *by_hand,
                         const char *expected)
{
    agr_placement placement;
    agr_text text = {0};
    assert_ok(agr_placement_parse(by_hand, input, &placement, &err), err);
    agr_placement_sum_up(input, &placement, &text);
    assert_string_equal(text.data, expected);
    agr_text_release(&text);
}

static void test_what_is_alike_is_summed_up(void **state)
{
    (void)state;
    const agr_placement_input input = eight();
    expect_words(&input, "gender-r1+race-r1+gender-r2+gender-r3+gender-r4+race-r2+race-r3+age:1",
                 "gender x 4 + race x 3 + age: rank 0 (1 x 1 thread)");
    expect_words(&input,
                 "gender-r1:2,race-r1+gender-r2:1,gender-r3:2,race-r2+gender-r4:1,race-r3+age:1",
                 "2 teams of gender: ranks 0-1, 3-4 (2 x 1 thread each); 2 teams of race+gender: "
                 "ranks 2, 5 (1 x 1 thread each); race-r3+age: rank 6 (1 x 1 thread)");
}

/* Eight sorts of teams fill a line. */
static void test_what_is_not_alike_is_cut(void **state)
{
    (void)state;
    agr_placement_input input = eight();
    input.n_branches = 10;
    for (int b = 0; b < 10; b++) {
        input.branch[b] = input.branch[0];
        input.branch[b].kind[0] = '\0';
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "b%d", b);
    }
    agr_placement placement;
    agr_text text = {0}, whole = {0};
    assert_ok(agr_placement_parse("one-per-rank", &input, &placement, &err), err);
    agr_placement_sum_up(&input, &placement, &text);
    assert_non_null(strstr(text.data, "; b7: rank 7 (1 x 1 thread); 2 teams more"));
    agr_placement_describe(&input, &placement, &whole);
    assert_non_null(strstr(whole.data, "; b8: rank 8 (1 x 1 thread); b9: rank 9 (1 x 1 thread)"));
    agr_text_release(&text);
    agr_text_release(&whole);
}

static void test_by_hand(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(60, 12, 12);
    agr_placement placement;
    assert_ok(agr_placement_parse("age:8,gender:2,race:2", &input, &placement, &err), err);
    assert_int_equal(placement.n_teams, 3);
    assert_int_equal(placement.team[0].n_ranks, 8);
    assert_int_equal(placement.team[1].first_rank, 8);
    assert_int_equal(placement.team[2].first_rank, 10);
    check_sound(&input, &placement);
    agr_text text = {0}, in_short = {0};
    agr_placement_describe(&input, &placement, &text);
    assert_string_equal(text.data,
                        "age: ranks 0-7 (8 x 1 thread); gender: ranks 8-9 (2 x 1 thread); "
                        "race: ranks 10-11 (2 x 1 thread)");
    agr_placement_sum_up(&input, &placement, &in_short);
    assert_string_equal(in_short.data, text.data);
    agr_text_release(&text);
    agr_text_release(&in_short);
    assert_true(plan(&input).end_s <= placement.end_s * (1 + AGR_PLACEMENT_LEAST_GAIN));

    assert_ok(agr_placement_parse("race+age:3,gender:1", &input, &placement, &err), err);
    assert_int_equal(placement.team[0].n_branches, 2);
    assert_int_equal(placement.team[0].branch[0], 2);
    assert_int_equal(placement.n_ranks_used, 4);

    assert_ok(agr_placement_parse("one-per-rank", &input, &placement, &err), err);
    assert_int_equal(placement.n_teams, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(placement.team[i].n_ranks, 1);
}

static void test_ranks_named_by_hand_compute(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(60, 5, 2);
    agr_placement placement;
    assert_ok(agr_placement_parse("age:3,gender:1,race:1", &input, &placement, &err), err);
    assert_int_equal(placement.team[0].layout.n_computing, 3);
    assert_int_equal(placement.team[0].layout.threads, 1);
    const int ranks[] = {0, 1, 2};
    int computing[3];
    assert_int_equal(
        agr_placement_computing(&input, ranks, 3, &placement.team[0].layout, computing), 3);
    assert_memory_equal(computing, ranks, sizeof ranks);
    assert_true(placement.speedup <= 2);
    check_sound(&input, &placement);
}

static void test_a_given_number_of_threads(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 12, 64);
    input.threads = 2;
    agr_placement placement = plan(&input);
    check_sound(&input, &placement);
    for (int i = 0; i < placement.n_teams; i++)
        assert_int_equal(placement.team[i].layout.threads, 2);
    assert_true(placement.team[0].layout.n_computing >= 4); /* one rank with two threads is slow */
    input.cores_per_node = 1;
    placement = plan(&input);
    assert_int_equal(placement.team[0].layout.n_computing, 1);
    assert_int_equal(placement.team[0].layout.threads, 2);
}

static void test_by_hand_and_wrong(void **state)
{
    (void)state;
    const agr_placement_input input = three_branches(60, 4, 4);
    const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "found ''"},
        {"age", "found 'age'"},
        {"age:", "found 'age:'"},
        {"age:0,gender:1,race:1", "found 'age:0'"},
        {"age:1x,gender:1,race:1", "found 'age:1x'"},
        {"age:1,gender:1", "branch 'race' has no ranks"},
        {"age:1,gender:1,eyes:1", "no branch 'eyes'"},
        {"age:1,age:1", "twice"},
        {"age+age:1", "twice"},
        {"age:1,,race:1", "found ''"},
        {"age+:1", "no branch ''"},
        {"age:3,gender:1,race:1", "needs 5 ranks, found 4"},
    };
    agr_placement placement;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_fails(agr_placement_parse(cases[i].text, &input, &placement, &err), AGR_USAGE, err,
                     cases[i].words);
    agr_placement_input wrong = input;
    wrong.branch[1].image_ms = 0;
    assert_fails(agr_placement_plan(&wrong, &placement, &err), AGR_INPUT, err, "'gender'");
    wrong = input;
    wrong.n_ranks = 0;
    assert_fails(agr_placement_plan(&wrong, &placement, &err), AGR_INPUT, err, "at least one rank");
}

static void test_computing_ranks_are_spread_over_nodes(void **state)
{
    (void)state;
    agr_placement_input input = three_branches(60, 8, 4);
    input.ranks_per_node = 4;
    const int ranks[] = {5, 0, 1, 2, 3, 4, 6, 7};
    const agr_layout layout = {.n_computing = 4, .threads = 2};
    int computing[8];
    assert_int_equal(agr_placement_computing(&input, ranks, 8, &layout, computing), 4);
    const int expected[] = {5, 0, 1, 4};
    assert_memory_equal(computing, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_ranks_get_the_obvious_teams),
        cmocka_unit_test(test_speed_on_as_many_cores),
        cmocka_unit_test(test_one_rank_more_never_costs_time),
        cmocka_unit_test(test_fewer_ranks_with_more_threads_where_they_divide_better),
        cmocka_unit_test(test_a_step_takes_as_long_as_its_fullest_rank),
        cmocka_unit_test(test_finished_branches_leave_their_ranks_to_the_others),
        cmocka_unit_test(test_each_branch_has_an_end_of_its_own),
        cmocka_unit_test(test_what_was_measured_counts),
        cmocka_unit_test(test_many_branches),
        cmocka_unit_test(test_many_branches_on_many_ranks),
        cmocka_unit_test(test_a_population),
        cmocka_unit_test(test_some_heavy_branches_among_many),
        cmocka_unit_test(test_what_is_alike_is_summed_up),
        cmocka_unit_test(test_what_is_not_alike_is_cut),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_ranks_named_by_hand_compute),
        cmocka_unit_test(test_a_given_number_of_threads),
        cmocka_unit_test(test_by_hand_and_wrong),
        cmocka_unit_test(test_computing_ranks_are_spread_over_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
