#include "mpi_test.h"

#include <agr/comm/cores.h>
#include <agr/comm/group.h>

static agr_error err;

static void test_bytes_of_the_root_reach_all(void **state)
{
    (void)state;
    agr_group *world = agr_world_group(test_world);
    for (int root = 0; root < agr_group_size(world); root++) {
        int value = agr_group_rank(world) == root ? 100 + root : -1;
        assert_ok(agr_group_broadcast(world, root, &value, sizeof value, &err), err);
        assert_int_equal(value, 100 + root);
    }
}

static void check_gathered(const agr_gathered *all, int size)
{
    assert_int_equal(all->n_parts, size);
    for (int i = 0; i < size; i++) {
        assert_int_equal(all->begin[i + 1] - all->begin[i], (size_t)i * 3);
        for (size_t b = all->begin[i]; b < all->begin[i + 1]; b++)
            assert_int_equal(all->bytes[b], 'a' + i);
    }
}

static void test_parts_of_different_size_are_gathered(void **state)
{
    (void)state;
    agr_group *world = agr_world_group(test_world);
    const int rank = agr_group_rank(world), size = agr_group_size(world), root = size - 1;
    char mine[64];
    memset(mine, 'a' + rank, sizeof mine);
    agr_gathered all;
    assert_ok(agr_group_gather(world, root, mine, (size_t)rank * 3, &all, &err), err);
    if (rank == root)
        check_gathered(&all, size);
    else
        assert_null(all.bytes);
    agr_gathered_release(&all);
    assert_ok(agr_group_gather_all(world, mine, (size_t)rank * 3, &all, &err), err);
    check_gathered(&all, size);
    agr_gathered_release(&all);
}

static void test_numbers_of_all_ranks(void **state)
{
    (void)state;
    agr_group *world = agr_world_group(test_world);
    const int64_t rank = agr_group_rank(world), size = agr_group_size(world);
    int64_t value[2] = {rank, -rank};
    assert_ok(agr_group_min(world, value, 2, &err), err);
    assert_int_equal(value[0], 0);
    assert_int_equal(value[1], 1 - size);
    value[0] = rank;
    assert_ok(agr_group_max(world, value, 1, &err), err);
    assert_int_equal(value[0], size - 1);
    value[0] = rank;
    assert_ok(agr_group_sum(world, value, 1, &err), err);
    assert_int_equal(value[0], size * (size - 1) / 2);
}

static void test_all_leave_with_the_verdict_of_the_lowest(void **state)
{
    (void)state;
    agr_group *world = agr_world_group(test_world);
    const int rank = agr_group_rank(world), size = agr_group_size(world);
    assert_ok(agr_agree(world, AGR_OK, &err), err);
    const int lowest = size / 2;
    agr_status mine = AGR_OK;
    if (rank >= lowest) {
        mine = agr_error_set(&err, rank == lowest ? AGR_NOT_FOUND : AGR_IO, "no file %d", rank);
        agr_error_hint(&err, "look for %d", rank);
    }
    int who;
    assert_int_equal(agr_agree_who(world, mine, &who, &err), AGR_NOT_FOUND);
    char text[64], hint[64];
    if (size > 1)
        snprintf(text, sizeof text, "rank %d: no file %d", lowest, lowest);
    else
        snprintf(text, sizeof text, "no file %d", lowest);
    snprintf(hint, sizeof hint, "look for %d", lowest);
    assert_int_equal(who, lowest);
    assert_int_equal(err.status, AGR_NOT_FOUND);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
}

static void test_the_node_is_known(void **state)
{
    (void)state;
    assert_int_equal(agr_world_node_size(test_world), agr_world_size(test_world));
    assert_int_equal(agr_world_ranks_per_node(test_world), agr_world_size(test_world));
    agr_cores cores;
    assert_ok(agr_cores_gather(test_world, &cores, &err), err);
    assert_in_range(cores.n_own, 1, cores.n_node);
    assert_in_range(cores.n_node, 1, cores.n_online);
    assert_int_equal(cores.n_node_smallest, cores.n_node);
    agr_isa isa;
    assert_ok(agr_world_lowest_isa(test_world, &isa, &err), err);
    assert_in_range(isa, 0, AGR_ISA_COUNT - 1);
}

static void test_cores_that_a_job_grants_are_the_most(void **state)
{
    (void)state;
    agr_cores all, granted;
    assert_ok(agr_cores_gather(test_world, &all, &err), err);
    setenv("SLURM_CPUS_PER_TASK", "1", 1);
    assert_ok(agr_cores_gather(test_world, &granted, &err), err);
    unsetenv("SLURM_CPUS_PER_TASK");
    const int size = agr_world_size(test_world);
    assert_int_equal(granted.n_own, 1);
    assert_int_equal(granted.n_node, size < all.n_node ? size : all.n_node);
    assert_int_equal(granted.n_node_smallest, granted.n_node);
}

static void assert_described(agr_cores cores, const char *expected)
{
    char text[128];
    agr_cores_describe(&cores, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_cores_are_described(void **state)
{
    (void)state;
    agr_cores cores = {.n_node = 2, .n_online = 2, .n_hosts = 1};
    assert_described(cores, "2 cores");
    cores.n_hosts = 3;
    cores.n_node_smallest = cores.n_node_largest = 2;
    assert_described(cores, "2 cores on each of 3 hosts");
    cores.n_node_largest = 4;
    assert_described(cores, "2 or more cores on each of 3 hosts");
    cores = (agr_cores){.n_node = 12, .n_online = 64, .n_hosts = 1, .n_granted = 4};
    assert_described(cores, "12 of 64 cores (SLURM_CPUS_PER_TASK=4)");
    cores.n_granted = 0;
    assert_described(cores, "12 of 64 cores");
    cores.is_bound = true;
    assert_described(cores, "12 of 64 cores; --bind-to none uses all");
}

static void test_one_wrong_rank_tells_all(void **state)
{
    (void)state;
    const bool wrong = agr_world_rank(test_world) == agr_world_size(test_world) - 1;
    const char *before = getenv("AGR_ISA");
    char saved[32];
    snprintf(saved, sizeof saved, "%s", before != NULL ? before : "");
    if (wrong)
        setenv("AGR_ISA", "abacus", 1);
    agr_isa isa;
    assert_fails(agr_world_lowest_isa(test_world, &isa, &err), AGR_USAGE, err, "abacus");
    if (wrong)
        setenv("AGR_ISA", saved, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_the_root_reach_all),
        cmocka_unit_test(test_parts_of_different_size_are_gathered),
        cmocka_unit_test(test_numbers_of_all_ranks),
        cmocka_unit_test(test_all_leave_with_the_verdict_of_the_lowest),
        cmocka_unit_test(test_the_node_is_known),
        cmocka_unit_test(test_cores_that_a_job_grants_are_the_most),
        cmocka_unit_test(test_cores_are_described),
        cmocka_unit_test(test_one_wrong_rank_tells_all),
    };
    return test_run_in_world("world", tests, sizeof tests / sizeof tests[0]);
}
