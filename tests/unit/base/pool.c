#include "test.h"

#include <agr/base/pool.h>
#include <stdatomic.h>

enum { MAX_THREADS = 5, N_RUNS = 2000 };

typedef struct {
    _Atomic int visits[MAX_THREADS];
    _Atomic int wrong_size;
    int expected_size;
} visit_log;

static void visit(void *context, int thread, int n_threads)
{
    visit_log *log = context;
    if (n_threads != log->expected_size)
        log->wrong_size++;
    log->visits[thread]++;
}

static void test_every_thread_runs_once_a_run(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
        agr_pool *pool;
        agr_error err;
        visit_log log = {.expected_size = n_threads};
        assert_ok(agr_pool_create(n_threads, &pool, &err), err);
        assert_int_equal(agr_pool_size(pool), n_threads);
        for (int run = 0; run < N_RUNS; run++)
            agr_pool_run(pool, visit, &log);
        agr_pool_destroy(pool);
        for (int thread = 0; thread < n_threads; thread++)
            assert_int_equal(log.visits[thread], N_RUNS);
        assert_int_equal(log.wrong_size, 0);
    }
}

static void test_no_pool_means_the_caller_alone(void **state)
{
    (void)state;
    visit_log log = {.expected_size = 1};
    agr_pool_run(NULL, visit, &log);
    assert_int_equal(log.visits[0], 1);
    assert_int_equal(agr_pool_size(NULL), 1);
    agr_pool_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_thread_runs_once_a_run),
        cmocka_unit_test(test_no_pool_means_the_caller_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
