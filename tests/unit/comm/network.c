/* What an exchange costs, and what the planner makes of it. */
#include "test.h"

#include <agr/comm/placement.h>
#include <math.h>

static agr_error err;

enum { AGE = 0 };

/* A large network, and a tiny one whose threads meet more than they compute; a core a rank. */
static agr_placement_input two_branches(int n_ranks, int ranks_per_node)
{
    agr_placement_input input = {.n_branches = 2,
                                 .n_ranks = n_ranks,
                                 .ranks_per_node = ranks_per_node,
                                 .cores_per_node = ranks_per_node,
                                 .links = AGR_LINKS_ASSUMED};
    input.branch[AGE] = (agr_placement_branch){.name = "age",
                                               .image_ms = 26,
                                               .images_left = 50 * 4800,
                                               .batch = 32,
                                               .micro_batch = 2,
                                               .thread_loss = 0.035,
                                               .gradient_bytes = 12 * 0x1p20,
                                               .sum_bytes = 48e3,
                                               .n_sums = 17};
    input.branch[1] = input.branch[AGE];
    snprintf(input.branch[1].name, sizeof input.branch[1].name, "tiny");
    input.branch[1].image_ms = 0.1;
    input.branch[1].thread_loss = 0.25;
    return input;
}

static agr_status parse_25_gb(agr_placement_input *input)
{
    return agr_link_parse("25Gb,20us", &input->links.between, &err);
}

static void expect(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * fabs(expected)))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

static void test_links_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double bytes_per_s, round_trip_s;
    } good[] = {{"25Gb,20us", 3.125e9, 20e-6},
                {"100Mb,0.2ms", 12.5e6, 0.2e-3},
                {"3GB,0", 3e9, 0},
                {"1.5MB,1s", 1.5e6, 1}};
    static const char *const bad[] = {"",          "auto",      "25Gb",       "25Gb,",
                                      ",20us",     "25,20us",   "25Gb,20",    "25gb,20us",
                                      "0Gb,20us",  "-1Gb,20us", "25Gb,-20us", "25Gb,20us,",
                                      "25Gb 20us", "infGb,1us", "25Gb,20 us", "25Gbit,20us"};
    agr_link link;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_ok(agr_link_parse(good[i].text, &link, &err), err);
        expect(link.bytes_per_s, good[i].bytes_per_s);
        assert_true(fabs(link.round_trip_s - good[i].round_trip_s) <= 1e-15);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_fails(agr_link_parse(bad[i], &link, &err), AGR_USAGE, err, "such as 25Gb,20us");
    agr_text text = {0};
    assert_ok(agr_link_parse("25Gb,20us", &link, &err), err);
    agr_link_add(&link, &text);
    assert_string_equal(text.data, "3.12 GB/s, round trip 20 us");
    agr_text_release(&text);
}

/* 12 chunks of gradients, 17 sums and a control word. */
static void test_messages_and_bytes_of_a_step(void **state)
{
    (void)state;
    const agr_placement_input input = two_branches(16, 4);
    agr_traffic t = agr_placement_traffic(&input, AGE, 1, 1);
    assert_true(t.n_nodes == 1 && t.n_messages == 0 && t.inside.sums == 0 &&
                t.between.gradients == 0);
    t = agr_placement_traffic(&input, AGE, 4, 1);
    assert_int_equal(t.n_nodes, 1);
    assert_int_equal(t.n_rounds, 2 * 18 + 2);
    expect(t.n_messages, 2 * 18 + 12 * 2 * 3);
    expect(t.inside.sums, 2 * 48e3);
    expect(t.inside.gradients, 2 * 0.75 * 12 * 0x1p20);
    assert_true(t.between.sums == 0 && t.between.gradients == 0);
    t = agr_placement_traffic(&input, AGE, 16, 1);
    assert_int_equal(t.n_nodes, 4);
    assert_int_equal(t.n_rounds, 4 * 18 + 4);
    expect(t.n_messages, 4 * 18 + 12 * 2 * (3 + 3));
    expect(t.between.sums, (1 + 2 + 4 + 4) * 48e3);
    expect(t.between.gradients, 2 * 0.75 * 12 * 0x1p20);
    t = agr_placement_traffic(&input, AGE, 4, 2); /* two of them fill a node */
    assert_int_equal(t.n_nodes, 2);
    expect(t.inside.gradients, 2 * 0.5 * 12 * 0x1p20);
    expect(t.between.gradients, 2 * 0.5 * 12 * 0x1p20);
}

/* Gradients hide under the backward pass, but a step is never shorter than its bytes take. */
static void test_a_step_contains_its_bytes(void **state)
{
    (void)state;
    agr_placement_input input = two_branches(256, 16);
    assert_ok(parse_25_gb(&input), err);
    input.branch[AGE].batch = 512;
    for (double image_ms = 0.01; image_ms < 1e3; image_ms *= 3) {
        input.branch[AGE].image_ms = image_ms;
        const agr_traffic t = agr_placement_traffic(&input, AGE, 256, 1);
        const double bytes_ms = 1e3 * t.between.gradients / input.links.between.bytes_per_s;
        const double compute_ms = 2 * image_ms;
        const double step_ms = agr_placement_step_ms(&input, AGE, 256, 1);
        assert_int_equal(t.n_nodes, 16);
        assert_true(bytes_ms > 7.2); /* 24 MiB a node at 25 Gb/s, if each node sent them once */
        if (step_ms < bytes_ms || step_ms < compute_ms ||
            step_ms > bytes_ms + compute_ms + 10) /* 148 rounds; inside nodes */
            fail_msg("%g ms of computing and %g ms of bytes: a step of %g ms", compute_ms, bytes_ms,
                     step_ms);
    }
}

