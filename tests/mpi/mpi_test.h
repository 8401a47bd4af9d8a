/** A cmocka program that runs on every rank of a world. */
#ifndef AGR_TESTS_MPI_TEST_H
#define AGR_TESTS_MPI_TEST_H

#include "test.h"

#include <agr/comm/mailbox.h>
#include <agr/comm/world.h>

/** The world of this program, from before the first test until after the last. */
extern agr_world *test_world;

/** Runs the tests in a started world. A failed assertion ends every rank at once: the others would
 * wait for this one. Returns the exit code. */
int test_run_in_world(const char *name, const struct CMUnitTest *tests, size_t n_tests);

/** A number for (stream, index), the same on every rank; spread over many magnitudes, so
 * that another order of additions gives other bits. */
double test_random(uint32_t stream, uint64_t index);

/** Sleeps until there is mail to read. */
agr_status test_wait_for_mail(agr_mailbox *mailbox, agr_error *err);

#endif
