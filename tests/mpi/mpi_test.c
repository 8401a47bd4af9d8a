#include "mpi_test.h"

#include <agr/comm/wait.h>

agr_world *test_world;

int test_run_in_world(const char *name, const struct CMUnitTest *tests, size_t n_tests)
{
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    agr_error err;
    if (agr_world_start(&test_world, &err) != AGR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const int n_failed = _cmocka_run_group_tests(name, tests, n_tests, NULL, NULL);
    agr_world_stop(test_world);
    return n_failed;
}

double test_random(uint32_t stream, uint64_t index)
{
    /* SplitMix64's finisher: the data of a test of millions of numbers must be quick to make. */
    uint64_t x = ((uint64_t)stream << 48) + index * 0x9e3779b97f4a7c15U;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    x ^= x >> 31;
    static const double magnitude[8] = {0x1p-73, 0x1p-70, 0x1p-67, 0x1p-64,
                                        0x1p-61, 0x1p-59, 0x1p-56, 0x1p-53};
    return (double)((int64_t)x) * magnitude[x % 8];
}

static agr_status has_mail(void *mailbox, bool *done, agr_error *err)
{
    agr_mail mail;
    (void)err;
    *done = agr_mailbox_next(mailbox, &mail);
    return AGR_OK;
}

agr_status test_wait_for_mail(agr_mailbox *mailbox, agr_error *err)
{
    return agr_wait(test_world, AGR_WAIT_IDLE, "mail", has_mail, mailbox, err);
}