static void test_a_slow_network_is_not_crossed(void **state)
{
    (void)state;
    agr_placement_input input = two_branches(16, 8);
    const int age = AGE;
    agr_layout layout = agr_placement_layout(&input, &age, 1, 16, 16);
    assert_int_equal(layout.n_computing * layout.threads, 16);
    assert_ok(agr_link_parse("10Mb,20ms", &input.links.between, &err), err);
    layout = agr_placement_layout(&input, &age, 1, 16, 16);
    assert_int_equal(layout.n_computing * layout.threads, 8);
    agr_placement placement;
    assert_ok(agr_placement_plan(&input, &placement, &err), err);
    for (int t = 0; t < placement.n_teams; t++)
        assert_true(placement.team[t].layout.n_computing <= 8);
}

/* One rank on the second node brings one core. */
static void test_a_node_filled_in_part(void **state)
{
    (void)state;
    agr_placement_input input = two_branches(17, 16);
    agr_placement placement;
    assert_ok(agr_placement_plan(&input, &placement, &err), err);
    assert_true(placement.speedup <= 17);
    assert_ok(agr_placement_parse("age:16,tiny:1", &input, &placement, &err), err);
    assert_true(placement.team[1].cores <= 1);
    const int ranks[] = {16, 0, 1};
    const agr_layout two = {.n_computing = 3, .threads = 2};
    int computing[3];
    assert_int_equal(agr_placement_computing(&input, ranks, 3, &two, computing), 3);
    input.ranks_per_node = 8; /* the 17th is alone on the third, with a core for two threads */
    input.cores_per_node = 8;
    const int here[] = {16, 15};
    const agr_layout one = {.n_computing = 2, .threads = 1};
    assert_int_equal(agr_placement_computing(&input, here, 2, &one, computing), 2);
    assert_true(agr_placement_layout(&input, (int[]){AGE}, 1, 1, 1).threads == 1);
}

/* Amdahl: what two threads lose is work that no thread shares. */
static void test_threads_are_worth_less_and_less(void **state)
{
    (void)state;
    const int tiny = 1;
    agr_placement_input input = two_branches(1, 1);
    input.cores_per_node = 64;
    const double alone_ms = agr_placement_step_ms(&input, tiny, 1, 1);
    expect(alone_ms / agr_placement_step_ms(&input, tiny, 1, 2), 2 / 1.25);
    expect(alone_ms / agr_placement_step_ms(&input, tiny, 1, 36), 36 / (1 + 0.25 * 35));
    for (double loss = 0; loss < 1.5; loss += 0.05) {
        input.branch[tiny].thread_loss = loss;
        const int n = agr_placement_layout(&input, &tiny, 1, 1, 64).threads;
        const double before_ms = agr_placement_step_ms(&input, tiny, 1, n > 1 ? n - 1 : 1);
        const double at_ms = agr_placement_step_ms(&input, tiny, 1, n);
        const double beyond_ms = agr_placement_step_ms(&input, tiny, 1, n + 3);
        if (n > 1 && before_ms < at_ms * (1 + AGR_PLACEMENT_LEAST_GAIN))
            fail_msg("a loss of %g: thread %d is not worth it", loss, n);
        if (beyond_ms * pow(1 + AGR_PLACEMENT_LEAST_GAIN, 3) < at_ms)
            fail_msg("a loss of %g: three more than %d threads would be worth it", loss, n);
    }
}

/* However busy the second core was when the run began, it is used. */
static void test_what_a_second_thread_loses(void **state)
{
    (void)state;
    expect(agr_placement_thread_loss(10, 5.5), 0.1);
    expect(1 + agr_placement_thread_loss(10, 5), 1);
    expect(agr_placement_thread_loss(10, 9), 0.8);
    expect(agr_placement_thread_loss(10, 30), 0.9);
    expect(agr_placement_thread_loss(10, 4.9), AGR_PLACEMENT_THREAD_LOSS);
    agr_placement_input input = two_branches(1, 1);
    input.cores_per_node = 2;
    input.branch[AGE].thread_loss = agr_placement_thread_loss(10, 30);
    assert_int_equal(agr_placement_layout(&input, (int[]){AGE}, 1, 1, 2).threads, 2);
}

/* 64 ranks on one node, most of the work in branches too small for them. */
static void test_promises_of_many_ranks_and_little_work(void **state)
{
    (void)state;
    agr_placement_input input = two_branches(64, 64);
    input.branch[AGE].images_left = 0;
    agr_placement placement;
    assert_ok(agr_placement_plan(&input, &placement, &err), err);
    assert_true(placement.speedup < 10);
    assert_true(placement.team[0].layout.n_computing * placement.team[0].layout.threads < 32);
}

static void test_links_must_carry_something(void **state)
{
    (void)state;
    agr_placement placement;
    agr_placement_input input = two_branches(2, 2);
    input.links.between.bytes_per_s = 0;
    assert_fails(agr_placement_plan(&input, &placement, &err), AGR_INPUT, err, "links above 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_in_words),
        cmocka_unit_test(test_messages_and_bytes_of_a_step),
        cmocka_unit_test(test_a_step_contains_its_bytes),
        cmocka_unit_test(test_a_slow_network_is_not_crossed),
        cmocka_unit_test(test_a_node_filled_in_part),
        cmocka_unit_test(test_threads_are_worth_less_and_less),
        cmocka_unit_test(test_what_a_second_thread_loses),
        cmocka_unit_test(test_promises_of_many_ranks_and_little_work),
        cmocka_unit_test(test_links_must_carry_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
