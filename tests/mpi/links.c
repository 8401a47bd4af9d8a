/* The links that a run's messages go over: the same figures on all ranks, of what there is to measure. */
#include "mpi_test.h"

#include <agr/comm/cores.h>
#include <agr/comm/link.h>

static agr_error err;

static void test_all_ranks_hear_the_same(void **state)
{
    (void)state;
    agr_cores cores;
    const agr_links assumed = AGR_LINKS_ASSUMED;
    agr_links links = assumed;
    assert_ok(agr_cores_gather(test_world, &cores, &err), err);
    assert_ok(agr_links_measure(test_world, &links, &err), err);
    agr_links of_first = links;
    assert_ok(agr_group_broadcast(agr_world_group(test_world), 0, &of_first, sizeof of_first, &err),
              err);
    assert_memory_equal(&links, &of_first, sizeof links);
    assert_memory_equal(&links.between, &assumed.between, sizeof links.between); /* one node */
    if (agr_world_size(test_world) == 1) {
        assert_memory_equal(&links, &assumed, sizeof links);
        return;
    }
    assert_true(links.inside.round_trip_s > 0 && links.inside.round_trip_s < 10);
    assert_true(links.inside.bytes_per_s > 1e5 && links.inside.bytes_per_s < 1e13);
    assert_true(links.inside.round_trip_s != assumed.inside.round_trip_s ||
                links.inside.bytes_per_s != assumed.inside.bytes_per_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_ranks_hear_the_same),
    };
    return test_run_in_world("links", tests, sizeof tests / sizeof tests[0]);
}
