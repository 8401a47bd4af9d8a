/* What ranks of several hosts found, as one diagnosis. */
#include <agr/doctor/diagnosis.h>

#include <agr/base/error.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { N_RANKS = 4 };

static agr_rank_findings rank[N_RANKS];

/* Two ranks on a, two on b. */
static int start(void **state)
{
    (void)state;
    memset(rank, 0, sizeof rank);
    for (int r = 0; r < N_RANKS; r++)
        snprintf(rank[r].host, sizeof rank[r].host, "%s", r < 2 ? "a" : "b");
    return 0;
}

static agr_finding *find(int r, int place, agr_scope scope, const char *text)
{
    agr_finding *finding = agr_findings_add(&rank[r].findings, AGR_HEALTH_OK, "%s", text);
    finding->place = place;
    finding->scope = scope;
    return finding;
}

static agr_diagnosis diagnose(void)
{
    agr_error err;
    agr_diagnosis diagnosis;
    assert_int_equal(agr_diagnosis_make(rank, N_RANKS, &diagnosis, &err), AGR_OK);
    return diagnosis;
}

static void equal_findings_are_one_row(void **state)
{
    (void)state;
    for (int r = 0; r < N_RANKS; r++)
        agr_finding_measure(find(r, 1, AGR_SCOPE_RANK, "rate"), 10.0 + (r ^ 1), "GFLOP/s");
    agr_diagnosis d = diagnose();
    assert_int_equal(d.n_hosts, 2);
    assert_int_equal(d.n_rows, 1);
    assert_int_equal(d.row[0].n_ranks, N_RANKS);
    assert_string_equal(d.row[0].where, "");
    assert_true(d.row[0].least == 10 && d.row[0].most == 13);
    agr_diagnosis_release(&d);
}

static void who_found_it_is_named(void **state)
{
    (void)state;
    find(0, 2, AGR_SCOPE_HOST, "small");
    find(2, 2, AGR_SCOPE_HOST, "large");
    find(3, 1, AGR_SCOPE_RANK, "slow");
    find(1, 3, AGR_SCOPE_RANK, "late");
    find(2, 3, AGR_SCOPE_RANK, "late");
    agr_diagnosis d = diagnose();
    static const char *const expected[][2] = {
        {"slow", "rank 3 on b"}, {"small", "a"}, {"large", "b"}, {"late", "2 ranks on a, b"}};
    assert_int_equal(d.n_rows, 4);
    for (int i = 0; i < d.n_rows; i++) {
        assert_string_equal(d.row[i].finding.text, expected[i][0]);
        assert_string_equal(d.row[i].where, expected[i][1]);
    }
    agr_diagnosis_release(&d);
}

/* A dataset that differs between hosts is no dataset of theirs. */
static void differences_are_judged(void **state)
{
    (void)state;
    find(0, 5, AGR_SCOPE_HOST, "set 1")->when_differing = AGR_HEALTH_PROBLEM;
    find(2, 5, AGR_SCOPE_HOST, "set 2")->when_differing = AGR_HEALTH_PROBLEM;
    find(0, 6, AGR_SCOPE_HOST, "model x");
    find(2, 6, AGR_SCOPE_HOST, "model y");
    agr_diagnosis d = diagnose();
    assert_int_equal(d.count[AGR_HEALTH_PROBLEM], 2);
    assert_int_equal(d.count[AGR_HEALTH_OK], 2);
    assert_int_equal(d.row[0].finding.health, AGR_HEALTH_PROBLEM);
    agr_diagnosis_release(&d);

    snprintf(rank[2].findings.item[0].text, sizeof rank[2].findings.item[0].text, "set 1");
    d = diagnose();
    assert_int_equal(d.count[AGR_HEALTH_PROBLEM], 0);
    agr_diagnosis_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(equal_findings_are_one_row, start),
        cmocka_unit_test_setup(who_found_it_is_named, start),
        cmocka_unit_test_setup(differences_are_judged, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
